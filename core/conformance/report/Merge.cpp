// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Shards of one run as one report.

#include "core/conformance/report/Merge.h"

#include "core/conformance/report/ReportJson.h"
#include "core/support/FaultError.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

namespace glowplug::conformance {

static llvm::Error fault(const llvm::Twine &message) {
  return makeFault(FaultKind::usage, message);
}

/// What all shards have to share, as values with names.
static std::map<std::string, std::string> sharedValues(const RunData &run) {
  RunKey values = runKey(run.identity);
  values["number of shards"] = std::to_string(run.identity.shards);
  values.erase("shard");
  for (const auto &[name, version] : run.identity.profiles)
    values["profile " + name] = version;
  for (const Waiver &waiver : run.waivers)
    values["waiver " + waiver.id] = jsonLine(toJson(waiver));
  return values;
}

static llvm::Error checkSame(const NamedRun &first, const NamedRun &other) {
  const auto ours = sharedValues(first.run), theirs = sharedValues(other.run);
  const auto difference = [&](const std::string &name) -> llvm::Error {
    const auto valueIn = [&](const auto &values) {
      const auto found = values.find(name);
      return found == values.end() ? "nothing" : "'" + found->second + "'";
    };
    if (valueIn(ours) == valueIn(theirs))
      return llvm::Error::success();
    return fault("'" + first.name + "' and '" + other.name +
                 "' are not of one run: " + name + " is " + valueIn(ours) +
                 " and " + valueIn(theirs));
  };
  for (const auto *values : {&ours, &theirs})
    for (const auto &[name, unused] : *values)
      if (llvm::Error error = difference(name))
        return error;
  std::vector<std::string> ourPlan = first.run.planned;
  std::vector<std::string> theirPlan = other.run.planned;
  llvm::sort(ourPlan);
  llvm::sort(theirPlan);
  std::vector<std::string> onlyOne;
  std::set_symmetric_difference(ourPlan.begin(), ourPlan.end(),
                                theirPlan.begin(), theirPlan.end(),
                                std::back_inserter(onlyOne));
  if (onlyOne.empty())
    return llvm::Error::success();
  return fault("'" + first.name + "' and '" + other.name +
               "' are not of one run: only one of them plans the case '" +
               onlyOne.front() + "'");
}

llvm::Expected<Report> mergeShards(std::vector<NamedRun> shards) {
  if (shards.empty())
    return fault("there is nothing to merge");
  const NamedRun &first = shards.front();
  std::map<unsigned, std::string> byShard;
  RunData run = first.run;
  run.environments.clear();
  run.records.clear();
  for (const NamedRun &shard : shards) {
    if (llvm::Error error = checkSame(first, shard))
      return error;
    const unsigned index = shard.run.identity.shard;
    const auto [at, isNew] = byShard.try_emplace(index, shard.name);
    if (!isNew)
      return fault("shard " + llvm::Twine(index) + " is there twice: '" +
                   at->second + "' and '" + shard.name + "'");
    llvm::append_range(run.environments, shard.run.environments);
    llvm::append_range(run.records, shard.run.records);
  }
  for (unsigned index = 1; index <= run.identity.shards; ++index)
    if (byShard.count(index) == 0)
      return fault("shard " + llvm::Twine(index) + " of " +
                   llvm::Twine(run.identity.shards) + " is missing");
  run.identity.shard = run.identity.shards = 1;
  llvm::Expected<Report> report = makeReport(std::move(run));
  if (!report)
    return report.takeError();
  if (!report->missing.empty())
    return fault(
        "cases that did not run: " + llvm::Twine(report->missing.size()) +
        ", the first is '" + report->missing.front() + "'");
  return report;
}

} // namespace glowplug::conformance
