// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Matrix product kernels against a direct loop, on random shapes.

#include "backends/cpu/compiler/kernels/MatMul.h"

#include "tests/unit/backends/cpu/compiler/kernels/Buffers.h"
#include "tests/unit/backends/cpu/compiler/kernels/Jit.h"

#include <gtest/gtest.h>

#include <cmath>
#include <tuple>

using namespace llvm;

namespace glowplug::cpu::test {
namespace {

std::string describe(const MatMulSpec &spec) {
  std::string text = std::to_string(spec.m) + "x" + std::to_string(spec.k) +
                     "x" + std::to_string(spec.n) +
                     (spec.packedRhs ? " packed" : " dynamic") +
                     ", row strides " + std::to_string(spec.lhsRowStride) +
                     ", " + std::to_string(spec.rhsRowStride);
  for (const BatchDim &dim : spec.batch)
    text += ", batch " + std::to_string(dim.size) + " (" +
            std::to_string(dim.lhsStride) + ", " +
            std::to_string(dim.rhsStride) + ")";
  return text;
}

MatMulSpec randomSpec(std::mt19937 &random) {
  MatMulSpec spec;
  const auto size = [&](int64_t small, int64_t large) -> int64_t {
    return random() % 3 ? 1 + random() % small : 1 + random() % large;
  };
  spec.m = size(8, 70);
  spec.n = size(40, 200);
  spec.k = random() % 16 ? size(20, 300) : 0;
  spec.packedRhs = random() % 2;
  if (random() % 4 == 0)
    spec.lhsRowStride = spec.k + random() % 5;
  if (!spec.packedRhs && random() % 4 == 0)
    spec.rhsRowStride = spec.n + random() % 20;
  const int64_t stride = spec.lhsRowStride ? spec.lhsRowStride : spec.k;
  // Batch dims, innermost first, each broadcast or not on either side.
  int64_t lhs = spec.m * stride;
  int64_t rhs =
      spec.packedRhs ? 0 : spec.k * std::max(spec.n, spec.rhsRowStride);
  for (int dims = random() % 3; dims > 0; --dims) {
    BatchDim dim;
    dim.size = 1 + random() % 3;
    if (random() % 3) {
      dim.lhsStride = lhs;
      lhs *= dim.size;
    }
    if (random() % 3) {
      dim.rhsStride = rhs;
      rhs *= dim.size;
    }
    spec.batch.insert(spec.batch.begin(), dim);
  }
  return spec;
}

/// Elements up to the last one that the strides reach.
int64_t reach(const MatMulSpec &spec, int64_t inner, bool isLhs) {
  int64_t elements = inner;
  for (const BatchDim &dim : spec.batch)
    elements += (dim.size - 1) * (isLhs ? dim.lhsStride : dim.rhsStride);
  return elements;
}

/// Offsets of batch number \p index on both sides.
std::pair<int64_t, int64_t> batchOffsets(const MatMulSpec &spec,
                                         int64_t index) {
  std::pair<int64_t, int64_t> offsets{0, 0};
  for (size_t i = spec.batch.size(); i-- > 0;) {
    const BatchDim &dim = spec.batch[i];
    offsets.first += index % dim.size * dim.lhsStride;
    offsets.second += index % dim.size * dim.rhsStride;
    index /= dim.size;
  }
  return offsets;
}

enum class Tail { none, all, allLong };

/// One product: its operands, what the epilogue adds, and the result.
struct Case {
  const MatMulPlan plan;
  const MatMulSpec &spec;
  const Tail tail;
  const bool atStart; ///< of buffers: where they are guarded
  GuardedBuffer lhs, rhs, packed, result;
  GuardedBuffer added, perColumn, perRow;

  Case(const TargetTraits &target, const MatMulSpec &matmul, Tail tail,
       std::mt19937 &random, Arithmetic arithmetic)
      : plan(planMatMul(target, matmul, arithmetic)), spec(plan.spec),
        tail(tail), atStart(random() % 2),
        lhs(spec.k
                ? reach(spec, (spec.m - 1) * spec.lhsRowStride + spec.k, true)
                : 1,
            atStart),
        rhs(spec.k
                ? reach(spec, (spec.k - 1) * spec.rhsRowStride + spec.n, false)
                : 1,
            atStart),
        packed(plan.packedElements(), atStart),
        result(plan.resultElements(), atStart),
        added(plan.resultElements(), atStart), perColumn(spec.n, atStart),
        perRow(spec.m, atStart) {
    for (const GuardedBuffer *buffer :
         {&lhs, &rhs, &added, &perColumn, &perRow})
      buffer->randomize(random);
    if (spec.packedRhs)
      packMatMulRhs(plan, {rhs.data(), size_t(spec.k * spec.n)},
                    {packed.data(), size_t(packed.size())});
  }

