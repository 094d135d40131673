// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// 8-bit products whose right side is packed by a kernel: all three kernels in a
// row against direct loops, on random shapes.

#include "backends/cpu/compiler/kernels/PackRhs.h"

#include "tests/unit/backends/cpu/compiler/kernels/Buffers.h"
#include "tests/unit/backends/cpu/compiler/kernels/Jit.h"

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

/// Sizes of a product with two batch dims; the sides have matrices of their own
/// in one or both.
struct Sizes {
  int64_t m, n, k;
  int64_t outer, inner;
  bool lhsOuter, rhsInner;

  int64_t lhsMatrices() const { return lhsOuter ? outer * inner : inner; }
  int64_t rhsMatrices() const { return rhsInner ? outer * inner : outer; }
  int64_t lhsMatrix(int64_t i, int64_t j) const {
    return (lhsOuter ? i * inner : 0) + j;
  }
  int64_t rhsMatrix(int64_t i, int64_t j) const {
    return rhsInner ? i * inner + j : i;
  }
};

Sizes randomSizes(std::mt19937 &random) {
  const auto size = [&](int64_t large) -> int64_t {
    return 1 + random() % (random() % 3 ? 70 : large);
  };
  const int64_t m = size(20), n = size(150), k = size(300);
  const int64_t outer = 1 + random() % 2, inner = 1 + random() % 3;
  const bool lhsOuter = random() % 2, rhsInner = random() % 2;
  return {m, n, k, outer, inner, lhsOuter, rhsInner};
}

/// The product as its kernel sees it.
MatMulSpec specOf(const TargetTraits &target, const Sizes &sizes,
                  const Side &lhs, const Side &rhs, std::mt19937 &random) {
  MatMulSpec spec;
  spec.m = sizes.m;
  spec.n = sizes.n;
  spec.k = sizes.k;
  spec.lhsRowStride = lhs.rowStride;
  spec.packedRhs = true;
  spec.isLhsSigned = lhs.isSigned;
  spec.isLhsWide = wantsWideLhs(target);
  // Sums of rows are for a left side that is not biased.
  const bool needsSums = rhs.zero != (rhs.isSigned ? 0 : 128);
  spec.isRhsUnsigned = spec.isLhsWide
                           ? random() % 2
                           : lhs.isSigned && (needsSums || random() % 2);
  const int64_t inner = sizes.inner;
  spec.batch = {{sizes.outer, sizes.lhsOuter ? inner * lhs.matrixStride : 0,
                 sizes.rhsInner ? inner : 1, sizes.lhsOuter ? inner : 0},
                {inner, lhs.matrixStride, sizes.rhsInner ? 1 : 0, 1}};
  if (spec.isLhsWide) {
    spec.lhsRowStride = wideColumns(sizes.k);
    for (BatchDim &dim : spec.batch)
      dim.lhsStride = dim.lhsMatrices * sizes.m * spec.lhsRowStride;
  }
  return spec;
}

PackRhsSpec packingOf(const MatMulPlan &plan, const Side &lhs,
                      const Side &rhs) {
  const uint32_t rhsBias = rhs.isSigned == plan.spec.isRhsUnsigned
                               ? (rhs.isSigned ? 128 : 0u - 128)
                               : 0;
  PackRhsSpec pack;
  pack.batch = {{rhs.matrices, rhs.matrixStride}};
  pack.rowStride = rhs.rowStride;
  pack.columnStride = rhs.columnStride;
  pack.isSigned = rhs.isSigned;
  pack.lhsZero =
      int32_t(uint32_t(lhs.zero) + (plan.spec.biasesLhs() ? 128 : 0));
  pack.rhsZero = int32_t(uint32_t(rhs.zero) + rhsBias);
  return pack;
}

LeftSpec leftOf(const Side &lhs) {
  LeftSpec left;
  left.batch = {{lhs.matrices, lhs.matrixStride}};
  left.rows = lhs.rows;
  left.columns = lhs.columns;
  left.rowStride = lhs.rowStride;
  left.isSigned = lhs.isSigned;
  return left;
}

/// One product: its operands, and what the kernels make of them.
struct Case {
  Machine &machine;
  std::mt19937 &random;
  const Sizes sizes;
  const Side lhs, rhs;
  const bool atStart; ///< of buffers: where they are guarded
  const GuardedBytes left, right;
  const MatMulPlan plan;
  const PackRhsSpec pack;
  const LeftSpec rows;
  const bool hasStart, hasRowStart;
  const GuardedBuffer packed, start, rowStart, wide, result;

