// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What changed from one report to another.

#include "core/conformance/report/Diff.h"
#include "tests/unit/conformance/report/Samples.h"

#include "llvm/ADT/STLExtras.h"

#include <gtest/gtest.h>

using namespace glowplug::conformance;

namespace {

using Texts = std::vector<std::string>;

Texts textsOf(const std::vector<Change> &changes) {
  Texts texts;
  for (const Change &change : changes)
    texts.push_back(change.name + ": " + change.before + " -> " + change.after);
  return texts;
}

Diff diffOf(const RunData &before, const RunData &after) {
  return diffReports(reportOf(before), reportOf(after));
}

void refuse(CaseRecord &record) {
  record.isClaimed = false;
  makeEnd(record, Ending::refused, "no more");
}

TEST(Diff, TheSameRunHasNoChanges) {
  const Diff diff = diffOf(sampleRun(), sampleRun());
  EXPECT_FALSE(diff.hasRegressions());
  Json json = toJson(diff);
  json.erase("regressions");
  for (const auto &[key, value] : json.items())
    EXPECT_TRUE(value.empty()) << key;
}

TEST(Diff, NewFailuresCostProfiles) {
  RunData wrong = sampleRun();
  makeWrong(caseOf(wrong, "ops/Pad/u8/n0"));
  const Diff diff = diffOf(sampleRun(), wrong);
  EXPECT_EQ(textsOf(diff.newFailures), Texts{"ops/Pad/u8/n0: pass -> fail"});
  EXPECT_EQ(textsOf(diff.profilesLost),
            Texts{"INT8: conformant -> not_conformant"});
  EXPECT_TRUE(diff.hasRegressions());

  const Diff back = diffOf(wrong, sampleRun());
  EXPECT_EQ(textsOf(back.fixed), Texts{"ops/Pad/u8/n0: fail -> pass"});
  EXPECT_EQ(textsOf(back.profilesWon),
            Texts{"INT8: not_conformant -> conformant"});
  EXPECT_FALSE(back.hasRegressions());
}

TEST(Diff, LostSupportIsARegression) {
  RunData less = sampleRun();
  refuse(caseOf(less, "ops/Conv/u8/n9/tosa_single"));
  const Diff diff = diffOf(sampleRun(), less);
  EXPECT_EQ(textsOf(diff.lostSupport),
            Texts{"ops/Conv/u8/n9/tosa_single: pass -> not_supported"});
  EXPECT_TRUE(diff.hasRegressions());
  EXPECT_EQ(textsOf(diffOf(less, sampleRun()).gainedSupport),
            Texts{"ops/Conv/u8/n9/tosa_single: not_supported -> pass"});
}

TEST(Diff, OtherWaysToFailAreNoNewFailures) {
  RunData wrong = sampleRun(), crashing = sampleRun();
  makeWrong(caseOf(wrong, "ops/Pad/u8/n0"));
  makeEnd(caseOf(crashing, "ops/Pad/u8/n0"), Ending::crashed, "signal 11");
  const Diff diff = diffOf(wrong, crashing);
  EXPECT_EQ(textsOf(diff.otherwise), Texts{"ops/Pad/u8/n0: fail -> crash"});
  EXPECT_FALSE(diff.hasRegressions());
}

TEST(Diff, CasesComeAndGo) {
  RunData more = sampleRun();
  CaseRecord extra = caseOf(more, "ops/Pad/u8/n0");
  extra.name = "ops/Pad/u8/n7";
  makeWrong(extra);
  more.planned.push_back(extra.name);
  more.records.push_back(extra);
  const Diff diff = diffOf(sampleRun(), more);
  EXPECT_EQ(diff.added, Texts{"ops/Pad/u8/n7"});
  EXPECT_EQ(textsOf(diff.newFailures), Texts{"ops/Pad/u8/n7:  -> fail"});
  EXPECT_EQ(diffOf(more, sampleRun()).removed, Texts{"ops/Pad/u8/n7"});
}

TEST(Diff, SlowerCasesAreToldButAreNoRegression) {
  RunData slow = sampleRun();
  CaseRecord &record = caseOf(slow, "ops/Pad/u8/n0");
  const double before = record.seconds;
  record.seconds = 2;
  caseOf(slow, "ops/Pad/u8/n1").seconds *= 1.4;
  const Diff diff = diffOf(sampleRun(), slow);
  ASSERT_EQ(diff.slower.size(), 1u);
  EXPECT_EQ(diff.slower[0].name, "ops/Pad/u8/n0");
  EXPECT_EQ(diff.slower[0].before, before);
  EXPECT_EQ(diff.slower[0].after, 2);
  EXPECT_FALSE(diff.hasRegressions());
}

} // namespace