  Epilogue epilogue(const std::vector<Value *> &buffers) const;
  void run(Machine &machine, std::mt19937 &random) const;
  std::string compareWithLoops() const;
};

/// Adds the last three of \p buffers.
Epilogue Case::epilogue(const std::vector<Value *> &buffers) const {
  const size_t rank = spec.batch.size() + 2;
  SmallVector<int64_t, 4> column(rank, 0), row(rank, 0);
  column[rank - 1] = 1;
  row[rank - 2] = 1;
  Epilogue epilogue;
  epilogue.isLong = tail == Tail::allLong;
  if (tail != Tail::none)
    epilogue.emit = [=](IRBuilder<> &b, Value *acc,
                        const EpilogueContext &context) {
      for (const ExtraOperand &extra : {ExtraOperand{buffers[3], true, {}},
                                        ExtraOperand{buffers[4], false, column},
                                        ExtraOperand{buffers[5], false, row}})
        acc = b.CreateFAdd(acc, loadExtra(b, b.getFloatTy(), extra, context));
      return acc;
    };
  return epilogue;
}

void Case::run(Machine &machine, std::mt19937 &random) const {
  const Kernel kernel(
      machine, 6,
      [&](IRBuilder<> &builder, const std::vector<Value *> &buffers,
          Value *begin, Value *end) {
        emitMatMul(builder, plan, {buffers[0], buffers[1], buffers[2]},
                   epilogue(buffers), begin, end);
      });
  runShuffled(kernel,
              {lhs.data(), spec.packedRhs ? packed.data() : rhs.data(),
               result.data(), added.data(), perColumn.data(), perRow.data()},
              plan.workUnits(), random);
}

std::string Case::compareWithLoops() const {
  std::vector<double> reference, magnitude;
  for (int64_t batch = 0; batch < plan.batches(); ++batch) {
    const auto [lhsOffset, rhsOffset] = batchOffsets(spec, batch);
    for (int64_t m = 0; m < spec.m; ++m)
      for (int64_t n = 0; n < spec.n; ++n) {
        double sum = 0, absolute = 0;
        for (int64_t k = 0; k < spec.k; ++k) {
          const double product =
              double(lhs[lhsOffset + m * spec.lhsRowStride + k]) *
              rhs[rhsOffset + k * spec.rhsRowStride + n];
          sum += product;
          absolute += std::abs(product);
        }
        if (tail != Tail::none) {
          sum += double(added[reference.size()]) + perColumn[n] + perRow[m];
          absolute += 3;
        }
        reference.push_back(sum);
        magnitude.push_back(absolute);
      }
  }
  return compare(reference, magnitude, spec.k,
                 [&](int64_t element) { return result[element]; });
}

/// Compiles, runs and checks one case; an empty string means success.
std::string check(Machine &machine, const MatMulSpec &spec, Tail tail,
                  std::mt19937 &random,
                  Arithmetic arithmetic = Arithmetic::fp32) {
  const Case product(machine.target, spec, tail, random, arithmetic);
  product.run(machine, random);
  return product.compareWithLoops();
}

void checkMany(Machine &machine, unsigned seed, int count) {
  if (!machine.canRun())
    GTEST_SKIP() << "this machine lacks the instructions";
  std::mt19937 random(seed);
  for (int i = 0; i < count; ++i) {
    const MatMulSpec spec = randomSpec(random);
    const Tail tail = Tail(random() % 3);
    ASSERT_EQ(check(machine, spec, tail, random), "")
        << describe(spec) << ", epilogue " << int(tail) << ", case " << i;
  }
}

TEST(MatMulTest, Host) { checkMany(Machine::host(), 1, 200); }
TEST(MatMulTest, Avx2) { checkMany(Machine::avx2(), 2, 80); }
TEST(MatMulTest, Generic) { checkMany(Machine::generic(), 3, 60); }

TEST(MatMulTest, EmptyHasNoWork) {
  for (auto [m, n] : {std::pair(0, 5), std::pair(5, 0)}) {
    MatMulSpec spec;
    spec.m = m;
    spec.n = n;
    spec.k = 3;
    EXPECT_EQ(planMatMul(Machine::host().target, spec).workUnits(), 0);
  }
}

/// The same comparison must find the inaccurate arithmetics.
TEST(MatMulTest, PoorArithmeticFails) {
  std::mt19937 random(4);
  MatMulSpec spec;
  spec.m = 20;
  spec.n = 48;
  spec.k = 256;
  for (bool packed : {false, true}) {
    spec.packedRhs = packed;
    EXPECT_EQ(check(Machine::host(), spec, Tail::none, random), "");
    for (Arithmetic poor :
         {Arithmetic::bf16, Arithmetic::tf32, Arithmetic::fp16Accumulate})
      EXPECT_NE(check(Machine::host(), spec, Tail::none, random, poor), "")
          << int(poor);
  }
}

} // namespace
} // namespace glowplug::cpu::test
