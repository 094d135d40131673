// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is known of a machine, by the name of its CPU and its features.

#include "backends/cpu/compiler/target/Target.h"

#include <gtest/gtest.h>

namespace glowplug::cpu::test {
namespace {

TargetTraits traitsOf(const std::string &cpu, const std::string &features) {
  return cantFail(Target::create(cpu, features)).traits();
}

/// None of these needs to be the machine that the test runs on.
TEST(TraitsTest, LevelsOfX86) {
  TargetTraits expected;
  expected.byteDot = ByteDot::pairs;
  EXPECT_EQ(traitsOf("x86-64", ""), expected);

  expected.lanes = 8;
  expected.hasFma = expected.hasHalf = true;
  EXPECT_EQ(traitsOf("x86-64-v3", ""), expected);
  EXPECT_EQ(traitsOf("x86-64-v4", "-avx512vl"), expected)
      << "masks and short vectors need VL";
  expected.byteDot = ByteDot::quads;
  EXPECT_EQ(traitsOf("x86-64-v3", "+avxvnni"), expected);

  expected = {16, 32, true, true, true, false, ByteDot::pairs};
  EXPECT_EQ(traitsOf("x86-64-v4", ""), expected);
  expected.byteDot = ByteDot::quads;
  EXPECT_EQ(traitsOf("x86-64-v4", "+avx512vnni"), expected);
  expected.permutesBytes = true;
  EXPECT_EQ(traitsOf("x86-64-v4", "+avx512vnni,+avx512vbmi"), expected);
}

/// AVX2 without a fused multiply-add counts as less than AVX2.
TEST(TraitsTest, Avx2NeedsFma) {
  EXPECT_EQ(traitsOf("x86-64-v3", "-fma").lanes, 4u);
  EXPECT_FALSE(traitsOf("x86-64-v3", "-fma").hasFma);
}

} // namespace
} // namespace glowplug::cpu::test
