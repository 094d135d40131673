// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is counted is what a scan over every sum finds.

#include "core/quantize/recipes/Difference.h"

#include <glowplug/arithmetic.h>
#include <gtest/gtest.h>

#include <random>

using namespace glowplug;

namespace {

constexpr arithmetic::Range i8{-128, 127};

void expectCounted(float scale, int32_t zp, int32_t bound) {
  const auto [multiplier, shift] =
      arithmetic::integerScale(static_cast<double>(scale));
  auto floats = [&](int32_t sum) {
    return arithmetic::rescaleFp32Rne(sum, scale, zp, i8);
  };
  auto integers = [&, m = multiplier, s = shift](int32_t sum) {
    return arithmetic::rescaleTosaSingle(sum, m, s, zp, i8);
  };
  RecipeChange counted;
  countDifferences(floats, integers, -bound, bound, i8.low, i8.high, counted);
  uint64_t differing = 0, most = 0;
  for (int32_t sum = -bound; sum <= bound; ++sum) {
    const int64_t gap = std::abs(int64_t(floats(sum)) - integers(sum));
    differing += gap != 0;
    most = std::max(most, static_cast<uint64_t>(gap));
  }
  EXPECT_EQ(counted.differing, differing) << scale << " " << zp;
  EXPECT_EQ(counted.mostSteps, most) << scale << " " << zp;
  EXPECT_EQ(counted.total, uint64_t(2) * bound + 1);
}

} // namespace

TEST(Difference, EqualsAScanOverAllSums) {
  std::mt19937 random(7);
  for (int i = 0; i < 40; ++i) {
    const float scale =
        std::exp2(std::uniform_real_distribution<float>(-14.0f, 2.0f)(random));
    expectCounted(scale, std::uniform_int_distribution<int>(-128, 127)(random),
                  100000);
  }
}

TEST(Difference, PowersOfTwoHaveTies) {
  const auto [multiplier, shift] = arithmetic::integerScale(1.0 / 64);
  RecipeChange change;
  countDifferences(
      [](int32_t sum) {
        return arithmetic::rescaleFp32Rne(sum, 1.0f / 64, 0, i8);
      },
      [&, m = multiplier, s = shift](int32_t sum) {
        return arithmetic::rescaleTosaSingle(sum, m, s, 0, i8);
      },
      -100000, 100000, i8.low, i8.high, change);
  // Every second tie between two steps: half to even is not half up.
  EXPECT_EQ(change.differing, 128u);
  EXPECT_EQ(change.mostSteps, 1u);
  expectCounted(1.0f / 64, 0, 100000);
}

TEST(Difference, CountsResultsOneByOne) {
  RecipeChange change;
  countDifferences({1.0, 2.0, 3.0, -4.0}, {1.0, 4.0, 3.0, -5.0}, change);
  EXPECT_EQ(change.total, 4u);
  EXPECT_EQ(change.differing, 2u);
  EXPECT_EQ(change.mostSteps, 2u);
}
