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

ConvKind chooseConvKind(const TargetTraits &target, const ConvSpec &spec,
                        Arithmetic arithmetic) {
  if (spec.batch == 0 || spec.inChannels == 0 || spec.outChannels == 0 ||
      spec.rows.out == 0 || spec.columns.out == 0)
    return ConvKind::none;
  const bool isDepthwise = spec.groups > 1 && spec.groups == spec.inChannels &&
                           spec.groups == spec.outChannels;
  const bool unrollsTaps = isDepthwise || !spec.columns.isInside();
  if (unrollsTaps && spec.columns.kernel > maxUnrolledKernel)
    return ConvKind::none;
  if (spec.groups == 1)
    return spec.inChannels <= maxStemChannels && arithmetic != Arithmetic::int8
               ? ConvKind::stem
               : ConvKind::blocked;
  if (isDepthwise)
    return ConvKind::depthwise;
  const bool wholeBlocks = spec.inChannels / spec.groups % target.lanes == 0 &&
                           spec.outChannels / spec.groups % target.lanes == 0;
  if (wholeBlocks)
    return ConvKind::blocked;
  // Products with weights of 0 add nothing, unlike those of floats.
  return arithmetic == Arithmetic::int8 ? ConvKind::mixed : ConvKind::none;
}

int64_t ConvPlan::kernelGroups() const {
  return kind == ConvKind::depthwise || kind == ConvKind::mixed ? 1
                                                                : spec.groups;
}

int64_t ConvPlan::outBlocks() const {
  return divideCeil(spec.outChannels / kernelGroups(), target.lanes);
}

int64_t ConvPlan::inBlocks() const {
  if (kind == ConvKind::depthwise)
    return outBlocks();
  if (kind != ConvKind::mixed)
    return divideCeil(groupIn(), target.lanes);
  int64_t longest = 0;
  for (int64_t block = 0; block < outBlocks(); ++block) {
    const Range steps = inSteps(block);
    longest = std::max(longest, steps.end - steps.begin);
  }
  return longest;
}

Range ConvPlan::inSteps(int64_t outBlock) const {
  const int64_t lanes = target.lanes;
  const int64_t last = std::min((outBlock + 1) * lanes, spec.outChannels) - 1;
  const int64_t perStep = productsPerStep(arithmetic);
  return {outBlock * lanes / groupOut() * groupIn() / perStep,
          int64_t(divideCeil((last / groupOut() + 1) * groupIn(), perStep))};
}

int64_t ConvPlan::blockSteps() const {
  if (kind == ConvKind::stem || kind == ConvKind::mixed)
    return 1;
  if (arithmetic != Arithmetic::int8)
    return target.lanes;
  const int64_t channels = std::min<int64_t>(groupIn(), target.lanes);
  return divideCeil(channels, productsPerStep(arithmetic));
}

int64_t ConvPlan::stepVectors() const {
  return vectorsPerStep(target, arithmetic, spec.weightPlanes);
}

int64_t ConvPlan::tapSteps() const {
  return kind == ConvKind::mixed
             ? inBlocks()
             : divideCeil(groupIn(), productsPerStep(arithmetic));
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
  return kernelGroups() * panels() * spec.batch * unitsPerPanel();
}

int64_t ConvPlan::packedElements() const {
  const int64_t taps = spec.rows.kernel * spec.columns.kernel;
  if (kind == ConvKind::depthwise) {
    const int64_t elements = outBlocks() * target.lanes * taps;
    if (usesQuads)
      return outBlocks() * target.lanes * spec.rows.kernel *
             divideCeil(spec.columns.kernel, 4);
    // 16 bits each.
    return arithmetic == Arithmetic::int8 ? divideCeil(elements, 2) : elements;
  }
  const int64_t steps =
      kind == ConvKind::stem ? groupIn() : inBlocks() * blockSteps();
  return kernelGroups() * outBlocks() * target.lanes * steps * taps *
         stepVectors();
}

int64_t ConvPlan::startElements() const {
  return (spec.rows.kernel + 1) * (spec.columns.kernel + 1) * kernelGroups() *
         outBlocks() * target.lanes;
}

ConvPlan planConv(const TargetTraits &target, const ConvSpec &spec,
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
  plan.usesQuads = kind == ConvKind::depthwise &&
                   arithmetic == Arithmetic::int8 && target.permutesBytes &&
                   target.byteDot == ByteDot::quads && spec.weightPlanes == 1 &&
                   spec.columns.dilation == 1;
  if (kind == ConvKind::depthwise) {
    // Accumulators beside the weights of a kernel row.
    const int64_t weights = std::min<int64_t>(spec.columns.kernel, 7);
    plan.maxPixels = std::min<int64_t>(target.registers - 2 - weights, 14);
    plan.classes = splitColumns(plan.columns, plan.maxPixels);
    plan.maxPixels = plan.classes.front().width;
  } else {
    const TargetTraits free = freeRegisters(target, arithmetic);
    const bool isPaired =
        arithmetic == Arithmetic::int8 && target.byteDot == ByteDot::pairs;
    // Output blocks that read different inputs have nothing to share. One
    // alone needs no wide tiles, whose borders would spill.
    const bool isMixed = kind == ConvKind::mixed;
    const int64_t blocks = isMixed ? 1 : plan.outBlocks();
    const int64_t widest = isMixed ? 14 : int64_t(free.registers);
    TileChoice choice =
        chooseTile(free, plan.columns, blocks, widest, isPaired);
    plan.vectors = choice.vectors;
    plan.maxPixels = choice.maxWidth;
    plan.classes = std::move(choice.classes);
    steps *= plan.tapSteps() * spec.weightPlanes * plan.vectors;
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
