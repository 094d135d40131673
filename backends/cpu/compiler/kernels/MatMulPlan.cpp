// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tiling of matrix products and the order of a packed right side.

#include "backends/cpu/compiler/kernels/MatMul.h"

#include "backends/cpu/compiler/kernels/PackBytes.h"
#include "backends/cpu/compiler/kernels/TileChoice.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cassert>
#include <numeric>

using namespace llvm;

namespace glowplug::cpu {

int64_t MatMulPlan::columnBlocks() const {
  return divideCeil(spec.n, target.lanes);
}

int64_t MatMulPlan::panels() const {
  return divideCeil(columnBlocks(), vectors);
}

int64_t MatMulPlan::unitsPerPanel() const {
  int64_t tiles = 0;
  for (const ColumnClass &rows : classes)
    tiles += rows.count;
  return divideCeil(tiles, tilesPerUnit);
}

int64_t MatMulPlan::batches() const {
  int64_t count = 1;
  for (const BatchDim &dim : spec.batch)
    count *= dim.size;
  return count;
}

int64_t MatMulPlan::workUnits() const {
  return batches() * panels() * unitsPerPanel();
}

int64_t MatMulPlan::steps() const {
  return divideCeil(spec.k, productsPerStep(arithmetic));
}

int64_t MatMulPlan::stepVectors() const {
  return vectorsPerStep(target, arithmetic, spec.weightPlanes);
}

int64_t MatMulPlan::packedElements() const {
  return startElements() * steps() * stepVectors();
}

int64_t MatMulPlan::startElements() const {
  return columnBlocks() * int64_t(target.lanes);
}

MatMulPlan MatMulPlan::ofRhs() const {
  MatMulPlan plan;
  plan.target = target;
  plan.arithmetic = arithmetic;
  plan.vectors = vectors;
  plan.spec.n = spec.n;
  plan.spec.k = spec.k;
  plan.spec.packedRhs = spec.packedRhs;
  plan.spec.isRhsUnsigned = spec.isRhsUnsigned;
  plan.spec.weightPlanes = spec.weightPlanes;
  return plan;
}

MatMulPlan planMatMul(const TargetTraits &target, const MatMulSpec &spec,
                      Arithmetic arithmetic) {
  MatMulPlan plan;
  plan.target = target;
  plan.spec = spec;
  plan.arithmetic = arithmetic;
  if (plan.spec.lhsRowStride == 0)
    plan.spec.lhsRowStride = spec.isLhsWide ? 2 * plan.steps() : spec.k;
  if (plan.spec.rhsRowStride == 0)
    plan.spec.rhsRowStride = spec.n;
  if (spec.m == 0 || spec.n == 0)
    return plan;

  // Rows at a distance of a power of two share cache sets; a tile must not have
  // more rows than the ways of a first-level cache (8) leave room for.
  constexpr int64_t setSpan = 4096;
  const bool isInt8 = arithmetic == Arithmetic::int8;
  const bool isPaired = isInt8 && wantsWideLhs(target);
  assert(isPaired == spec.isLhsWide);
  const int64_t stride = (isInt8 && !spec.isLhsWide ? 1 : 4) *
                         std::max<int64_t>(1, plan.spec.lhsRowStride);
  const int64_t positions = setSpan / std::gcd(setSpan, stride);
  SpatialDim rows;
  rows.in = rows.out = spec.m;
  // Without an instruction for whole dot products, parts of sums need registers
  // as well.
  TargetTraits free = target;
  if (isInt8 && target.byteDot != ByteDot::quads)
    free.registers -= isPaired ? 1 : 5;
  if (spec.biasesLhs())
    free.registers -= 1; // for what flips the bias
  TileChoice choice =
      chooseTile(free, rows, plan.columnBlocks(), 6 * positions);
  plan.vectors = choice.vectors;
  plan.maxRows = choice.maxWidth;
  plan.classes = std::move(choice.classes);

  // Large enough to pay for its dispatch, small enough to share the work.
  constexpr int64_t unitSteps = 16384;
  const int64_t steps =
      std::max<int64_t>(1, plan.steps()) * plan.vectors * plan.maxRows;
  plan.tilesPerUnit = std::max<int64_t>(1, unitSteps / steps);
  return plan;
}

void packMatMulRhs(const MatMulPlan &plan, ArrayRef<float> rhs,
                   MutableArrayRef<float> packed) {
  assert(int64_t(packed.size()) == plan.packedElements());
  // [panel][K][vectors * lanes]; the last panel may have fewer vectors.
  const int64_t lanes = plan.target.lanes;
  const int64_t k = plan.spec.k;
  const int64_t n = plan.spec.n;
  for (int64_t panel = 0; panel < plan.panels(); ++panel) {
    const int64_t firstBlock = panel * plan.vectors;
    const int64_t first = firstBlock * lanes;
    const int64_t width =
        lanes *
        std::min<int64_t>(plan.vectors, plan.columnBlocks() - firstBlock);
    const int64_t valid = std::min(width, n - first);
    float *to = packed.data() + first * k;
    for (int64_t row = 0; row < k; ++row, to += width) {
      const float *from = rhs.data() + row * n + first;
      std::copy(from, from + valid, to);
      std::fill(to + valid, to + width, 0.0f);
    }
  }
}

void packMatMulRhs(const MatMulPlan &plan, ArrayRef<int16_t> rhs,
                   MutableArrayRef<int8_t> packed) {
  assert(int64_t(packed.size()) == 4 * plan.packedElements());
  std::fill(packed.begin(), packed.end(), int8_t(0));
  // [panel][K / 4][plane][vectors * lanes][4], or with two halves of two 16-bit
  // numbers in the place of planes
  const int64_t lanes = plan.target.lanes;
  const int64_t n = plan.spec.n;
  const int64_t planes = plan.stepVectors();
  const bool isPaired = plan.spec.isLhsWide;
  for (int64_t firstBlock = 0; firstBlock < plan.columnBlocks();
       firstBlock += plan.vectors) {
    const int64_t first = firstBlock * lanes;
    const int64_t width =
        lanes *
        std::min<int64_t>(plan.vectors, plan.columnBlocks() - firstBlock);
    const int64_t valid = std::min(width, n - first);
    int8_t *panel = packed.data() + first * plan.steps() * planes * 4;
    for (int64_t row = 0; row < plan.spec.k; ++row) {
      if (isPaired) {
        int8_t *to = panel + row / 4 * planes * width * 4;
        for (int64_t column = 0; column < valid; ++column)
          storePaired(to, width, column, row % 4,
                      rhs[row * n + first + column]);
        continue;
      }
      for (int64_t plane = 0; plane < planes; ++plane) {
        int8_t *to = panel + (row / 4 * planes + plane) * width * 4 + row % 4;
        const int16_t *from = rhs.data() + row * n + first;
        for (int64_t column = 0; column < valid; ++column)
          to[column * 4] = planeOf(from[column], plane);
      }
    }
  }
}

void packMatMulStart(const MatMulPlan &plan, ArrayRef<int16_t> rhs,
                     int32_t lhsZero, MutableArrayRef<int32_t> start) {
  assert(int64_t(start.size()) == plan.startElements());
  if (plan.spec.biasesLhs())
    lhsZero += 128;
  // In unsigned arithmetic, which wraps as the accumulators do.
  for (int64_t column = 0; column < int64_t(start.size()); ++column) {
    uint32_t sum = 0;
    for (int64_t row = 0; row < plan.spec.k && column < plan.spec.n; ++row)
      sum += uint32_t(int32_t(rhs[row * plan.spec.n + column]));
    start[column] = static_cast<int32_t>(0u - uint32_t(lhsZero) * sum);
  }
}

} // namespace glowplug::cpu
