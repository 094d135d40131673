// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// 8-bit products whose right side is packed by a kernel: all three kernels in a
// row against direct loops, on random shapes.

#include "backends/cpu/compiler/kernels/PackRhs.h"

#include "tests/unit/cpu-kernels/Buffers.h"
#include "tests/unit/cpu-kernels/Jit.h"

#include <gtest/gtest.h>

using namespace llvm;

namespace glowplug::cpu::test {
namespace {

/// Random bytes beside an unmapped page.
class GuardedBytes {
public:
  GuardedBytes(int64_t count, bool atStart, std::mt19937 &random)
      : buffer((count + 3) / 4, atStart),
        bytes(reinterpret_cast<uint8_t *>(buffer.data()) +
              (atStart ? 0 : buffer.size() * 4 - count)) {
    for (int64_t i = 0; i < count; ++i)
      bytes[i] = uint8_t(random() % 4 ? random() : 255 * (random() % 2));
  }
  uint8_t *data() const { return bytes; }

private:
  GuardedBuffer buffer;
  uint8_t *bytes;
};

/// One side: matrices of rows x columns, each perhaps with gaps.
struct Side {
  int64_t rows, columns;
  int64_t rowStride, columnStride;
  int64_t matrices, matrixStride;
  bool isSigned;
  int32_t zero;

