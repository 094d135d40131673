// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ranges of values: they hold what is computed, and are tight where sizes are
// computed as models do.

#include "core/fold/Ranges.h"
#include "core/fold/Evaluate.h"
#include "core/prim/Build.h"

#include <gtest/gtest.h>

#include <random>

using namespace glowplug;
using namespace mlir;
using K = prim::ScalarKind;

namespace {

class RangesTest : public testing::Test {
protected:
  RangesTest() : builder(&context), b(builder, builder.getUnknownLoc()) {
    context.loadDialect<prim::PrimDialect>();
    builder.setInsertionPointToEnd(&block);
  }

  Type i64() { return builder.getI64Type(); }
  /// A value of rank 0 that is not known.
  Value unknown(Type type) {
    return block.addArgument(RankedTensorType::get({}, type),
                             builder.getUnknownLoc());
  }
  /// The same from \p least to \p most.
  Value between(double least, double most, Type type) {
    Value value = unknown(type);
    ranges.restrict(value, {least, most});
    return value;
  }
  Value number(int64_t value) { return b.splat(value, i64()); }
  void expect(Value value, double least, double most) {
    const Ranges::List list = ranges.of(value);
    ASSERT_EQ(list.size(), 1U);
    EXPECT_EQ(list[0].least, least);
    EXPECT_EQ(list[0].most, most);
  }

  MLIRContext context;
  Block block;
  OpBuilder builder;
  prim::PrimBuilder b;
  Ranges ranges;
};

TEST_F(RangesTest, ArithmeticOfSizesIsExact) {
  Value n = between(0, 100, i64()), m = between(2, 7, i64());
  expect(b.add(n, number(3)), 3, 103);
  expect(b.sub(n, m), -7, 98);
  expect(b.mul(n, m), 0, 700);
  expect(b.div(n, m), 0, 50);
  expect(b.map(K::min, {n, number(40)}), 0, 40);
  expect(b.map(K::max, {b.sub(n, m), number(0)}), 0, 98);
  expect(b.map(K::rem, {n, m}), 0, 7);
  expect(b.map(K::neg, n), -100, 0);
}

TEST_F(RangesTest, FloatsRoundAsTheirTypeDoes) {
  // Converters scale sizes in float: floor(n * 1.5).
  Value n = b.cast(between(0, 101, i64()), builder.getF32Type());
  Value scaled = b.mul(n, b.splat(1.5, builder.getF32Type()));
  expect(b.cast(b.map(K::floor, scaled), i64()), 0, 151);
}

TEST_F(RangesTest, InfinitiesAgainstOneAnotherSayNothing) {
  const double infinite = std::numeric_limits<double>::infinity();
  Value x = b.splat(infinite, builder.getF32Type());
  expect(b.sub(x, x), -infinite, infinite);
  expect(b.reduce(prim::ReduceKind::sum,
                  b.splat(infinite, builder.getF32Type(), {0}), {0}),
         -infinite, infinite);
  // And what is made of it is an integer.
  const Range range =
      ranges.of(b.cast(b.map(K::floor, b.sub(x, x)), i64())).front();
  EXPECT_LE(range.least, -0x1p62);
  EXPECT_GE(range.most, 0x1p62);
}

TEST_F(RangesTest, ListsAreFollowedElementByElement) {
  Value n = b.reshape(between(0, 9, i64()), {1});
  Value list = b.concat({n, b.indices({4, -1})}, 0);
  const Ranges::List all = ranges.of(list);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].most, 9);
  EXPECT_EQ(all[1].least, 4);
  EXPECT_EQ(all[2].most, -1);
  expect(b.slice(list, {1}, {1}, {1}), 4, 4);
  expect(b.gather(list, b.indices({2}), 0), -1, -1);
  expect(b.reduce(prim::ReduceKind::prod, list, {0}), -36, 0);
}

TEST_F(RangesTest, CountsAreBoundedByWhatIsCounted) {
  Value mask =
      block.addArgument(RankedTensorType::get({300}, builder.getI1Type()),
                        builder.getUnknownLoc());
  Value ones = b.cast(mask, i64());
  expect(b.reduce(prim::ReduceKind::sum, ones, {0}), 0, 300);
  expect(b.scan(prim::ReduceKind::sum, ones, 0, false, false), 0, 300);
}