  Case(Machine &machine, std::mt19937 &random)
      : machine(machine), random(random), sizes(randomSizes(random)),
        lhs(randomSide(random, sizes.m, sizes.k, sizes.lhsMatrices(), false)),
        rhs(randomSide(random, sizes.k, sizes.n, sizes.rhsMatrices(),
                       random() % 2)),
        atStart(random() % 2), left(lhs.reach(), atStart, random),
        right(rhs.reach(), atStart, random),
        plan(planMatMul(machine.target,
                        specOf(machine.target, sizes, lhs, rhs, random),
                        Arithmetic::int8)),
        pack(packingOf(plan, lhs, rhs)), rows(leftOf(lhs)),
        hasStart(pack.lhsZero != 0), hasRowStart(pack.rhsZero != 0),
        packed(rhs.matrices * plan.packedElements(), atStart),
        start(rhs.matrices * plan.startElements(), atStart),
        rowStart(lhs.matrices * sizes.m, atStart),
        wide(lhs.matrices * sizes.m * wideColumns(sizes.k), atStart),
        result(plan.batches() * sizes.m * sizes.n, atStart) {}

  void run(const std::vector<void *> &buffers, int64_t units,
           EmitFn emit) const {
    const Kernel kernel(machine, buffers.size(), emit);
    runShuffled(kernel, buffers, units, random);
  }
  void prepare() const;
  void multiply() const;
  int32_t expected(int64_t lhsMatrix, int64_t row, int64_t rhsMatrix,
                   int64_t column) const;
  std::string describe() const;
  std::string compareWithLoops() const;
};

using Buffers = const std::vector<Value *> &;

/// The steps before the product.
void Case::prepare() const {
  run({right.data(), packed.data(), start.data()}, packRhsUnits(plan, pack),
      [&](IRBuilder<> &builder, Buffers b, Value *begin, Value *end) {
        emitPackRhs(builder, plan, pack,
                    {b[0], b[1], hasStart ? b[2] : nullptr}, begin, end);
      });
  if (hasRowStart)
    run({left.data(), rowStart.data()}, rowStartUnits(machine.target, rows),
        [&](IRBuilder<> &builder, Buffers b, Value *begin, Value *end) {
          emitRowStart(builder, machine.target, {rows, pack.rhsZero}, b[0],
                       b[1], begin, end);
        });
  if (plan.spec.isLhsWide)
    run({left.data(), wide.data()}, widenRowsUnits(rows),
        [&](IRBuilder<> &builder, Buffers b, Value *begin, Value *end) {
          emitWidenRows(builder, machine.target, rows, b[0], b[1], begin, end);
        });
}

void Case::multiply() const {
  void *factors = left.data();
  if (plan.spec.isLhsWide)
    factors = wide.data();
  run({factors, packed.data(), result.data(), start.data(), rowStart.data()},
      plan.workUnits(),
      [&](IRBuilder<> &builder, Buffers b, Value *begin, Value *end) {
        emitMatMul(builder, plan,
                   {b[0], b[1], b[2], hasStart ? b[3] : nullptr,
                    hasRowStart ? b[4] : nullptr},
                   {}, begin, end);
      });
}

/// The sum that the kernel must give, which wraps.
int32_t Case::expected(int64_t lhsMatrix, int64_t row, int64_t rhsMatrix,
                       int64_t column) const {
  uint32_t sum = 0;
  for (int64_t k = 0; k < sizes.k; ++k)
    sum += (uint32_t(lhs.value(left.data(), lhsMatrix, row, k)) -
            uint32_t(lhs.zero)) *
           (uint32_t(rhs.value(right.data(), rhsMatrix, k, column)) -
            uint32_t(rhs.zero));
  return int32_t(sum);
}

std::string Case::describe() const {
  return std::to_string(sizes.m) + "x" + std::to_string(sizes.k) + "x" +
         std::to_string(sizes.n) + (pack.columnStride == 1 ? "" : "^T") +
         (lhs.isSigned ? " i8" : " u8") + (rhs.isSigned ? " i8" : " u8") +
         (plan.spec.isRhsUnsigned ? ", unsigned right side" : "") +
         ", zero points " + std::to_string(lhs.zero) + " " +
         std::to_string(rhs.zero);
}

std::string Case::compareWithLoops() const {
  const auto *got = reinterpret_cast<const int32_t *>(result.data());
  for (int64_t i = 0; i < sizes.outer; ++i)
    for (int64_t j = 0; j < sizes.inner; ++j)
      for (int64_t row = 0; row < sizes.m; ++row)
        for (int64_t column = 0; column < sizes.n; ++column, ++got) {
          const int32_t wanted = expected(sizes.lhsMatrix(i, j), row,
                                          sizes.rhsMatrix(i, j), column);
          if (*got != wanted)
            return describe() + ": element " + std::to_string(row) + ", " +
                   std::to_string(column) + ": got " + std::to_string(*got) +
                   ", expected " + std::to_string(wanted);
        }
  return "";
}

std::string check(Machine &machine, std::mt19937 &random) {
  const Case product(machine, random);
  product.prepare();
  product.multiply();
  return product.compareWithLoops();
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