  int64_t reach() const {
    return (matrices - 1) * matrixStride + (rows - 1) * rowStride +
           (columns - 1) * columnStride + 1;
  }
  int value(const uint8_t *data, int64_t matrix, int64_t row,
            int64_t column) const {
    const uint8_t byte =
        data[matrix * matrixStride + row * rowStride + column * columnStride];
    return isSigned ? int8_t(byte) : byte;
  }
};

Side randomSide(std::mt19937 &random, int64_t rows, int64_t columns,
                int64_t matrices, bool isTransposed) {
  Side side{rows, columns, 1, 1, matrices, 0, bool(random() % 2), 0};
  const int64_t gap = random() % 3 ? 0 : random() % 9;
  (isTransposed ? side.columnStride : side.rowStride) =
      (isTransposed ? rows : columns) + gap;
  side.matrixStride = rows * columns + gap * std::max(rows, columns);
  const int32_t zeros[] = {0, 128, -128, int32_t(random() % 256) - 128,
                           int32_t(random())};
  side.zero = zeros[random() % 5];
  return side;
}

/// The sum that the kernel must give, which wraps.
int32_t expected(const Side &lhs, const uint8_t *left, int64_t lhsMatrix,
                 int64_t row, const Side &rhs, const uint8_t *right,
                 int64_t rhsMatrix, int64_t column) {
  uint32_t sum = 0;
  for (int64_t k = 0; k < lhs.columns; ++k)
    sum +=
        (uint32_t(lhs.value(left, lhsMatrix, row, k)) - uint32_t(lhs.zero)) *
        (uint32_t(rhs.value(right, rhsMatrix, k, column)) - uint32_t(rhs.zero));
  return int32_t(sum);
}

std::string check(Machine &machine, std::mt19937 &random) {
  const auto size = [&](int64_t large) -> int64_t {
    return 1 + random() % (random() % 3 ? 70 : large);
  };
  const int64_t m = size(20), n = size(150), k = size(300);
  // Two batch dims; the sides have matrices of their own in one or both.
  const int64_t outer = 1 + random() % 2, inner = 1 + random() % 3;
  const bool lhsOuter = random() % 2, rhsInner = random() % 2;
  const Side lhs =
      randomSide(random, m, k, lhsOuter ? outer * inner : inner, false);
  const Side rhs =
      randomSide(random, k, n, rhsInner ? outer * inner : outer, random() % 2);
  const bool atStart = random() % 2;
  const GuardedBytes left(lhs.reach(), atStart, random);
  const GuardedBytes right(rhs.reach(), atStart, random);

  MatMulSpec spec;
  spec.m = m;
  spec.n = n;
  spec.k = k;
  spec.lhsRowStride = lhs.rowStride;
  spec.packedRhs = true;
  spec.isLhsSigned = lhs.isSigned;
  spec.isLhsWide = wantsWideLhs(machine.target);
  // Sums of rows are for a left side that is not biased.
  const bool needsSums = rhs.zero != (rhs.isSigned ? 0 : 128);
  spec.isRhsUnsigned = spec.isLhsWide
                           ? random() % 2
                           : lhs.isSigned && (needsSums || random() % 2);
  spec.batch = {{outer, lhsOuter ? inner * lhs.matrixStride : 0,
                 rhsInner ? inner : 1, lhsOuter ? inner : 0},
                {inner, lhs.matrixStride, rhsInner ? 1 : 0, 1}};
  const int64_t wideStride = wideColumns(k);
  if (spec.isLhsWide) {
    spec.lhsRowStride = wideStride;
    for (BatchDim &dim : spec.batch)
      dim.lhsStride = dim.lhsMatrices * m * wideStride;
  }
  const MatMulPlan plan = planMatMul(machine.target, spec, Arithmetic::int8);
  const uint32_t rhsBias =
      rhs.isSigned == spec.isRhsUnsigned ? (rhs.isSigned ? 128 : 0u - 128) : 0;
  PackRhsSpec pack;
  pack.batch = {{rhs.matrices, rhs.matrixStride}};
  pack.rowStride = rhs.rowStride;
  pack.columnStride = rhs.columnStride;
  pack.isSigned = rhs.isSigned;
  pack.lhsZero =
      int32_t(uint32_t(lhs.zero) + (plan.spec.biasesLhs() ? 128 : 0));
  pack.rhsZero = int32_t(uint32_t(rhs.zero) + rhsBias);
  LeftSpec sums;
  sums.batch = {{lhs.matrices, lhs.matrixStride}};
  sums.rows = m;
  sums.columns = k;
  sums.rowStride = lhs.rowStride;
  sums.isSigned = lhs.isSigned;
  const bool hasStart = pack.lhsZero != 0;
  const bool hasRowStart = pack.rhsZero != 0;

  GuardedBuffer packed(rhs.matrices * plan.packedElements(), atStart);
  GuardedBuffer start(rhs.matrices * plan.startElements(), atStart);
  GuardedBuffer rowStart(lhs.matrices * m, atStart);
  GuardedBuffer result(plan.batches() * m * n, atStart);
  using Buffers = const std::vector<Value *> &;
  const Kernel packKernel(
      machine, 3,
      [&](IRBuilder<> &builder, Buffers b, Value *begin, Value *end) {
        emitPackRhs(builder, plan, pack,
                    {b[0], b[1], hasStart ? b[2] : nullptr}, begin, end);
      });
  runShuffled(packKernel, {right.data(), packed.data(), start.data()},
              packRhsUnits(plan, pack), random);
  const Kernel sumKernel(
      machine, 2,
      [&](IRBuilder<> &builder, Buffers b, Value *begin, Value *end) {
        emitRowStart(builder, machine.target, {sums, pack.rhsZero}, b[0], b[1],
                     begin, end);
      });
  if (hasRowStart)
    runShuffled(sumKernel, {left.data(), rowStart.data()},
                rowStartUnits(machine.target, sums), random);
  const Kernel widenKernel(
      machine, 2,
      [&](IRBuilder<> &builder, Buffers b, Value *begin, Value *end) {
        emitWidenRows(builder, machine.target, sums, b[0], b[1], begin, end);
      });
  GuardedBuffer wide(lhs.matrices * m * wideStride, atStart);
  if (spec.isLhsWide)
    runShuffled(widenKernel, {left.data(), wide.data()}, widenRowsUnits(sums),
                random);
  const Kernel product(
      machine, 5,
      [&](IRBuilder<> &builder, Buffers b, Value *begin, Value *end) {
        emitMatMul(builder, plan,
                   {b[0], b[1], b[2], hasStart ? b[3] : nullptr,
                    hasRowStart ? b[4] : nullptr},
                   {}, begin, end);
      });
  runShuffled(product,
              {spec.isLhsWide ? static_cast<void *>(wide.data()) : left.data(),
               packed.data(), result.data(), start.data(), rowStart.data()},
              plan.workUnits(), random);

  const auto *got = reinterpret_cast<const int32_t *>(result.data());
  for (int64_t i = 0; i < outer; ++i)
    for (int64_t j = 0; j < inner; ++j)
      for (int64_t row = 0; row < m; ++row)
        for (int64_t column = 0; column < n; ++column, ++got) {
          const int32_t wanted =
              expected(lhs, left.data(), (lhsOuter ? i * inner : 0) + j, row,
                       rhs, right.data(), rhsInner ? i * inner + j : i, column);
          if (*got != wanted)
            return std::to_string(m) + "x" + std::to_string(k) + "x" +
                   std::to_string(n) + (pack.columnStride == 1 ? "" : "^T") +
                   (lhs.isSigned ? " i8" : " u8") +
                   (rhs.isSigned ? " i8" : " u8") +
                   (spec.isRhsUnsigned ? ", unsigned right side" : "") +
                   ", zero points " + std::to_string(lhs.zero) + " " +
                   std::to_string(rhs.zero) + ": element " +
                   std::to_string(row) + ", " + std::to_string(column) +
                   ": got " + std::to_string(*got) + ", expected " +
                   std::to_string(wanted);
        }
  return "";
}

void checkMany(Machine &machine, unsigned seed, int count) {
  if (!machine.canRun())
    GTEST_SKIP() << "this machine lacks the instructions";
  std::mt19937 random(seed);
  for (int i = 0; i < count; ++i)
    ASSERT_EQ(check(machine, random), "") << "case " << i;
}

TEST(PackRhsTest, Host) { checkMany(Machine::host(), 1, 30); }
TEST(PackRhsTest, Avx2) { checkMany(Machine::avx2(), 2, 16); }
TEST(PackRhsTest, Avx512WithoutDotProducts) {
  Machine machine("x86-64-v4");
  checkMany(machine, 4, 16);
}
TEST(PackRhsTest, Generic) { checkMany(Machine::generic(), 3, 16); }

} // namespace
} // namespace glowplug::cpu::test
