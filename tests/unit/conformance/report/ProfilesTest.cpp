// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A plugin is conformant if it does what a profile asks for, and not before.

#include "tests/unit/conformance/report/Samples.h"

#include "llvm/ADT/STLExtras.h"

#include <gtest/gtest.h>

using namespace glowplug::conformance;

namespace {

using Texts = std::vector<std::string>;

const ProfileResult &resultOf(const Report &report, const char *name) {
  return *llvm::find_if(report.profiles, [&](const ProfileResult &result) {
    return result.name == name;
  });
}

TEST(Profiles, OneRecipeIsEnough) {
  const Report report = reportOf(sampleRun());
  const ProfileResult &result = resultOf(report, "INT8");
  EXPECT_EQ(result.status, ProfileStatus::conformant);
  EXPECT_EQ(result.mandatory, result.passed);
  EXPECT_EQ(result.mandatory, 10u + 5 + 2 + 2 + 6 * 2 + 8);
  EXPECT_EQ(report.conformant(), Texts{"INT8 1.0"});
}

TEST(Profiles, QuickIsSaid) {
  RunData run = sampleRun();
  run.identity.level = "quick";
  EXPECT_EQ(reportOf(run).conformant(), Texts{"INT8 1.0 (quick)"});
}

TEST(Profiles, AMandatoryFailureIsNamed) {
  RunData run = sampleRun();
  makeWrong(caseOf(run, "ops/Pad/u8/n0"));
  const ProfileResult result = resultOf(reportOf(run), "INT8");
  EXPECT_EQ(result.status, ProfileStatus::notConformant);
  ASSERT_EQ(result.faults.size(), 1u);
  EXPECT_EQ(result.faults[0].rule, "pad");
  EXPECT_EQ(result.faults[0].name, "ops/Pad/u8/n0");
  EXPECT_EQ(result.faults[0].verdict, Verdict::fail);
}

TEST(Profiles, ARefusalOrAWaiverOfAMandatoryCaseIsNoPass) {
  RunData run = sampleRun();
  CaseRecord &refused = caseOf(run, "ops/Pad/u8/n0");
  refused.isClaimed = false;
  makeEnd(refused, Ending::refused, "pads of 1 only");
  ProfileResult result = resultOf(reportOf(run), "INT8");
  EXPECT_EQ(result.status, ProfileStatus::notConformant);
  EXPECT_EQ(result.faults.front().verdict, Verdict::notSupported);

  run = sampleRun();
  makeWrong(caseOf(run, "ops/Pad/u8/n0"));
  run.waivers = {waiverFor("E1", "ops/Pad/u8/n0")};
  const Report report = reportOf(run);
  EXPECT_TRUE(report.hasPassed());
  result = resultOf(report, "INT8");
  EXPECT_EQ(result.status, ProfileStatus::notConformant);
  EXPECT_EQ(result.faults.front().verdict, Verdict::waived);
}

TEST(Profiles, AFailureUnderTheOtherRecipeCounts) {
  RunData run = sampleRun();
  CaseRecord &other = caseOf(run, "ops/Conv/u8/n3/fp32_rne");
  other.isClaimed = true;
  makeEnd(other, Ending::finished, "");
  other.opsTaken = other.ops;
  other.measurements.push_back({"R2", "output 0", 64, 1, 1});
  const ProfileResult result = resultOf(reportOf(run), "INT8");
  EXPECT_EQ(result.status, ProfileStatus::notConformant);
  EXPECT_EQ(result.faults.front().name, "ops/Conv/u8/n3/fp32_rne");
}

TEST(Profiles, AnyFailureOfTheRunStandsAgainstAll) {
  RunData run = sampleRun();
  makeWrong(caseOf(run, "abi/entry/older"));
  const ProfileResult result = resultOf(reportOf(run), "INT8");
  EXPECT_EQ(result.status, ProfileStatus::notConformant);
  EXPECT_EQ(result.reasons, Texts{"cases that failed: 1"});
  EXPECT_TRUE(result.faults.empty());
}

TEST(Profiles, OnlyACompleteRunProvesAnything) {
  RunData run = sampleRun();
  run.identity.level = "smoke";
  EXPECT_EQ(resultOf(reportOf(run), "INT8").reasons,
            Texts{"the level is 'smoke', but needs to be 'quick' or 'full'"});
  run = sampleRun();
  run.identity.filter = {"ops/*"};
  EXPECT_EQ(resultOf(reportOf(run), "INT8").reasons,
            Texts{"only some of the cases were chosen"});
  run = sampleRun();
  run.records.pop_back();
  EXPECT_EQ(resultOf(reportOf(run), "INT8").reasons,
            Texts{"cases that did not run: 1"});
  run = shardOfRun(sampleRun(), 1, 2);
  EXPECT_EQ(resultOf(reportOf(run), "INT8").reasons.front(),
            "it is shard 1 of 2; merge all of them");
}

TEST(Profiles, APluginThatTakesNextToNothingConformsToNone) {
  RunData run = sampleRun();
  for (CaseRecord &record : run.records)
    if (record.level != Level::abi &&
        record.name.find("Reshape") == std::string::npos) {
      record.isClaimed = false;
      makeEnd(record, Ending::refused, "takes identities only");
    }
  const Report report = reportOf(run);
  EXPECT_TRUE(report.hasPassed()) << "refusals are lawful";
  EXPECT_TRUE(report.conformant().empty());

  // Nor does one whose suite has no cases for it.
  llvm::erase_if(run.records, [](const CaseRecord &record) {
    return record.level != Level::abi;
  });
  run.planned.clear();
  for (const CaseRecord &record : run.records)
    run.planned.push_back(record.name);
  const ProfileResult result = resultOf(reportOf(run), "INT8");
  EXPECT_EQ(result.status, ProfileStatus::notConformant);
  EXPECT_EQ(result.reasons.front(),
            "rule 'conv' needs 8 cases that pass, but has 0");
}

TEST(Profiles, SomeAreNotAvailableYet) {
  const Report report = reportOf(sampleRun());
  for (const char *name : {"DYN", "MULTI", "ASYNC"}) {
    const ProfileResult &result = resultOf(report, name);
    EXPECT_EQ(result.status, ProfileStatus::unavailable);
    EXPECT_EQ(result.reasons.front().substr(0, 36),
              "not available in this version: needs");
  }
}

TEST(Profiles, FilesWithFaultsAreRefused) {
  const auto faultOf = [](const char *text) {
    auto profiles = parseProfiles(text, "p");
    return profiles ? "no fault" : llvm::toString(profiles.takeError());
  };
  EXPECT_EQ(faultOf(R"({"schema": 1, "profiles": [{"name": "A", "version": "1",
                       "about": "", "rules": []}]})"),
            "p: profile 'A': field 'rules' has to be empty exactly if the "
            "profile is unavailable");
  EXPECT_EQ(faultOf(R"({"schema": 1, "profiles": [{"name": "A", "version": "1",
                       "about": "", "rules": [{"id": "r", "about": "",
                       "cases": ["*"], "at_least": 0}]}]})"),
            "p: profile 'A': rule 'r': field 'at_least' needs 1 or more");
}

} // namespace
