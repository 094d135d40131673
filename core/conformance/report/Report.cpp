// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What follows from a run.

#include "core/conformance/report/Report.h"

#include "core/support/FaultError.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <set>

namespace glowplug::conformance {

static llvm::Error fault(const llvm::Twine &message) {
  return makeFault(FaultKind::model, message);
}

uint64_t Report::count(Verdict verdict) const {
  uint64_t sum = 0;
  for (const Counts &counts : totals)
    sum += counts[static_cast<size_t>(verdict)];
  return sum;
}

uint64_t Report::failures() const {
  uint64_t sum = 0;
  for (size_t verdict = 0; verdict != verdictCount; ++verdict)
    if (!isAllowed(static_cast<Verdict>(verdict)))
      sum += count(static_cast<Verdict>(verdict));
  return sum;
}

std::vector<std::string> Report::conformant() const {
  std::vector<std::string> result;
  const std::string &level = run.identity.level;
  for (const ProfileResult &profile : profiles)
    if (profile.status == ProfileStatus::conformant)
      result.push_back(profile.name + " " + profile.version +
                       (level == "full" ? "" : " (" + level + ")"));
  return result;
}

uint64_t &cellCount(CoverageCell &cell, Verdict verdict) {
  switch (verdict) {
  case Verdict::pass:
    return cell.passed;
  case Verdict::notSupported:
    return cell.notSupported;
  case Verdict::notApplicable:
    return cell.notTested;
  case Verdict::waived:
    return cell.waived;
  default:
    return cell.failed;
  }
}

/// Sorts \p run, so that reports do not depend on the order in which cases
/// ended.
static void sort(RunData &run) {
  const auto byKey = [](auto key) {
    return [key](const auto &a, const auto &b) { return key(a) < key(b); };
  };
  llvm::sort(run.planned);
  llvm::sort(run.records, byKey([](const CaseRecord &record) {
               return std::tie(record.level, record.name);
             }));
  llvm::sort(run.waivers,
             byKey([](const Waiver &waiver) { return waiver.id; }));
  llvm::sort(run.environments, byKey([](const Environment &environment) {
               return environment.shard;
             }));
}

/// Whether the records are those of the shard, each once; collects those that
/// are missing.
static llvm::Error checkNames(const RunData &run,
                              std::vector<std::string> &missing) {
  const Identity &identity = run.identity;
  const auto isOurs = [&](const std::string &name) {
    return shardOf(name, identity.shards) == identity.shard;
  };
  std::set<std::string> expected, done;
  for (const std::string &name : run.planned)
    if (!expected.insert(name).second)
      return fault("case '" + name + "' is planned twice");
  for (const CaseRecord &record : run.records) {
    if (!done.insert(record.name).second)
      return fault("case '" + record.name + "' is there twice");
    if (expected.count(record.name) == 0)
      return fault("case '" + record.name + "' is not planned");
    if (!isOurs(record.name))
      return fault("case '" + record.name + "' belongs to shard " +
                   llvm::Twine(shardOf(record.name, identity.shards)) +
                   ", not " + llvm::Twine(identity.shard));
  }
  for (const std::string &name : expected)
    if (isOurs(name) && done.count(name) == 0)
      missing.push_back(name);
  return llvm::Error::success();
}

static llvm::Error checkIdentity(const RunData &run) {
  const Identity &identity = run.identity;
  if (identity.suite != suiteVersion)
    return fault("the suite is of version " + identity.suite +
                 ", but this one is of version " + suiteVersion);
  if (identity.shard == 0 || identity.shard > identity.shards)
    return fault("there is no shard " + llvm::Twine(identity.shard) + " of " +
                 llvm::Twine(identity.shards));
  for (const Profile &profile : suiteProfiles()) {
    const auto found = identity.profiles.find(profile.name);
    if (found == identity.profiles.end() || found->second != profile.version)
      return fault("profile " + profile.name + " is of version '" +
                   (found == identity.profiles.end() ? "" : found->second) +
                   "', but this suite has version " + profile.version);
  }
  if (identity.profiles.size() != suiteProfiles().size())
    return fault("the run has " + llvm::Twine(identity.profiles.size()) +
                 " profiles, but this suite has " +
                 llvm::Twine(suiteProfiles().size()));
  // A shard has one environment; a whole run has more if it was merged.
  bool isInOrder = identity.shards == 1 ? !run.environments.empty()
                                        : run.environments.size() == 1;
  for (size_t at = 0; at != run.environments.size(); ++at)
    isInOrder &= run.environments[at].shard ==
                 (identity.shards == 1 ? at + 1 : identity.shard);
  if (!isInOrder)
    return fault("needs one environment for each shard that ran");
  return llvm::Error::success();
}

/// Why the run can prove no profile.
static std::vector<std::string> obstacles(const Report &report) {
  std::vector<std::string> result;
  const Identity &identity = report.run.identity;
  if (identity.level != "quick" && identity.level != "full")
    result.push_back("the level is '" + identity.level +
                     "', but needs to be 'quick' or 'full'");
  if (identity.shards != 1)
    result.push_back("it is shard " + std::to_string(identity.shard) + " of " +
                     std::to_string(identity.shards) + "; merge all of them");
  if (!identity.filter.empty())
    result.emplace_back("only some of the cases were chosen");
  if (!report.missing.empty())
    result.push_back("cases that did not run: " +
                     std::to_string(report.missing.size()));
  if (const uint64_t failures = report.failures())
    result.push_back("cases that failed: " + std::to_string(failures));
  return result;
}

/// Finds what waivers say of the cases.
static void applyWaivers(Report &report) {
  const Identity &identity = report.run.identity;
  const Date date =
      parseDate(llvm::StringRef(report.date).take_front(10)).value_or(Date{});
  for (const Waiver &waiver : report.run.waivers) {
    WaiverUse use;
    use.state =
        stateOf(waiver, identity.pluginName, identity.pluginVersion, date);
    for (JudgedCase &one : report.cases) {
      if (!waiver.globs.matches(one.record.name))
        continue;
      use.cases.push_back(one.record.name);
      if (use.state == WaiverState::applies && one.waiver.empty())
        one.waiver = waiver.id;
    }
    report.waivers.push_back(std::move(use));
  }
}

static const std::string &featureOf(const CaseRecord &record,
                                    const char *name) {
  static const std::string none;
  const auto found = record.features.find(name);
  return found == record.features.end() ? none : found->second;
}

static void judge(Report &report) {
  for (JudgedCase &one : report.cases) {
    const CaseRecord &record = one.record;
    one.verdict = verdictOf(record, !one.waiver.empty());
    ++report.totals[static_cast<size_t>(record.level)]
                   [static_cast<size_t>(one.verdict)];
    const CoverageKey key = {featureOf(record, "op"), featureOf(record, "type"),
                             featureOf(record, "recipe")};
    if (!key.op.empty())
      ++cellCount(report.coverage[key], one.verdict);
  }
}

llvm::Expected<Report> makeReport(RunData run) {
  Report report;
  sort(run);
  if (llvm::Error error = checkIdentity(run))
    return error;
  if (llvm::Error error = checkNames(run, report.missing))
    return error;
  for (const Environment &environment : run.environments)
    report.date = std::max(report.date, environment.finished);
  for (const CaseRecord &record : run.records)
    report.cases.push_back({record, Verdict::fail, ""});
  report.run = std::move(run);
  if (!report.run.waivers.empty() &&
      !parseDate(llvm::StringRef(report.date).take_front(10)))
    return fault("waivers need a day, but the run ended at '" + report.date +
                 "'");
  applyWaivers(report);
  judge(report);
  const std::vector<std::string> against = obstacles(report);
  for (const Profile &profile : suiteProfiles())
    report.profiles.push_back(profileResult(profile, report.cases, against));
  return report;
}

} // namespace glowplug::conformance
