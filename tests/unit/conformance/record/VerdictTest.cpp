// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Verdicts follow from figures.

#include "core/conformance/record/Verdict.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace glowplug::conformance;

namespace {

CaseRecord passing() {
  CaseRecord record;
  record.name = "ops/Add";
  record.isClaimed = true;
  record.ops = record.opsTaken = 1;
  record.measurements.push_back({"R1", "output 0", 10, 0, 0.5});
  return record;
}

TEST(Verdict, AFinishedCaseWithinItsRulesPasses) {
  EXPECT_EQ(verdictOf(passing()), Verdict::pass);
}

TEST(Verdict, OneMismatchFails) {
  CaseRecord record = passing();
  record.measurements.push_back({"R1", "output 1", 10, 1, 0});
  EXPECT_EQ(verdictOf(record), Verdict::fail);
  EXPECT_EQ(verdictOf(record, true), Verdict::waived);
}

TEST(Verdict, MomentsBeyondTheirLimitsFail) {
  CaseRecord record = passing();
  record.measurements[0].moments = {1, 2, -1, 2};
  EXPECT_EQ(verdictOf(record), Verdict::pass);
  record.measurements[0].moments->bias = -3;
  EXPECT_EQ(verdictOf(record), Verdict::fail);
  record.measurements[0].moments = {std::nan(""), 2, 0, 2};
  EXPECT_EQ(verdictOf(record), Verdict::fail);
}

TEST(Verdict, RefusalsAreLawfulOnlyIfTheManifestSaysSo) {
  CaseRecord record = passing();
  record.ending = Ending::refused;
  EXPECT_EQ(verdictOf(record), Verdict::unpredicted);
  record.isClaimed = false;
  EXPECT_EQ(verdictOf(record), Verdict::notSupported);
}

TEST(Verdict, ACaseThatThePluginDidNothingOfIsVacuous) {
  CaseRecord record = passing();
  record.opsTaken = 0;
  EXPECT_EQ(verdictOf(record), Verdict::vacuous);
  record = passing();
  record.measurements.clear();
  EXPECT_EQ(verdictOf(record), Verdict::vacuous);
}

TEST(Verdict, FlakesFailAndWaivedPassesDoToo) {
  CaseRecord record = passing();
  EXPECT_EQ(verdictOf(record, true), Verdict::unexpectedPass);
  record.retries = 5;
  record.otherEndings = 1;
  EXPECT_EQ(verdictOf(record), Verdict::flaky);
  EXPECT_FALSE(isAllowed(Verdict::flaky));
  EXPECT_FALSE(isAllowed(Verdict::unexpectedPass));
}

TEST(Verdict, NamesAreReadAsTheyAreWritten) {
  for (int at = 0; at <= static_cast<int>(Verdict::suite); ++at) {
    const auto verdict = static_cast<Verdict>(at);
    EXPECT_EQ(parseVerdict(verdictName(verdict)), verdict);
  }
  EXPECT_FALSE(parseVerdict("Pass"));
}

} // namespace
