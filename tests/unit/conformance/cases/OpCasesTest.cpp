// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is left out when cases are listed is what nobody would get.

#include "core/conformance/cases/ops/OpCases.h"

#include <gtest/gtest.h>

using namespace glowplug::conformance;

namespace {

std::vector<std::string> namesOf(const OpCaseOptions &options,
                                 Depth deepest = Depth::full) {
  std::vector<std::string> names;
  for (const ProgramCase &made : opCases(options))
    if (made.depth <= deepest)
      names.push_back(made.name);
  return names;
}

/// A device for bytes: the op and the type decide, or the op, the type and
/// the epilogue.
bool isForBytes(const Features &features) {
  return features.at("type") == "i8" && features.at("op") != "ConvTranspose";
}
bool isPlain(const Features &features) {
  return isForBytes(features) && features.at("epilogue") == "none";
}

TEST(OpCasesTest, SmokeRunsHaveTheFirstOfQuickRuns) {
  using Claims = std::function<bool(const Features &)>;
  for (const Claims &claims : {Claims(), Claims(isPlain)}) {
    const std::vector<std::string> smoke = namesOf({Depth::smoke, claims});
    EXPECT_GT(smoke.size(), 500u);
    EXPECT_EQ(smoke, namesOf({Depth::quick, claims}, Depth::smoke));
  }
}

TEST(OpCasesTest, KnowingThatNothingIsClaimedChangesNothing) {
  EXPECT_EQ(namesOf({Depth::smoke, isPlain, isForBytes}),
            namesOf({Depth::smoke, isPlain}));
}

TEST(OpCasesTest, CommonFeaturesAreKnownByTheirOpAndType) {
  unsigned common = 0;
  for (const ProgramCase &made : opCases({Depth::quick}))
    if (isCommon(made.features)) {
      ++common;
      EXPECT_TRUE(mayBeCommon(
          {{"op", made.features.at("op")}, {"type", made.features.at("type")}}))
          << made.name;
    }
  EXPECT_GT(common, 500u);
  EXPECT_FALSE(mayBeCommon({{"op", "MatMul"}, {"type", "i64"}}));
}

TEST(CoveringArrayTest, TheFirstRowsAreThoseOfTheWholeTable) {
  const std::vector<Factor> factors = {
      {"a", {1, 2, 3}}, {"b", {0, 1}}, {"c", {5, 6, 7, 8}}};
  const auto isValid = [](const Choice &choice) {
    return choice["a"] != 2 || choice["c"] > 6;
  };
  const auto valuesOf = [&](size_t most) {
    std::vector<std::array<int64_t, 3>> rows;
    for (const Choice &row : coveringChoices(factors, 2, isValid, most))
      rows.push_back({row["a"], row["b"], row["c"]});
    return rows;
  };
  auto whole = valuesOf(100);
  ASSERT_GE(whole.size(), 10u);
  EXPECT_TRUE(valuesOf(0).empty());
  const auto some = valuesOf(4);
  whole.resize(4);
  EXPECT_EQ(some, whole);
}

} // namespace
