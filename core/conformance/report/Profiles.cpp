// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Profiles as data, and what comes of them.

#include "core/conformance/report/Profiles.h"

#include "core/conformance/report/Data.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

namespace glowplug::conformance {

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

static ProfileRule readRule(const Json &json, const std::string &where,
                            ObjectReader &outer) {
  ObjectReader fields(json, where);
  ProfileRule rule;
  rule.id = fields.text("id");
  fields.setPlace(where + " '" + rule.id + "'");
  rule.about = fields.text("about");
  rule.cases = fields.texts("cases");
  if (llvm::Expected<Globs> globs = Globs::parse(rule.cases))
    rule.globs = std::move(*globs);
  else
    fields.require(false, "cases", llvm::toString(globs.takeError()));
  if (const Json *features = fields.find("features")) {
    ObjectReader values(*features, fields.placeOf("features"));
    if (features->is_object())
      for (const auto &[name, unused] : features->items())
        rule.features[name] = values.texts(name.c_str());
    fields.keep(values.finish());
  }
  if (fields.find("one_of"))
    rule.oneOf = fields.texts("one_of");
  if (fields.find("at_least"))
    rule.atLeast = fields.count("at_least");
  fields.require(rule.atLeast != 0, "at_least", "needs 1 or more");
  outer.keep(fields.finish());
  return rule;
}

static Profile readProfile(const Json &json, const std::string &where,
                           ObjectReader &outer) {
  ObjectReader fields(json, where);
  Profile profile;
  profile.name = fields.text("name");
  fields.setPlace(where + " '" + profile.name + "'");
  profile.version = fields.text("version");
  profile.about = fields.text("about");
  if (fields.find("unavailable"))
    profile.unavailable = fields.text("unavailable");
  for (const Json &rule : fields.array("rules"))
    profile.rules.push_back(readRule(rule, fields.place() + ": rule", fields));
  fields.require(profile.rules.empty() == !profile.unavailable.empty(), "rules",
                 "has to be empty exactly if the profile is unavailable");
  outer.keep(fields.finish());
  return profile;
}

llvm::Expected<std::vector<Profile>> parseProfiles(llvm::StringRef text,
                                                   llvm::StringRef place) {
  llvm::Expected<Json> json = parseJson(text, place);
  if (!json)
    return json.takeError();
  ObjectReader file(*json, place.str());
  file.require(file.count("schema") == 1, "schema", "needs 1");
  std::vector<Profile> profiles;
  for (const Json &profile : file.array("profiles"))
    profiles.push_back(readProfile(profile, place.str() + ": profile", file));
  if (llvm::Error error = file.finish())
    return error;
  return profiles;
}

const std::vector<Profile> &suiteProfiles() {
  static const std::vector<Profile> profiles =
      llvm::cantFail(parseProfiles(profileText, "profiles.json"));
  return profiles;
}

//===----------------------------------------------------------------------===//
// Judging
//===----------------------------------------------------------------------===//

bool ProfileRule::selects(const CaseRecord &record) const {
  return globs.matches(record.name) && llvm::all_of(features, [&](auto &one) {
           const auto found = record.features.find(one.first);
           return found != record.features.end() &&
                  llvm::is_contained(one.second, found->second);
         });
}

std::string profileStatusName(ProfileStatus status) {
  switch (status) {
  case ProfileStatus::conformant:
    return "conformant";
  case ProfileStatus::notConformant:
    return "not_conformant";
  case ProfileStatus::unavailable:
    return "unavailable";
  }
  return "";
}

namespace {

/// The cases of a rule that have the same values of the features `oneOf`.
struct Choice {
  uint64_t cases = 0;
  std::vector<ProfileFault> faults;
  uint64_t passed() const { return cases - faults.size(); }
};

} // namespace

/// What \p record has of \p features; empty where it has none.
static std::vector<std::string>
valuesOf(const std::vector<std::string> &features, const CaseRecord &record) {
  std::vector<std::string> values;
  for (const std::string &feature : features) {
    const auto found = record.features.find(feature);
    values.push_back(found == record.features.end() ? "" : found->second);
  }
  return values;
}

/// Adds what \p rule says to \p result.
static void judgeRule(const ProfileRule &rule,
                      const std::vector<JudgedCase> &cases,
                      ProfileResult &result) {
  std::map<std::vector<std::string>, Choice> choices;
  for (const JudgedCase &one : cases) {
    if (!rule.selects(one.record))
      continue;
    Choice &choice = choices[valuesOf(rule.oneOf, one.record)];
    ++choice.cases;
    if (one.verdict != Verdict::pass)
      choice.faults.push_back({rule.id, one.record.name, one.verdict});
  }
  // The one that lacks least stands for the rule.
  const auto best = std::min_element(
      choices.begin(), choices.end(), [](const auto &a, const auto &b) {
        return std::pair(a.second.faults.size(), b.second.cases) <
               std::pair(b.second.faults.size(), a.second.cases);
      });
  const Choice chosen = best == choices.end() ? Choice() : best->second;
  result.mandatory += chosen.cases;
  result.passed += chosen.passed();
  llvm::append_range(result.faults, chosen.faults);
  if (chosen.passed() < rule.atLeast)
    result.reasons.push_back(
        "rule '" + rule.id + "' needs " + std::to_string(rule.atLeast) +
        (rule.atLeast == 1 ? " case" : " cases") + " that pass, but has " +
        std::to_string(chosen.passed()));
  // A waived failure is no refusal, whatever the choice.
  for (const auto &[values, choice] : choices)
    for (const ProfileFault &fault : choice.faults)
      if (values != best->first && fault.verdict != Verdict::notSupported &&
          fault.verdict != Verdict::notApplicable)
        result.faults.push_back(fault);
}

ProfileResult profileResult(const Profile &profile,
                            const std::vector<JudgedCase> &cases,
                            const std::vector<std::string> &obstacles) {
  ProfileResult result;
  result.name = profile.name;
  result.version = profile.version;
  if (!profile.unavailable.empty()) {
    result.status = ProfileStatus::unavailable;
    result.reasons.push_back(profile.unavailable);
    return result;
  }
  result.reasons = obstacles;
  for (const ProfileRule &rule : profile.rules)
    judgeRule(rule, cases, result);
  if (result.reasons.empty() && result.faults.empty())
    result.status = ProfileStatus::conformant;
  return result;
}

Json toJson(const ProfileResult &result) {
  Json faults = Json::array();
  for (const ProfileFault &fault : result.faults)
    faults.push_back({{"rule", fault.rule},
                      {"case", fault.name},
                      {"verdict", verdictName(fault.verdict)}});
  return {{"name", result.name},
          {"version", result.version},
          {"status", profileStatusName(result.status)},
          {"reasons", result.reasons},
          {"faults", std::move(faults)},
          {"mandatory", result.mandatory},
          {"passed", result.passed}};
}

} // namespace glowplug::conformance
