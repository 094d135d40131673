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
  const OutputComparison wrong =
      withReference(floats({1.129f, 2}), declared, wide).outputs[0];
  EXPECT_EQ(wrong.mismatches, 1u);
  EXPECT_EQ(wrong.elements, 2u);
  EXPECT_NEAR(wrong.maxError, 0.129, 1e-6);
  EXPECT_NEAR(wrong.maxErrorOverLimit, 0.129 / 0.128, 1e-3);
}

/// 0.001 between single and wide and 0.01 between declared and single: 0.128
/// and 0.04 are allowed, not 128 times their sum.
TEST(CompareTest, RoundingToHalvesIsMeasuredApart) {
  const Tensor declared = floats({1.01f, 2}), wide = doubles({1, 2.001});
  const ReferenceOutputs expected = {{declared}, {wide}, {}, {floats({1, 2})}};
  EXPECT_TRUE(compareWithReference(floats({1.167f, 2}), expected).pass());
  EXPECT_FALSE(compareWithReference(floats({1.169f, 2}), expected).pass());
}

TEST(CompareTest, AllowsAFewUlpsWhereTheReferencesAgree) {
  const Tensor declared = floats({8, 0}), wide = doubles({8, 0});
  const float ulp = 8 * 0x1p-23f;
  EXPECT_TRUE(withReference(floats({8 + 4 * ulp, 0}), declared, wide).pass());
  EXPECT_FALSE(withReference(floats({8 + 5 * ulp, 0}), declared, wide).pass());
  EXPECT_FALSE(withReference(floats({8, 1e-5f}), declared, wide).pass());
}

/// No wider type says what rounding costs them, so sums may cost more units.
TEST(CompareTest, DoublesHaveAFloorOfTheirOwn) {
  const Tensor both = doubles({8, 0});
  const double ulp = 8 * 0x1p-52;
  EXPECT_TRUE(withReference(doubles({8 + 1024 * ulp, 0}), both, both).pass());
  EXPECT_FALSE(withReference(doubles({8 + 1025 * ulp, 0}), both, both).pass());
  EXPECT_FALSE(withReference(doubles({double(8.1f), 0}), doubles({8.1, 0}),
                             doubles({8.1, 0}))
                   .pass());
}

TEST(CompareTest, ZerosHaveToBeZeros) {
  const Comparison wrong =
      withReference(floats({1e-30f}), floats({0}), doubles({0}));
  EXPECT_FALSE(wrong.pass());
  EXPECT_TRUE(std::isfinite(wrong.total().maxErrorOverLimit));
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
    EXPECT_EQ(withReference(wrong, declared, wide).total().mismatches, 1u);
}

TEST(CompareTest, AnOverflowOfTheDeclaredTypeIsItsResult) {
  const Tensor declared = floats({infinity}), wide = doubles({1e40});
  EXPECT_TRUE(withReference(floats({infinity}), declared, wide).pass());
  EXPECT_FALSE(withReference(floats({3e38f}), declared, wide).pass());
}