TEST_F(RangesTest, ComparisonsAreDecidedWhereTheyCanBe) {
  // Where a shape is not -1, as exports ask of each of its entries.
  Value n = between(0, 50, i64());
  Value isOpen = b.map(K::eq, {n, number(-1)});
  expect(isOpen, 0, 0);
  expect(b.map(K::select, {isOpen, number(1), n}), 0, 50);
  expect(b.map(K::eq, {number(4), number(4)}), 1, 1);
  expect(b.map(K::eq, {n, number(4)}), 0, 1);
  expect(b.map(K::invert, isOpen), 1, 1);
  expect(b.map(K::bit_and, {isOpen, b.map(K::lt, {n, number(9)})}), 0, 0);
  expect(b.map(K::bit_or, {b.map(K::ne, {n, number(-1)}), isOpen}), 1, 1);
}

TEST_F(RangesTest, WhatMayWrapOrIsUnknownHasTheRangeOfItsType) {
  const double least = -0x1p63, most = 0x1p63;
  Value any = unknown(i64());
  EXPECT_LE(ranges.of(any)[0].least, least);
  EXPECT_GE(ranges.of(any)[0].most, most);
  EXPECT_GE(ranges.of(b.add(any, number(1)))[0].most, most);
  EXPECT_LE(ranges.of(b.add(any, number(1)))[0].least, least);
  Value small = between(100, 120, builder.getIntegerType(8));
  Value sum = b.add(small, b.splat(int64_t{20}, builder.getIntegerType(8)));
  expect(sum, -128, 128); // 140 wraps
  // Where one of both is small, it bounds the other.
  expect(b.map(K::max, {b.map(K::min, {any, number(9)}), number(0)}), 0, 9);
  // NaN becomes 0 as an integer, and compares as false.
  Value real = between(5, 6, builder.getF32Type());
  expect(b.cast(real, i64()), 0, 6);
  expect(b.map(K::lt, {real, b.splat(9.0, builder.getF32Type())}), 0, 1);
  // The divisor may be 0.
  EXPECT_GE(ranges.of(b.div(any, any))[0].most, most);
}

TEST_F(RangesTest, LongChainsEnd) {
  Value value = between(0, 1, i64());
  for (int i = 0; i < 5000; ++i)
    value = b.add(value, number(1));
  EXPECT_GE(ranges.of(value)[0].most, 5001);
}

/// Random programs over two numbers, all of whose values are tried.
TEST_F(RangesTest, HoldWhatRandomProgramsCompute) {
  const K kinds[] = {K::add, K::sub, K::mul, K::div, K::rem, K::min, K::max};
  const K singles[] = {K::neg, K::abs, K::sign};
  std::mt19937 random(7);
  auto pick = [&](size_t count) { return random() % count; };
  for (int program = 0; program < 60; ++program) {
    BlockArgument inputs[2];
    int64_t first[2];
    std::vector<Value> values;
    for (int i = 0; i < 2; ++i) {
      first[i] = static_cast<int64_t>(pick(9)) - 4;
      inputs[i] = cast<BlockArgument>(
          between(double(first[i]), double(first[i] + 4), i64()));
      values.push_back(inputs[i]);
    }
    values.push_back(number(static_cast<int64_t>(pick(7)) - 3));
    for (int step = 0; step < 8; ++step) {
      Value x = values[pick(values.size())], y = values[pick(values.size())];
      const size_t what = pick(10);
      if (what < 6)
        values.push_back(b.map(kinds[pick(std::size(kinds))], {x, y}));
      else if (what < 8)
        values.push_back(b.map(singles[pick(std::size(singles))], x));
      else
        values.push_back(b.map(
            K::select, {b.map(K::lt, {x, y}), x, values[pick(values.size())]}));
    }
    for (int64_t i = 0; i < 5; ++i)
      for (int64_t j = 0; j < 5; ++j) {
        Evaluator evaluator;
        evaluator.bind(inputs[0], Tensor::scalar(first[0] + i));
        evaluator.bind(inputs[1], Tensor::scalar(first[1] + j));
        for (Value value : values) {
          const std::optional<Tensor> result = evaluator.evaluate(value);
          ASSERT_TRUE(result);
          const auto number =
              static_cast<double>(result->elements<int64_t>().front());
          const Range range = ranges.of(value).front();
          EXPECT_LE(range.least, number) << "program " << program;
          EXPECT_GE(range.most, number) << "program " << program;
        }
      }
  }
}

} // namespace
