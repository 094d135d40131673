// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Emits depthwise convolutions: lanes are channels, a tile is a run of output
// columns.

#include "backends/cpu/compiler/kernels/ConvDepthwise.h"

#include "backends/cpu/compiler/kernels/WindowRow.h"

#include <set>

using namespace llvm;

namespace glowplug::cpu {

/// Kernel rows up to this width keep their weights in registers, and load each
/// input vector once for all the taps that read it.
static constexpr int64_t maxHeldWeights = 7;

/// Folds one kernel row into the accumulators.
static void emitTaps(IRBuilder<> &builder, const ConvPlan &plan, Value *weights,
                     const WindowTaps &taps, Tile &tile) {
  const SpatialDim &columns = plan.columns;
  const int64_t lanes = plan.target.lanes;
  Value *row =
      plus(builder, scaled(builder, taps.block, plan.rows.kernel), taps.rowTap);
  weights =
      elementAt(builder, weights, scaled(builder, row, columns.kernel * lanes));
  const auto weightOf = [&](int64_t k) {
    return tile.roundFactor(tile.loadVector(weights, k * lanes));
  };
  const auto inputOf = [&](int64_t pixel) {
    return tile.roundFactor(tile.loadVector(taps.input, pixel * lanes));
  };
  const std::vector<Range> &inside = taps.tile->taps;

  if (columns.kernel > maxHeldWeights) {
    for (int64_t k = 0; k < columns.kernel; ++k) {
      Value *weight = weightOf(k);
      for (int64_t o = inside[k].begin; o < inside[k].end; ++o)
        tile.multiplyAdd(
            o, 0, inputOf(o * columns.stride + k * columns.dilation), weight);
    }
    return;
  }
  std::vector<Value *> held;
  std::set<int64_t> pixels;
  for (int64_t k = 0; k < columns.kernel; ++k) {
    held.push_back(weightOf(k));
    for (int64_t o = inside[k].begin; o < inside[k].end; ++o)
      pixels.insert(o * columns.stride + k * columns.dilation);
  }
  for (int64_t pixel : pixels) {
    Value *input = inputOf(pixel);
    for (int64_t k = 0; k < columns.kernel; ++k) {
      const int64_t scaledOutput = pixel - k * columns.dilation;
      const int64_t o = scaledOutput / columns.stride;
      if (scaledOutput % columns.stride == 0 && o >= inside[k].begin &&
          o < inside[k].end)
        tile.multiplyAdd(o, 0, input, held[k]);
    }
  }
}

void emitConvDepthwise(IRBuilder<> &builder, const ConvPlan &plan,
                       const ConvBuffers &buffers, const Epilogue &epilogue,
                       Value *begin, Value *end) {
  WindowWalk walk;
  walk.target = plan.target;
  walk.batch = plan.spec.batch;
  walk.channels = plan.spec.outChannels;
  walk.rows = plan.rows;
  walk.columns = plan.columns;
  walk.rowsPerUnit = plan.rowsPerUnit;
  walk.classes = plan.classes;
  walk.arithmetic = plan.arithmetic;
  Value *zero =
      Constant::getNullValue(plan.target.vectorType(builder.getContext()));
  emitWindowWalk(builder, walk, buffers.input, buffers.result, zero, epilogue,
                 begin, end, [&](const WindowTaps &taps, Tile &tile) {
                   emitTaps(builder, plan, buffers.weights, taps, tile);
                 });
}

} // namespace glowplug::cpu
