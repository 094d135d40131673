// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Chooses kernel and tiling of a convolution from its shapes.

#include "backends/cpu/compiler/kernels/Conv.h"

#include "backends/cpu/compiler/kernels/TileChoice.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

using namespace llvm;

namespace glowplug::cpu {

/// Border tiles, and all tiles of a depthwise convolution, hold the taps of a
/// kernel row unrolled, which bounds its width.
static constexpr int64_t maxUnrolledKernel = 32;

/// Input channels up to which a row-major input is read directly.
static constexpr int64_t maxStemChannels = 4;

int64_t bufferElements(Layout layout, unsigned lanes, int64_t n, int64_t c,
                       int64_t h, int64_t w) {
  if (layout == Layout::blocked)
    c = divideCeil(c, lanes) * lanes;
  return n * c * h * w;
}

ConvKind chooseConvKind(const KernelTarget &target, const ConvSpec &spec) {
  if (spec.batch == 0 || spec.inChannels == 0 || spec.outChannels == 0 ||
      spec.rows.out == 0 || spec.columns.out == 0)
    return ConvKind::none;
  const bool isDepthwise = spec.groups > 1 && spec.groups == spec.inChannels &&
                           spec.groups == spec.outChannels;
  const bool unrollsTaps = isDepthwise || !spec.columns.isInside();
  if (unrollsTaps && spec.columns.kernel > maxUnrolledKernel)
    return ConvKind::none;
  if (spec.groups == 1)
    return spec.inChannels <= maxStemChannels ? ConvKind::stem
                                              : ConvKind::blocked;
  if (isDepthwise)
    return ConvKind::depthwise;
  const bool wholeBlocks = spec.inChannels / spec.groups % target.lanes == 0 &&
                           spec.outChannels / spec.groups % target.lanes == 0;
  return wholeBlocks ? ConvKind::blocked : ConvKind::none;
}

int64_t ConvPlan::outBlocks() const {
  if (kind == ConvKind::depthwise)
    return divideCeil(spec.outChannels, target.lanes);
  return divideCeil(groupOut(), target.lanes);
}

int64_t ConvPlan::inBlocks() const {
  if (kind == ConvKind::depthwise)
    return outBlocks();
  return divideCeil(groupIn(), target.lanes);
}

int64_t ConvPlan::panels() const { return divideCeil(outBlocks(), vectors); }

int64_t ConvPlan::unitsPerPanel() const {
  int64_t rowsOrTiles = rows.out;
  if (flat) {
    rowsOrTiles = 0;
    for (const ColumnClass &tiles : classes)
      rowsOrTiles += tiles.count;
  }
  return divideCeil(rowsOrTiles, rowsPerUnit);
}

int64_t ConvPlan::workUnits() const {
  const int64_t groups = kind == ConvKind::depthwise ? 1 : spec.groups;
  return groups * panels() * spec.batch * unitsPerPanel();
}

int64_t ConvPlan::packedElements() const {
  const int64_t taps = spec.rows.kernel * spec.columns.kernel;
  if (kind == ConvKind::depthwise)
    return outBlocks() * target.lanes * taps;
  const int64_t inputs = kind == ConvKind::blocked
                             ? inBlocks() * int64_t(target.lanes)
                             : groupIn();
  return spec.groups * outBlocks() * target.lanes * inputs * taps;
}

ConvPlan planConv(const KernelTarget &target, const ConvSpec &spec,
                  ConvKind kind, Arithmetic arithmetic) {
  ConvPlan plan;
  plan.target = target;
  plan.spec = spec;
  plan.kind = kind;
  plan.arithmetic = arithmetic;
  plan.rows = spec.rows;
  plan.columns = spec.columns;
  const auto isPointwise = [](const SpatialDim &dim) {
    return dim.kernel == 1 && dim.stride == 1 && dim.low == 0 &&
           dim.in == dim.out;
  };
  if (kind != ConvKind::depthwise && isPointwise(spec.rows) &&
      isPointwise(spec.columns)) {
    plan.flat = true;
    plan.rows = {};
    plan.columns = {};
    plan.columns.in = plan.columns.out = spec.rows.in * spec.columns.in;
  }

  int64_t steps = spec.rows.kernel * spec.columns.kernel; // per output vector
  if (kind == ConvKind::depthwise) {
    // Accumulators beside the weights of a kernel row.
    const int64_t weights = std::min<int64_t>(spec.columns.kernel, 7);
    plan.maxPixels = std::min<int64_t>(target.registers - 2 - weights, 14);
    plan.classes = splitColumns(plan.columns, plan.maxPixels);
    plan.maxPixels = plan.classes.front().width;
  } else {
    TileChoice choice =
        chooseTile(target, plan.columns, plan.outBlocks(), target.registers);
    plan.vectors = choice.vectors;
    plan.maxPixels = choice.maxWidth;
    plan.classes = std::move(choice.classes);
    steps *= plan.groupIn() * plan.vectors;
  }

  // Large enough to pay for its dispatch, small enough to share the work.
  constexpr int64_t unitSteps = 16384;
  const int64_t pixels = plan.flat ? plan.maxPixels : plan.columns.out;
  plan.rowsPerUnit = std::max<int64_t>(1, unitSteps / (steps * pixels));
  if (!plan.flat)
    plan.rowsPerUnit = std::min(plan.rowsPerUnit, plan.rows.out);
  return plan;
}

} // namespace glowplug::cpu
