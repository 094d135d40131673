// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What changed from one report to another.

#include "core/conformance/report/Diff.h"

#include "llvm/ADT/STLExtras.h"

namespace glowplug::conformance {

static bool isRefusal(Verdict verdict) {
  return verdict == Verdict::notSupported || verdict == Verdict::notApplicable;
}

/// The list of \p diff that a change belongs to.
static std::vector<Change> &listFor(Diff &diff, Verdict before, Verdict after) {
  if (isAllowed(before) != isAllowed(after))
    return isAllowed(after) ? diff.fixed : diff.newFailures;
  if (before == Verdict::pass && isRefusal(after))
    return diff.lostSupport;
  if (isRefusal(before) && after == Verdict::pass)
    return diff.gainedSupport;
  return diff.otherwise;
}

static void diffCases(const Report &before, const Report &after, Diff &diff) {
  std::map<std::string, const JudgedCase *> old;
  for (const JudgedCase &one : before.cases)
    old[one.record.name] = &one;
  for (const JudgedCase &one : after.cases) {
    const std::string &name = one.record.name;
    const auto found = old.find(name);
    if (found == old.end()) {
      diff.added.push_back(name);
      if (!isAllowed(one.verdict))
        diff.newFailures.push_back({name, "", verdictName(one.verdict)});
      continue;
    }
    const JudgedCase &was = *found->second;
    if (was.verdict != one.verdict)
      listFor(diff, was.verdict, one.verdict)
          .push_back(
              {name, verdictName(was.verdict), verdictName(one.verdict)});
    const double from = was.record.seconds, to = one.record.seconds;
    if (to >= from * slowerTimes && to >= from + slowerSeconds)
      diff.slower.push_back({name, from, to});
    old.erase(found);
  }
  for (const JudgedCase &one : before.cases)
    if (old.count(one.record.name) != 0)
      diff.removed.push_back(one.record.name);
  llvm::sort(diff.slower, [](const Slowdown &a, const Slowdown &b) {
    return std::pair(b.after - b.before, a.name) <
           std::pair(a.after - a.before, b.name);
  });
}

Diff diffReports(const Report &before, const Report &after) {
  Diff diff;
  diffCases(before, after, diff);
  std::map<std::string, const ProfileResult *> old;
  for (const ProfileResult &profile : before.profiles)
    old[profile.name] = &profile;
  for (const ProfileResult &profile : after.profiles) {
    const auto found = old.find(profile.name);
    if (found == old.end())
      continue;
    const ProfileResult &was = *found->second;
    const Change change = {profile.name, profileStatusName(was.status),
                           profileStatusName(profile.status)};
    if (was.status == profile.status)
      continue;
    if (was.status == ProfileStatus::conformant)
      diff.profilesLost.push_back(change);
    else if (profile.status == ProfileStatus::conformant)
      diff.profilesWon.push_back(change);
  }
  return diff;
}

static Json toJson(const std::vector<Change> &changes) {
  Json result = Json::array();
  for (const Change &change : changes)
    result.push_back({{"name", change.name},
                      {"before", change.before.empty() ? Json(nullptr)
                                                       : Json(change.before)},
                      {"after", change.after}});
  return result;
}

Json toJson(const Diff &diff) {
  Json slower = Json::array();
  for (const Slowdown &one : diff.slower)
    slower.push_back({{"name", one.name},
                      {"before_seconds", one.before},
                      {"after_seconds", one.after}});
  return {{"new_failures", toJson(diff.newFailures)},
          {"fixed", toJson(diff.fixed)},
          {"lost_support", toJson(diff.lostSupport)},
          {"gained_support", toJson(diff.gainedSupport)},
          {"otherwise", toJson(diff.otherwise)},
          {"added", diff.added},
          {"removed", diff.removed},
          {"profiles_lost", toJson(diff.profilesLost)},
          {"profiles_won", toJson(diff.profilesWon)},
          {"slower", std::move(slower)},
          {"regressions", diff.hasRegressions()}};
}

} // namespace glowplug::conformance
