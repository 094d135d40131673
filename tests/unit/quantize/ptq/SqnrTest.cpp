// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Decibels.

#include "core/quantize/ptq/Sqnr.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace glowplug::ptq;

namespace {

TEST(SqnrTest, AddsPowersOverSamples) {
  Sqnr sqnr;
  sqnr.add({3, 4}, {3, 4.5F});
  sqnr.add({5}, {4.5F});
  EXPECT_NEAR(sqnr.ratio(), 0.5 / 50, 1e-12);
  EXPECT_NEAR(sqnr.db(), 20, 1e-9);
}

TEST(SqnrTest, IsInfiniteWithoutNoise) {
  Sqnr sqnr;
  sqnr.add({1, 0, NAN}, {1, 0, NAN});
  EXPECT_EQ(sqnr.ratio(), 0);
  EXPECT_EQ(sqnr.db(), std::numeric_limits<double>::infinity());
}

TEST(SqnrTest, IsMinusInfiniteWhereOnlyOneSideIsFinite) {
  Sqnr sqnr;
  sqnr.add({1, 2}, {1, NAN});
  EXPECT_EQ(sqnr.db(), -std::numeric_limits<double>::infinity());
}

TEST(SqnrTest, IsMinusInfiniteForNoiseWithoutSignal) {
  Sqnr sqnr;
  sqnr.add({0}, {1});
  EXPECT_EQ(sqnr.db(), -std::numeric_limits<double>::infinity());
}

} // namespace
