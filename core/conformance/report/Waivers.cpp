// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Failures that somebody answers for, for a while.

#include "core/conformance/report/Waivers.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

#include <array>
#include <set>

namespace glowplug::conformance {

static constexpr std::array<llvm::StringLiteral, 3> kinds = {
    "hardware-erratum", "test-bug", "spec-gap"};

std::string waiverStateName(WaiverState state) {
  static constexpr std::array<const char *, 5> names = {
      "applies", "expired", "not_yet", "other_plugin", "other_version"};
  return names[static_cast<size_t>(state)];
}

WaiverState stateOf(const Waiver &waiver, llvm::StringRef plugin,
                    llvm::StringRef version, Date date) {
  if (waiver.plugin != plugin)
    return WaiverState::otherPlugin;
  if (!waiver.range.contains(version))
    return WaiverState::otherVersion;
  if (date < waiver.approved)
    return WaiverState::notYet;
  return date > waiver.expires ? WaiverState::expired : WaiverState::applies;
}

static std::string dateText(Date date) {
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

Json toJson(const Waiver &waiver) {
  return {{"id", waiver.id},
          {"cases", waiver.cases},
          {"plugin", waiver.plugin},
          {"versions", waiver.versions},
          {"kind", waiver.kind},
          {"reason", waiver.reason},
          {"issue", waiver.issue},
          {"approved_by", waiver.approvedBy},
          {"approved", dateText(waiver.approved)},
          {"expires", dateText(waiver.expires)}};
}

static Date readDate(ObjectReader &fields, const char *key) {
  const std::string text = fields.text(key);
  const std::optional<Date> date = parseDate(text);
  fields.require(date.has_value(), key,
                 "needs a day as 'YYYY-MM-DD', but got '" + text + "'");
  return date.value_or(Date{});
}

static std::string readWords(ObjectReader &fields, const char *key) {
  std::string text = fields.text(key);
  fields.require(!llvm::StringRef(text).trim().empty(), key, "is empty");
  return text;
}

Waiver readWaiver(ObjectReader &fields) {
  Waiver waiver;
  waiver.id = readWords(fields, "id");
  if (!fields.hasFailed())
    fields.setPlace(fields.place() + " '" + waiver.id + "'");
  waiver.cases = fields.texts("cases");
  fields.require(!waiver.cases.empty(), "cases", "is empty");
  if (llvm::Expected<Globs> globs = Globs::parse(waiver.cases))
    waiver.globs = std::move(*globs);
  else
    fields.require(false, "cases", llvm::toString(globs.takeError()));
  waiver.plugin = readWords(fields, "plugin");
  waiver.versions = readWords(fields, "versions");
  const std::optional<VersionRange> range =
      VersionRange::parse(waiver.versions);
  fields.require(range.has_value(), "versions",
                 "needs '*', a version or a range as '>=1.2 <2', but got '" +
                     waiver.versions + "'");
  waiver.range = range.value_or(VersionRange());
  waiver.kind = fields.text("kind");
  fields.require(
      llvm::is_contained(kinds, waiver.kind), "kind",
      "needs 'hardware-erratum', 'test-bug' or 'spec-gap', but got '" +
          waiver.kind + "'");
  waiver.reason = readWords(fields, "reason");
  waiver.issue = fields.text("issue");
  const llvm::StringRef issue = waiver.issue;
  fields.require(issue.starts_with("https://") || issue.starts_with("http://"),
                 "issue",
                 "needs a URL of http or https, but got '" + issue + "'");
  waiver.approvedBy = readWords(fields, "approved_by");
  waiver.approved = readDate(fields, "approved");
  waiver.expires = readDate(fields, "expires");
  if (fields.hasFailed())
    return waiver;
  const Date last = aYearAfter(waiver.approved);
  fields.require(waiver.expires >= waiver.approved, "expires",
                 "is " + dateText(waiver.expires) +
                     ", before the approval of " + dateText(waiver.approved));
  fields.require(waiver.expires <= last, "expires",
                 "needs a day of at most 12 months after the approval, " +
                     dateText(last) + ", but got " + dateText(waiver.expires));
  return waiver;
}

llvm::Expected<std::vector<Waiver>> parseWaivers(llvm::StringRef text,
                                                 llvm::StringRef place) {
  llvm::Expected<Json> json = parseJson(text, place);
  if (!json)
    return json.takeError();
  ObjectReader file(*json, place.str());
  const uint64_t schema = file.count("schema");
  file.require(schema == 1, "schema",
               "needs 1, but got " + std::to_string(schema));
  std::vector<Waiver> waivers;
  std::set<std::string> ids;
  for (const Json &one : file.array("waivers")) {
    ObjectReader fields(one, place.str() + ": waiver");
    Waiver waiver = readWaiver(fields);
    file.keep(fields.finish());
    file.require(ids.insert(waiver.id).second, "waivers",
                 "has '" + waiver.id + "' twice");
    waivers.push_back(std::move(waiver));
  }
  if (llvm::Error error = file.finish())
    return error;
  return waivers;
}

} // namespace glowplug::conformance
