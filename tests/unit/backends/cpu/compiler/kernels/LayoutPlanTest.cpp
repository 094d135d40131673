// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Layout decisions on small programs.

#include "backends/cpu/compiler/kernels/LayoutPlan.h"

#include <gtest/gtest.h>

namespace glowplug::cpu::test {
namespace {

using Kind = LayoutOpKind;
using Conversions = std::vector<LayoutConversion>;

constexpr unsigned lanes = 16;

LayoutValue tensor(std::vector<int64_t> shape, bool isOutput = false) {
  return {std::move(shape), isOutput};
}

/// stem -> pool -> conv -> add with a residual -> plane reduction -> matmul.
TEST(LayoutPlanTest, NetworkNeedsNoConversion) {
  const std::vector<LayoutValue> values = {
      tensor({1, 3, 224, 224}), // 0 input
      tensor({1, 64, 112, 112}), tensor({1, 64, 56, 56}),
      tensor({1, 64, 56, 56}), // 3 conv
      tensor({1, 64, 56, 56}), // 4 sum
      tensor({1, 64, 1, 1}),   // 5 mean
      tensor({1, 64}),         // 6 reshaped
      tensor({1, 10}, true),   // 7
      tensor({1, 64, 1, 1}),   // 8 bias
  };
  const std::vector<LayoutOp> ops = {
      {Kind::convStem, {0, 8}, {1}}, {Kind::pool, {1}, {2}},
      {Kind::conv, {2, 8}, {3}},     {Kind::elementwise, {3, 2}, {4}},
      {Kind::planeReduce, {4}, {5}}, {Kind::other, {5}, {6}},
      {Kind::other, {6}, {7}},
  };
  const LayoutPlan plan = planLayouts(lanes, values, ops);
  EXPECT_EQ(plan.conversions, Conversions{});
  for (unsigned value : {1, 2, 3, 4})
    EXPECT_EQ(plan.values[value], Layout::blocked) << value;
  EXPECT_EQ(plan.values[5], Layout::rowMajor);
  EXPECT_EQ(plan.ops[4], Layout::blocked); // it reads blocked
}

TEST(LayoutPlanTest, BordersAreConvertedOnce) {
  const std::vector<LayoutValue> values = {
      tensor({1, 32, 8, 8}), tensor({1, 32, 8, 8}), tensor({1, 32, 8, 8}),
      tensor({1, 32, 8, 8}, true)};
  // Two convolutions read the input; an output is their sum.
  const std::vector<LayoutOp> ops = {{Kind::conv, {0}, {1}},
                                     {Kind::conv, {0}, {2}},
                                     {Kind::elementwise, {1, 2}, {3}}};
  const LayoutPlan plan = planLayouts(lanes, values, ops);
  EXPECT_EQ(plan.conversions,
            (Conversions{{0, 0, Layout::blocked}, {3, 3, Layout::rowMajor}}));
  EXPECT_EQ(plan.values[3], Layout::blocked);
}

TEST(LayoutPlanTest, RowMajorProgramStaysRowMajor) {
  const std::vector<LayoutValue> values = {
      tensor({2, 32, 8}), tensor({2, 32, 8}), tensor({2, 32, 8}, true)};
  const std::vector<LayoutOp> ops = {{Kind::other, {0}, {1}},
                                     {Kind::elementwise, {1}, {2}}};
  const LayoutPlan plan = planLayouts(lanes, values, ops);
  EXPECT_EQ(plan.conversions, Conversions{});
  EXPECT_EQ(plan.ops[1], Layout::rowMajor);
}

/// A chain between a convolution and a transpose is converted once, at the end
/// where the tensor is smallest.
TEST(LayoutPlanTest, ConversionMovesToTheSmallTensor) {
  const std::vector<LayoutValue> values = {
      tensor({1, 16, 32, 32}), tensor({1, 16, 32, 32}), tensor({1, 16, 16, 16}),
      tensor({1, 16, 16, 16}, true)};
  const std::vector<LayoutOp> ops = {{Kind::convStem, {0}, {1}},
                                     {Kind::pool, {1}, {2}},
                                     {Kind::other, {2}, {3}}};
  const LayoutPlan plan = planLayouts(lanes, values, ops);
  EXPECT_EQ(plan.conversions, (Conversions{{2, 2, Layout::rowMajor}}));
}

TEST(LayoutPlanTest, OddConcatStaysRowMajor) {
  std::vector<LayoutValue> values = {
      tensor({1, 32, 4, 4}), tensor({1, 24, 4, 4}), tensor({1, 32, 4, 4}),
      tensor({1, 56, 4, 4})};
  std::vector<LayoutOp> ops = {{Kind::conv, {0}, {1}},
                               {Kind::conv, {0}, {2}},
                               {Kind::concatChannels, {1, 2}, {3}}};
  EXPECT_EQ(planLayouts(lanes, values, ops).ops[2], Layout::rowMajor);
  // Only the last operand may be odd.
  ops[2].operands = {2, 1};
  EXPECT_EQ(planLayouts(lanes, values, ops).ops[2], Layout::blocked);
}

TEST(LayoutPlanTest, OnePixelNeedsNoConversion) {
  const std::vector<LayoutValue> values = {
      tensor({1, 64, 1, 1}), tensor({1, 32, 1, 1}), tensor({1, 32}, true)};
  const std::vector<LayoutOp> ops = {{Kind::conv, {0}, {1}},
                                     {Kind::other, {1}, {2}}};
  EXPECT_EQ(planLayouts(lanes, values, ops).conversions, Conversions{});
}

TEST(LayoutPlanTest, Extras) {
  const LayoutValue result = tensor({2, 32, 5, 6});
  const auto is = [&](std::vector<int64_t> shape) {
    return isBroadcastExtra(tensor(std::move(shape)), result);
  };
  EXPECT_TRUE(is({1, 1, 1, 1}));
  EXPECT_TRUE(is({1, 32, 1, 1}));
  EXPECT_TRUE(is({2, 32, 1, 1}));
  EXPECT_TRUE(is({1, 1, 5, 6}));
  EXPECT_FALSE(is({2, 32, 5, 6}));
  EXPECT_FALSE(is({1, 32, 1, 6}));
  EXPECT_FALSE(is({1, 32, 5, 6}));
  EXPECT_FALSE(is({32, 1, 1}));

  std::vector<LayoutValue> values = {result, tensor({1, 32, 1, 6}), result};
  const LayoutOp add{Kind::elementwise, {0, 1}, {2}};
  EXPECT_FALSE(canRunBlocked(lanes, values, add));
  values[1] = tensor({1, 32, 1, 1});
  EXPECT_TRUE(canRunBlocked(lanes, values, add));
  values[2].element = std::nullopt;
  EXPECT_FALSE(canRunBlocked(lanes, values, add));
}

} // namespace
} // namespace glowplug::cpu::test