TEST(CompareTest, IntegersAreExact) {
  const Tensor truth = Tensor::of<int32_t>({3}, {1, 2, 3});
  EXPECT_TRUE(withReference(truth, truth, truth).pass());
  const OutputComparison wrong =
      withReference(Tensor::of<int32_t>({3}, {1, 2, 5}), truth, truth)
          .outputs[0];
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

//===----------------------------------------------------------------------===//
// What is said of wrong elements
//===----------------------------------------------------------------------===//

TEST(CompareTest, WhatIsNotFiniteIsCountedApart) {
  const Tensor truth =
      floats({0, 0, notANumber, infinity, infinity, 1, notANumber, -infinity});
  const Tensor actual = floats({notANumber, notANumber, 7, -infinity, 5,
                                infinity, notANumber, -infinity});
  const OutputComparison found = compareWithFiles(actual, truth).outputs[0];
  EXPECT_EQ(found.mismatches, 6u);
  EXPECT_EQ(found.nanForNumber, 2u);
  EXPECT_EQ(found.numberForNan, 1u);
  EXPECT_EQ(found.infinite, 3u);
  EXPECT_EQ(found.maxError, 0);
}

TEST(CompareTest, NanForAnInfinityIsOneMismatch) {
  const OutputComparison found =
      compareWithFiles(floats({notANumber, infinity}),
                       floats({infinity, notANumber}))
          .outputs[0];
  EXPECT_EQ(found.mismatches, 2u);
  EXPECT_EQ(found.nanForNumber, 1u);
  EXPECT_EQ(found.numberForNan, 1u);
  EXPECT_EQ(found.infinite, 0u);
}

TEST(CompareTest, FirstAndWorstHaveCoordinates) {
  const Tensor truth =
      Tensor::of<float>({2, 3, 2}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  const Tensor actual = Tensor::of<float>(
      {2, 3, 2}, {0, 1, 2, 3.5f, 4, 5, 6, 7, 8, 90, 10.25f, 11});
  const OutputComparison found = compareWithFiles(actual, truth).outputs[0];
  EXPECT_EQ(found.mismatches, 3u);
  EXPECT_EQ(found.first.index, (std::vector<int64_t>{0, 1, 1}));
  EXPECT_EQ(found.first.got, "3.5");
  EXPECT_EQ(found.first.want, "3");
  EXPECT_EQ(found.worst.index, (std::vector<int64_t>{1, 1, 1}));
  EXPECT_EQ(found.worst.got, "90");
  EXPECT_EQ(found.worst.want, "9");
}

TEST(CompareTest, NanIsWorseThanAnyNumber) {
  const OutputComparison found =
      compareWithFiles(floats({1e30f, notANumber, -infinity}),
                       floats({0, 0, 0}))
          .outputs[0];
  EXPECT_EQ(found.first.got, "1e+30");
  EXPECT_EQ(found.worst.index, (std::vector<int64_t>{1}));
  EXPECT_EQ(found.worst.got, "nan");
  EXPECT_EQ(found.worst.want, "0");
}

TEST(CompareTest, ElementsAreToldFromTheirNeighbours) {
  auto wrong = [](const Tensor &actual, const Tensor &truth) {
    const WrongElement first = compareWithFiles(actual, truth).outputs[0].first;
    return first.got + " for " + first.want;
  };
  // A double would be rounded to the same number on both sides.
  EXPECT_EQ(wrong(Tensor::scalar<int64_t>(9007199254740993),
                  Tensor::scalar<int64_t>(9007199254740992)),
            "9007199254740993 for 9007199254740992");
  EXPECT_EQ(wrong(Tensor::scalar<uint64_t>(~uint64_t{0}),
                  Tensor::scalar<uint64_t>(0)),
            "18446744073709551615 for 0");
  EXPECT_EQ(wrong(Tensor::scalar<int8_t>(-1), Tensor::scalar<int8_t>(65)),
            "-1 for 65");
  EXPECT_EQ(wrong(Tensor::scalar(Boolean(true)), Tensor::scalar(Boolean())),
            "true for false");
  EXPECT_EQ(wrong(Tensor::scalar(0.1f), Tensor::scalar(0.2f)), "0.1 for 0.2");
  EXPECT_EQ(wrong(Tensor::scalar(0.1), Tensor::scalar(1 / 3.)),
            "0.1 for 0.3333333333333333");
  EXPECT_EQ(wrong(Tensor::scalar(Half(0.5)), Tensor::scalar(Half(1.5))),
            "0.5 for 1.5");
}

TEST(CompareTest, TheOutputIsKnown) {
  const Comparison found =
      compareWithFiles({floats({1}), floats({2.5f}), floats({notANumber})},
                       {floats({1}), floats({2}), floats({3})});
  EXPECT_EQ(found.firstWrong(), 1u);
  EXPECT_EQ(found.worstWrong(), 2u);
  const OutputComparison total = found.total();
  EXPECT_EQ(total.elements, 3u);
  EXPECT_EQ(total.mismatches, 2u);
  EXPECT_EQ(total.nanForNumber, 1u);
}

//===----------------------------------------------------------------------===//
// Comparisons that say nothing
//===----------------------------------------------------------------------===//

namespace {

/// Of 200 elements that should be 0, of which swaying moves one by 1, the first
/// \p count are 1: right, but only as floats may decide otherwise.
Comparison decidedOtherwise(size_t count, float value = 1) {
  std::vector<float> actual(200), declared(200);
  std::vector<double> wide(200), swayed(200);
  std::fill_n(actual.begin(), count, value);
  swayed[3] = 1;
  return compareWithReference(Tensor::of<float>({200}, actual),
                              {{Tensor::of<float>({200}, declared)},
                               {Tensor::of<double>({200}, wide)},
                               {{Tensor::of<double>({200}, swayed)}}});
}

} // namespace

TEST(CompareTest, OnePercentMayBeDecidedOtherwise) {
  const Comparison found = decidedOtherwise(2);
  EXPECT_EQ(found.verdict(), CompareVerdict::pass);
  EXPECT_EQ(found.total().decidedOtherwise, 2u);
}

TEST(CompareTest, MoreThanOnePercentIsNotComparable) {
  const Comparison found = decidedOtherwise(3);
  EXPECT_EQ(found.verdict(), CompareVerdict::notComparable);
  EXPECT_FALSE(found.pass());
  EXPECT_EQ(found.total().mismatches, 0u);
}

TEST(CompareTest, WrongStaysWrong) {
  EXPECT_EQ(decidedOtherwise(1, 2.5f).verdict(), CompareVerdict::fail);
  EXPECT_EQ(decidedOtherwise(200, 2.5f).verdict(), CompareVerdict::fail);
}

TEST(CompareTest, ALargeOutputDoesNotHideASmallOne) {
  Comparison both = decidedOtherwise(0), small = decidedOtherwise(3);
  both.outputs[0].elements = 1000000;
  both.outputs.push_back(small.outputs[0]);
  EXPECT_EQ(both.verdict(), CompareVerdict::notComparable);
}
