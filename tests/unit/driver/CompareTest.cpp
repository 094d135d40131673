// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The limits of comparisons: what is right passes, what is wrong does not.

#include "core/driver/Compare.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace glowplug;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float notANumber = std::numeric_limits<float>::quiet_NaN();

Tensor floats(std::initializer_list<float> values) {
  return Tensor::of<float>({static_cast<int64_t>(values.size())}, values);
}
Tensor doubles(std::initializer_list<double> values) {
  return Tensor::of<double>({static_cast<int64_t>(values.size())}, values);
}

Comparison withReference(const Tensor &actual, const Tensor &declared,
                         const Tensor &wide) {
  return compareWithReference(actual, {{declared}, {wide}, {}});
}

} // namespace

TEST(CompareTest, LimitIsAMultipleOfTheDistanceOfTheReferences) {
  // The references are 0.001 apart: 0.127 passes, 0.129 does not.
  const Tensor declared = floats({1, 2}), wide = doubles({1, 2.001});
  EXPECT_TRUE(withReference(floats({1.127f, 2}), declared, wide).pass());
  const Comparison wrong = withReference(floats({1.129f, 2}), declared, wide);
  EXPECT_EQ(wrong.mismatches, 1u);
  EXPECT_EQ(wrong.elements, 2u);
  EXPECT_NEAR(wrong.maxError, 0.129, 1e-6);
  EXPECT_NEAR(wrong.maxErrorOverLimit, 0.129 / 0.128, 1e-3);
}

TEST(CompareTest, AllowsAFewUlpsWhereTheReferencesAgree) {
  const Tensor declared = floats({8, 0}), wide = doubles({8, 0});
  const float ulp = 8 * 0x1p-23f;
  EXPECT_TRUE(withReference(floats({8 + 4 * ulp, 0}), declared, wide).pass());
  EXPECT_FALSE(withReference(floats({8 + 5 * ulp, 0}), declared, wide).pass());
  EXPECT_FALSE(withReference(floats({8, 1e-5f}), declared, wide).pass());
}

TEST(CompareTest, ZerosHaveToBeZeros) {
  const Comparison wrong =
      withReference(floats({1e-30f}), floats({0}), doubles({0}));
  EXPECT_FALSE(wrong.pass());
  EXPECT_TRUE(std::isfinite(wrong.maxErrorOverLimit));
}

TEST(CompareTest, SpecialsHaveToAgree) {
  const Tensor declared = floats({notANumber, infinity, -infinity, 1});
  const Tensor wide = doubles({notANumber, infinity, -infinity, 1.001});
  EXPECT_TRUE(withReference(declared, declared, wide).pass());
  for (const Tensor &wrong :
       {floats({0, infinity, -infinity, 1}),
        floats({notANumber, -infinity, -infinity, 1}),
        floats({notANumber, 3e38f, -infinity, 1}),
        floats({notANumber, infinity, -infinity, infinity}),
        floats({notANumber, infinity, -infinity, notANumber})})
    EXPECT_EQ(withReference(wrong, declared, wide).mismatches, 1u);
}

TEST(CompareTest, AnOverflowOfTheDeclaredTypeIsItsResult) {
  const Tensor declared = floats({infinity}), wide = doubles({1e40});
  EXPECT_TRUE(withReference(floats({infinity}), declared, wide).pass());
  EXPECT_FALSE(withReference(floats({3e38f}), declared, wide).pass());
}

TEST(CompareTest, IntegersAreExact) {
  const Tensor truth = Tensor::of<int32_t>({3}, {1, 2, 3});
  EXPECT_TRUE(withReference(truth, truth, truth).pass());
  const Comparison wrong =
      withReference(Tensor::of<int32_t>({3}, {1, 2, 5}), truth, truth);
  EXPECT_EQ(wrong.mismatches, 1u);
  EXPECT_EQ(wrong.maxError, 2);
}

TEST(CompareTest, EachOutputHasItsOwnLimit) {
  const ReferenceOutputs expected = {
      {floats({1}), floats({100})}, {doubles({1}), doubles({101})}, {}};
  // The references of the second are 1 apart: an error of 1 is nothing for it,
  // and far too much for the first.
  EXPECT_TRUE(
      compareWithReference({floats({1}), floats({102})}, expected).pass());
  EXPECT_FALSE(
      compareWithReference({floats({2}), floats({101})}, expected).pass());
}

TEST(CompareTest, FilesFollowOnnxButForZeros) {
  const Tensor truth = floats({100, 1, 1e-6f});
  EXPECT_TRUE(
      compareWithFiles(floats({100.09f, 1.0009f, 1e-6f}), truth).pass());
  EXPECT_FALSE(compareWithFiles(floats({100.11f, 1, 1e-6f}), truth).pass());
  // 5e-5 of the largest element, which is 0.005, is allowed everywhere.
  EXPECT_TRUE(compareWithFiles(floats({100, 1.004f, 0.004f}), truth).pass());
  EXPECT_FALSE(compareWithFiles(floats({100, 1.006f, 0}), truth).pass());
  EXPECT_FALSE(compareWithFiles(floats({100, 1, notANumber}), truth).pass());
}

TEST(CompareTest, EmptyOutputsAreRight) {
  const Tensor none = Tensor::of<float>({0}, llvm::ArrayRef<float>());
  EXPECT_TRUE(compareWithFiles(none, none).pass());
}
