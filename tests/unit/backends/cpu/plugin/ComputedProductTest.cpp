// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// 8-bit products of two matrices that are both computed, as attention has them,
// bit by bit against the reference interpreter.

#include "tests/unit/backends/cpu/plugin/IntegerGraph.h"

#include <algorithm>
#include <numeric>

using namespace glowplug;
using namespace glowplug::cputest;

namespace {

/// An input of this shape, or one of which it is a transpose, or a part.
ValueId operand(IntegerGraph &g, DType type, std::vector<int64_t> shape) {
  Random &random = g.random;
  const size_t rank = shape.size();
  switch (random() % 5) {
  case 0: { // the last two dims
    std::swap(shape[rank - 2], shape[rank - 1]);
    DimList permutation(rank);
    std::iota(permutation.begin(), permutation.end(), 0);
    std::swap(permutation[rank - 2], permutation[rank - 1]);
    return g.b.transpose(g.input(type, shape), permutation);
  }
  case 1: { // any order, as heads are split
    DimList permutation(rank);
    std::iota(permutation.begin(), permutation.end(), 0);
    std::shuffle(permutation.begin(), permutation.end(), random);
    std::vector<int64_t> before(rank);
    for (size_t d = 0; d < rank; ++d)
      before[permutation[d]] = shape[d];
    return g.b.transpose(g.input(type, before), permutation);
  }
  case 2: { // a part of longer rows, or every other element
    std::vector<int64_t> before = shape;
    DimList starts(rank, 0), strides(rank, 1);
    for (size_t d = rank - 2; d < rank; ++d) {
      if (random() % 2) {
        before[d] += 3;
        starts[d] = pick(random, 0, 3);
      } else if (random() % 4 == 0) {
        before[d] *= 2;
        strides[d] = 2;
      }
    }
    return g.b.slice(g.input(type, before), starts, shape, strides);
  }
  default:
    return g.input(type, shape);
  }
}

int64_t pickSize(Random &random) {
  switch (random() % 4) {
  case 0: // whole vectors, and one more or less
    return 16 * pick(random, 1, 8) + pick(random, -1, 1);
  case 1:
    return pick(random, 1, 6);
  default:
    return pick(random, 1, 70);
  }
}

void buildProduct(IntegerGraph &g) {
  Random &random = g.random;
  const int64_t m = pickSize(random);
  const int64_t n = pickSize(random);
  const int64_t k = pickSize(random);
  std::vector<int64_t> result = pickShape(random, random() % 4, 3);
  std::vector<int64_t> lhs = result;
  std::vector<int64_t> rhs = result;
  for (size_t d = 0; d < result.size(); ++d)
    if (random() % 4 == 0)
      (random() % 2 ? lhs : rhs)[d] = 1;
  lhs.insert(lhs.end(), {m, k});
  rhs.insert(rhs.end(), {k, n});
  result.insert(result.end(), {m, n});
  const DType lhsType = g.pickByte();
  const DType rhsType = g.pickByte();
  MatMulOptions options;
  // Points per row or column are for the generic loops.
  options.lhsZp = g.zeroPoints(lhsType, random() % 8 ? 1 : m);
  options.rhsZp = g.zeroPoints(rhsType, random() % 8 ? 1 : n);
  options.epilogue = g.tail(result, result.size() - 1);
  const ValueId x =
      random() % 8 ? operand(g, lhsType, lhs) : g.constant(lhsType, lhs);
  // Constants without batch are packed beforehand, others when they run.
  const ValueId y =
      random() % 8 ? operand(g, rhsType, rhs) : g.constant(rhsType, rhs);
  g.b.output(g.b.matmul(x, y, options));
}

} // namespace

TEST(CpuComputedProduct, Random) {
  for (const uint32_t seed : seeds(150)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    IntegerGraph g(5000 + seed);
    buildProduct(g);
    g.expectExact();
    if (testing::Test::HasFailure())
      return;
  }
}

/// Each pair of types and of zero points for both sides: those that cost
/// nothing in one form or the other, and those far outside of 8 bits, whose
/// sums wrap.
TEST(CpuComputedProduct, ZeroPoints) {
  uint32_t seed = 6000;
  for (const DType lhs : {DType::u8, DType::i8})
    for (const DType rhs : {DType::u8, DType::i8})
      for (const int32_t lhsZero : {0, -128, 128, 77, 2000000000})
        for (const int32_t rhsZero : {0, -128, 128, -19, -70000}) {
          SCOPED_TRACE(std::to_string(lhsZero) + " " + std::to_string(rhsZero) +
                       " seed " + std::to_string(seed));
          IntegerGraph g(seed++);
          const int64_t m = pick(g.random, 1, 40);
          const int64_t n = pick(g.random, 1, 40);
          const int64_t k = pick(g.random, 1, 140);
          MatMulOptions options;
          options.lhsZp = {lhsZero};
          options.rhsZp = {rhsZero};
          g.b.output(g.b.matmul(g.input(lhs, {2, m, k}),
                                g.input(rhs, {2, k, n}), options));
          g.expectExact();
          if (testing::Test::HasFailure())
            return;
        }
}

/// softmax(q k^T) v with the heads split off by transposes.
TEST(CpuComputedProduct, Attention) {
  for (const DType type : {DType::i8, DType::u8}) {
    IntegerGraph g(7);
    const int64_t length = 37, heads = 3, size = 20;
    const std::vector<int64_t> all{1, length, heads, size};
    const ValueId q = g.b.transpose(g.input(type, all), {0, 2, 1, 3});
    const ValueId k = g.b.transpose(g.input(type, all), {0, 2, 3, 1});
    const ValueId v = g.b.transpose(g.input(type, all), {0, 2, 1, 3});
    MatMulOptions options;
    options.lhsZp = options.rhsZp = {type == DType::u8 ? 131 : 3};
    RegionBuilder scale({DType::i32});
    const ScalarId zero = scale.constantOf(DType::u8, 0);
    scale.yield(scale.rescaleFp32Rne(
        scale.parameter(0), scale.constantOf(DType::f32, 0x1p-9), zero));
    options.epilogue.region = scale;
    const ValueId p = g.b.matmul(q, k, options);
    options.lhsZp = {};
    g.b.output(p);
    g.b.output(g.b.transpose(g.b.matmul(p, v, options), {0, 2, 1, 3}));
    g.expectExact();
  }
}
