// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Emits depthwise convolutions: lanes are channels, a tile is a run of output
// columns.

#include "backends/cpu/compiler/kernels/ConvDepthwise.h"

#include "backends/cpu/compiler/kernels/ByteDot.h"
#include "backends/cpu/compiler/kernels/StartTable.h"
#include "backends/cpu/compiler/kernels/WindowRow.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <set>

using namespace llvm;

namespace glowplug::cpu {

/// Kernel rows up to this width keep their weights in registers, and load each
/// input vector once for all the taps that read it.
static constexpr int64_t maxHeldWeights = 7;

namespace {

/// Factors and products of one kernel row, f32 or 8-bit.
class DepthwiseTaps {
public:
  DepthwiseTaps(IRBuilder<> &builder, const ConvPlan &plan, Value *weights,
                const WindowTaps &taps, Tile &tile)
      : builder(builder), plan(plan), taps(taps), tile(tile),
        isInt8(plan.arithmetic == Arithmetic::int8), lanes(plan.target.lanes) {
    Value *row = plus(builder, scaled(builder, taps.block, plan.rows.kernel),
                      taps.rowTap);
    if (plan.usesQuads) {
      const int64_t quads = divideCeil(plan.columns.kernel, 4);
      this->weights =
          elementAt(builder, weights, scaled(builder, row, quads * lanes));
      return;
    }
    row = scaled(builder, row, plan.columns.kernel * lanes);
    this->weights =
        elementAt(builder, isInt8 ? builder.getInt16Ty() : builder.getFloatTy(),
                  weights, row);
  }

  void emit();

private:
  void emitQuads();
  Value *loadQuad(int64_t output, int64_t first, int64_t count);
  Value *weightOf(int64_t k) {
    return isInt8 ? load(weights, builder.getInt16Ty(), k, true)
                  : tile.roundFactor(tile.loadVector(weights, k * lanes));
  }
  Value *inputOf(int64_t pixel) {
    return isInt8
               ? load(taps.input, builder.getInt8Ty(), pixel, false)
               : tile.roundFactor(tile.loadVector(taps.input, pixel * lanes));
  }
  void multiplyAdd(int64_t output, Value *input, Value *weight) {
    Value *&sum = tile.acc(output, 0);
    if (isInt8)
      sum = emitWordProduct(builder, plan.target, sum, input, weight);
    else
      tile.multiplyAdd(output, 0, input, weight);
  }
  /// Vector \p index from \p base on, as 32-bit integers.
  Value *load(Value *base, Type *lane, int64_t index, bool isSigned) {
    Value *value = builder.CreateAlignedLoad(
        FixedVectorType::get(lane, lanes),
        builder.CreateConstGEP1_64(lane, base, index * lanes), Align(1));
    auto *wide = FixedVectorType::get(builder.getInt32Ty(), lanes);
    return isSigned ? builder.CreateSExt(value, wide)
                    : builder.CreateZExt(value, wide);
  }

  IRBuilder<> &builder;
  const ConvPlan &plan;
  const WindowTaps &taps;
  Tile &tile;
  const bool isInt8;
  const int64_t lanes;
  Value *weights;
};

} // namespace

/// The bytes of \p count (up to four) neighbouring taps from tap \p first on,
/// one tap after the other in each lane; 0 for taps outside of the input.
Value *DepthwiseTaps::loadQuad(int64_t output, int64_t first, int64_t count) {
  auto *type = FixedVectorType::get(builder.getInt8Ty(), 4 * lanes);
  SmallVector<Constant *, 64> inside;
  SmallVector<int, 64> order;
  for (int64_t i = 0; i < 4 * lanes; ++i) {
    const int64_t tap = i / lanes;
    bool isInside = tap < count;
    if (isInside) {
      const Range &range = taps.tile->taps[first + tap];
      isInside = output >= range.begin && output < range.end;
    }
    inside.push_back(builder.getInt1(isInside));
    order.push_back(int(i % 4 * lanes + i / 4));
  }
  Constant *mask = ConstantVector::get(inside);
  Value *address = builder.CreateConstGEP1_64(
      builder.getInt8Ty(), taps.input,
      (output * plan.columns.stride + first) * lanes);
  Value *pixels = mask->isAllOnesValue()
                      ? static_cast<Value *>(
                            builder.CreateAlignedLoad(type, address, Align(1)))
                      : builder.CreateMaskedLoad(type, address, Align(1), mask,
                                                 Constant::getNullValue(type));
  return builder.CreateBitCast(
      builder.CreateShuffleVector(pixels, order),
      FixedVectorType::get(builder.getInt32Ty(), lanes));
}

/// Pixels of a channel block are neighbours, so four taps are one load.
void DepthwiseTaps::emitQuads() {
  const int64_t kernel = plan.columns.kernel;
  for (int64_t first = 0; first < kernel; first += 4) {
    const int64_t count = std::min<int64_t>(4, kernel - first);
    Value *weight = tile.loadVector(weights, first / 4 * lanes);
    for (unsigned o = 0; o < tile.rows; ++o)
      tile.multiplyAdd(o, 0, loadQuad(o, first, count), weight);
  }
}

void DepthwiseTaps::emit() {
  if (plan.usesQuads) {
    emitQuads();
    return;
  }
  const SpatialDim &columns = plan.columns;
  const std::vector<Range> &inside = taps.tile->taps;
  if (columns.kernel > maxHeldWeights) {
    for (int64_t k = 0; k < columns.kernel; ++k) {
      Value *weight = weightOf(k);
      for (int64_t o = inside[k].begin; o < inside[k].end; ++o)
        multiplyAdd(o, inputOf(o * columns.stride + k * columns.dilation),
                    weight);
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
        multiplyAdd(o, input, held[k]);
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
  walk.inputLane = plan.arithmetic == Arithmetic::int8 ? builder.getInt8Ty()
                                                       : builder.getFloatTy();
  walk.input = buffers.input;
  walk.result = buffers.result;
  const auto start = [&](Value *block, const ValueRange &rowTaps,
                         const ColumnClass &columns) {
    Tile tile(builder, plan.target, plan.arithmetic, columns.width, 1);
    if (buffers.start)
      StartTable{buffers.start, block, plan.outBlocks(), plan.columns.kernel}
          .fill(builder, rowTaps, columns, tile, 0);
    return tile;
  };
  emitWindowWalk(
      builder, walk, start, epilogue, begin, end,
      [&](const WindowTaps &taps, Tile &tile) {
        DepthwiseTaps(builder, plan, buffers.weights, taps, tile).emit();
      });
}

} // namespace glowplug::cpu
