// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Multiply-adds counted by hand.

#include "core/conformance/timing/Work.h"

#include "core/image/ImageBuilder.h"

#include <gtest/gtest.h>

using namespace glowplug;
using namespace glowplug::conformance;

namespace {

std::optional<MacBounds> boundsOf(ProgramBuilder &program) {
  const std::vector<uint8_t> bytes = program.finish();
  return macBoundsOf(*image::GetProgram(bytes.data()));
}

TEST(WorkTest, CountsProducts) {
  ProgramBuilder b("products");
  const ValueId x = b.input("x", DType::f32, {3, 5, 7});
  const ValueId y = b.input("y", DType::f32, {3, 7, 2});
  b.output(b.map(image::ScalarOp::neg, {b.matmul(x, y)}));
  const auto bounds = boundsOf(b);
  ASSERT_TRUE(bounds);
  EXPECT_EQ(bounds->least, 3u * 5 * 7 * 2);
  EXPECT_EQ(bounds->most, 3u * 5 * 7 * 2);
}

TEST(WorkTest, LeavesPaddingOpen) {
  ProgramBuilder b("conv");
  const ValueId x = b.input("x", DType::f32, {1, 4, 5, 5});
  const ValueId w = b.input("w", DType::f32, {6, 2, 3, 3});
  ConvOptions options;
  options.padsLow = {1, 0};
  options.padsHigh = {1, 0};
  options.groups = 2;
  b.output(b.conv(x, w, options));
  const auto bounds = boundsOf(b);
  ASSERT_TRUE(bounds);
  // Rows: 5 places of 3 taps, of which the first and the last lose one.
  EXPECT_EQ(bounds->most, 6u * 2 * (5 * 3) * (3 * 3));
  EXPECT_EQ(bounds->least, 6u * 2 * (5 * 3 - 2) * (3 * 3));
}

TEST(WorkTest, KnowsNothingOfOtherSums) {
  ProgramBuilder b("sum");
  const ValueId x = b.input("x", DType::f32, {4, 4});
  b.output(b.map(image::ScalarOp::neg, {x}));
  const auto none = boundsOf(b);
  ASSERT_TRUE(none);
  EXPECT_EQ(none->most, 0u);
  b.output(b.reduce(image::ReduceKind::sum, x, {1}));
  EXPECT_FALSE(boundsOf(b));
}

} // namespace
