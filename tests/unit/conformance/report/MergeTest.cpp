// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Shards make the report of an undivided run, and nothing else is merged.

#include "core/conformance/report/Merge.h"
#include "core/conformance/report/ReportJson.h"
#include "tests/unit/conformance/report/Samples.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

using namespace glowplug::conformance;

namespace {

RunData mixedRun() {
  RunData run = sampleRun();
  makeWrong(caseOf(run, "ops/Pad/u8/n0"));
  run.waivers = {waiverFor("E1", "ops/Pad/u8/n0")};
  return run;
}

std::vector<NamedRun> shards(unsigned count) {
  std::vector<NamedRun> result;
  for (unsigned shard = count; shard != 0; --shard)
    result.push_back(
        {"s" + std::to_string(shard), shardOfRun(mixedRun(), shard, count)});
  return result;
}

std::string faultOf(std::vector<NamedRun> parts) {
  auto report = mergeShards(std::move(parts));
  return report ? "no fault" : llvm::toString(report.takeError());
}

TEST(Merge, GivesTheReportOfAnUndividedRun) {
  for (const unsigned count : {1u, 2u, 5u}) {
    const Report merged = llvm::cantFail(mergeShards(shards(count)));
    Json some = toJson(merged), whole = toJson(reportOf(mixedRun()));
    EXPECT_EQ(some["environment"].size(), count);
    for (const char *key : {"environment", "timing"}) {
      some.erase(key);
      whole.erase(key);
    }
    EXPECT_EQ(some, whole);
    // And it is a report that is read again.
    llvm::cantFail(makeReport(
        llvm::cantFail(readRunText(reportText(toJson(merged)), "merged"))));
  }
}

TEST(Merge, RefusesHolesAndDuplicates) {
  std::vector<NamedRun> parts = shards(3);
  parts.erase(parts.begin() + 1);
  EXPECT_EQ(faultOf(parts), "shard 2 of 3 is missing");
  parts = shards(3);
  parts.push_back(parts.front());
  parts.back().name = "again";
  EXPECT_EQ(faultOf(parts), "shard 3 is there twice: 's3' and 'again'");
  EXPECT_EQ(faultOf({}), "there is nothing to merge");
}

TEST(Merge, RefusesShardsThatDidNotEnd) {
  std::vector<NamedRun> parts = shards(2);
  const std::string name = parts[1].run.records.back().name;
  parts[1].run.records.pop_back();
  EXPECT_EQ(faultOf(parts),
            "cases that did not run: 1, the first is '" + name + "'");
}

TEST(Merge, RefusesShardsOfOtherRunsWithBothValues) {
  std::vector<NamedRun> parts = shards(2);
  parts[1].run.identity.seed = 43;
  EXPECT_EQ(faultOf(parts), "'s2' and 's1' are not of one run: seed is '42' "
                            "and '43'");
  parts = shards(2);
  parts[1].run.identity.plugin.sha256 = std::string(64, 'f');
  EXPECT_EQ(faultOf(parts),
            "'s2' and 's1' are not of one run: plugin sha256 is '" +
                std::string(64, 'a') + "' and '" + std::string(64, 'f') + "'");
  parts = shards(2);
  parts[1].run.planned.push_back("ops/One/more");
  EXPECT_EQ(faultOf(parts), "'s2' and 's1' are not of one run: only one of "
                            "them plans the case 'ops/One/more'");
  parts = shards(2);
  parts[1].run.waivers.clear();
  EXPECT_NE(faultOf(parts).find("waiver E1 is "), std::string::npos);
  parts = shards(2);
  parts[1].run = shardOfRun(mixedRun(), 1, 3);
  EXPECT_EQ(faultOf(parts), "'s2' and 's1' are not of one run: number of "
                            "shards is '2' and '3'");
}

TEST(Merge, ACaseOfAnotherShardIsFound) {
  RunData run = shardOfRun(mixedRun(), 1, 2);
  const RunData other = shardOfRun(mixedRun(), 2, 2);
  run.records.push_back(other.records.front());
  auto report = makeReport(run);
  ASSERT_FALSE(report);
  EXPECT_EQ(llvm::toString(report.takeError()),
            "case '" + other.records.front().name +
                "' belongs to shard 2, not 1");
}

TEST(Resume, GivesTheReportOfARunThatDidNotStop) {
  std::string pattern = ::testing::TempDir() + "resume-XXXXXX";
  const std::filesystem::path folder = mkdtemp(pattern.data());
  const std::string path = folder / "journal.jsonl";
  const RunData whole = mixedRun();
  const RunKey key = runKey(whole.identity);
  const size_t half = whole.records.size() / 2;
  {
    const auto journal = llvm::cantFail(Journal::open(path, key));
    for (size_t at = 0; at != half; ++at)
      llvm::cantFail(journal->append(whole.records[at]));
  }
  RunData resumed = whole;
  {
    const auto journal = llvm::cantFail(Journal::open(path, key));
    resumed.records = journal->earlier();
    ASSERT_EQ(resumed.records.size(), half);
    resumed.records.insert(resumed.records.end(), whole.records.begin() + half,
                           whole.records.end());
  }
  EXPECT_EQ(reportText(toJson(reportOf(resumed))),
            reportText(toJson(reportOf(whole))));
  std::filesystem::remove_all(folder);
}

TEST(Shards, DependOnNamesAloneAndAreEven) {
  std::vector<unsigned> counts(9);
  for (int at = 0; at != 8000; ++at)
    ++counts.at(shardOf("ops/Conv/" + std::to_string(at), 8));
  EXPECT_EQ(counts[0], 0u);
  for (unsigned shard = 1; shard <= 8; ++shard)
    EXPECT_NEAR(counts[shard], 1000, 150);
  // Other versions of the suite must not move cases.
  EXPECT_EQ(shardOf("ops/Conv/u8/n0", 64), 60u);
}

} // namespace
