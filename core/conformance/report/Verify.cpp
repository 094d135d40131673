// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Derives a report again from its figures.

#include "core/conformance/report/Verify.h"

#include "core/support/FaultError.h"

#include "llvm/ADT/STLExtras.h"

namespace glowplug::conformance {

static constexpr size_t mostDifferences = 100;

/// "'pass'", or "nothing" if \p object has no such key.
static std::string valueOf(const Json &object, const char *key) {
  const auto found = object.find(key);
  return found == object.end() ? "nothing" : jsonLine(*found);
}

/// Says which cases have no record, although the report does not say so.
static void compareMissing(const Json &given, const Report &report,
                           std::vector<std::string> &errors) {
  const Json &result = given["result"];
  const auto said = result.find("missing");
  for (const std::string &name : report.missing)
    if (said == result.end() || llvm::find(*said, name) == said->end())
      errors.push_back("case '" + name +
                       "' is planned and has no record, but "
                       "the report does not call it missing");
}

/// Says where verdicts differ; the cases of both are the same ones, but may be
/// in another order.
static void compareCases(const Json &given, const Json &derived,
                         std::vector<std::string> &errors) {
  std::map<std::string, const Json *> byName;
  for (const Json &one : given["cases"])
    byName[one["name"].get<std::string>()] = &one;
  for (const Json &one : derived["cases"]) {
    const std::string name = one["name"].get<std::string>();
    const Json &other = *byName.at(name);
    for (const char *key : {"verdict", "waiver"})
      if (valueOf(other, key) != valueOf(one, key))
        errors.push_back("case '" + name + "': its " + key + " is " +
                         valueOf(other, key) + " in the report, but " +
                         valueOf(one, key) + " follows from its figures");
  }
}

/// Says in which fields profiles differ. What differs in the lists of reasons
/// follows from what differs elsewhere.
static void compareProfiles(const Json &given, const Json &derived,
                            std::vector<std::string> &errors) {
  for (const Json &profile : derived) {
    const std::string name = profile["name"].get<std::string>();
    const auto other = llvm::find_if(given, [&](const Json &one) {
      return one.is_object() && one.value("name", Json()) == name;
    });
    if (other == given.end()) {
      errors.push_back("profile " + name + " is not in the report");
      continue;
    }
    for (const char *key : {"version", "status", "mandatory", "passed"})
      if (valueOf(*other, key) != valueOf(profile, key))
        errors.push_back("profile " + name + ": its " + key + " is " +
                         valueOf(*other, key) + " in the report, but " +
                         valueOf(profile, key) + " follows");
    for (const char *key : {"reasons", "faults"})
      if (valueOf(*other, key) != valueOf(profile, key))
        errors.push_back("profile " + name + ": its " + key +
                         " are not those that follow");
  }
}

/// Says where two values differ, by the paths of what differs.
static void compare(const Json &given, const Json &derived,
                    const std::string &section,
                    std::vector<std::string> &errors) {
  for (const Json &step : Json::diff(given, derived)) {
    const std::string path = step["path"].get<std::string>();
    const std::string operation = step["op"].get<std::string>();
    const Json::json_pointer pointer(path);
    const bool isInGiven = operation != "add";
    const bool isInDerived = operation != "remove";
    errors.push_back("'" + section + path + "' is " +
                     (isInGiven ? jsonLine(given.at(pointer)) : "nothing") +
                     " in the report, but " +
                     (isInDerived ? jsonLine(step["value"]) : "nothing") +
                     " follows");
  }
}

Verification verifyReport(llvm::StringRef text, llvm::StringRef place) {
  Verification result;
  const auto refuse = [&](llvm::Error error) {
    result.errors.push_back(llvm::toString(std::move(error)));
    return result;
  };
  llvm::Expected<Json> given = parseJson(text, place);
  if (!given)
    return refuse(given.takeError());
  llvm::Expected<RunData> run = readRun(*given, place.str());
  if (!run)
    return refuse(run.takeError());
  llvm::Expected<Report> report = makeReport(std::move(*run));
  if (!report)
    return refuse(report.takeError());

  const Json derived = toJson(*report);
  compareMissing(*given, *report, result.errors);
  compareCases(*given, derived, result.errors);
  compareProfiles((*given)["profiles"], derived["profiles"], result.errors);
  for (const auto &[key, value] : derived.items())
    if (key != "cases" && (key != "profiles" || result.errors.empty()) &&
        (*given)[key] != value)
      compare((*given)[key], value, key, result.errors);
  if (result.errors.empty() && (*given)["cases"] != derived["cases"])
    compare((*given)["cases"], derived["cases"], "cases", result.errors);
  if (result.errors.empty() && reportText(derived) != text)
    result.errors.push_back(
        (place + ": is not in the form in which reports are written").str());
  if (const size_t count = result.errors.size(); count > mostDifferences) {
    result.errors.resize(mostDifferences);
    result.errors.push_back("and " + std::to_string(count - mostDifferences) +
                            " more differences");
  }
  for (const std::string &name :
       llvm::ArrayRef(report->missing).take_front(mostDifferences))
    result.notes.push_back("case '" + name + "' did not run");
  for (size_t at = 0; at != report->waivers.size(); ++at)
    if (report->waivers[at].state != WaiverState::applies)
      result.notes.push_back(
          "waiver '" + report->run.waivers[at].id +
          "' does not apply: " + waiverStateName(report->waivers[at].state));
  result.report = std::move(*report);
  return result;
}

void verifyPlugin(Verification &verification, const std::string &path) {
  llvm::Expected<HashedFile> file = hashFile(path);
  if (!file) {
    verification.errors.push_back(llvm::toString(file.takeError()));
    return;
  }
  if (!verification.report)
    return;
  const std::string &expected = verification.report->run.identity.plugin.sha256;
  if (file->sha256 != expected)
    verification.errors.push_back("'" + path + "' has the hash " +
                                  file->sha256 + ", but the report is of " +
                                  expected);
}

} // namespace glowplug::conformance
