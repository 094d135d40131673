// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Element-wise regions and concatenation on blocked tensors.

#include "backends/cpu/compiler/emit/Elements.h"
#include "backends/cpu/compiler/emit/RegionFacts.h"
#include "backends/cpu/compiler/emit/Scalars.h"
#include "backends/cpu/compiler/kernels/MapBlocked.h"
#include "backends/cpu/compiler/kernels/Tile.h"
#include "backends/cpu/compiler/lower/MapStep.h"
#include "backends/cpu/compiler/tiled/Tiled.h"
#include "backends/cpu/compiler/tiled/TiledEpilogue.h"

#include "llvm/ADT/STLExtras.h"

namespace glowplug::cpu {
namespace {

/// True if \p extra is one element for the whole tensor.
bool isScalar(const TiledExtra &extra) {
  return !extra.likeResult &&
         llvm::all_of(extra.strides, [](int64_t s) { return s == 0; });
}

/// The region over the flat buffers: padding lanes are computed as well.
void mapFlat(Lowering &l, const Op &op, const MapOp &map,
             const PlacedEpilogue &operands) {
  std::vector<View> inputs, outputs;
  for (const auto &[view, extra] :
       llvm::zip_equal(operands.extras(), operands.epilogue().extras)) {
    inputs.push_back(view);
    if (isScalar(extra)) {
      inputs.back().sizes = {1};
      inputs.back().strides = {0};
    }
  }
  for (ValueId result : op.results)
    outputs.push_back(l.allocateBlocked(result));
  mapStep(l, map.region, inputs, outputs);
}

struct TiledMapKernel {
  static constexpr llvm::StringLiteral name = "tiled map";

  BlockedShape shape;
  Region region;
  std::vector<TiledExtra> inputs;
  llvm::SmallVector<DType, 2> results;

  bool operator==(const TiledMapKernel &) const = default;
  void emit(Kernel &k) const {
    emitBlockedMap(k.b, k.traits, shape, k.begin, k.end,
                   [&](const EpilogueContext &at) { emitVector(k, at); });
  }

private:
  void emitVector(Kernel &k, const EpilogueContext &context) const;
};

void TiledMapKernel::emitVector(Kernel &k,
                                const EpilogueContext &context) const {
  llvm::SmallVector<llvm::Value *, 4> arguments;
  for (unsigned i = 0; i < inputs.size(); ++i)
    arguments.push_back(loadTiledExtra(k, inputs[i], k.buffer(i), context));
  const Values values = emitRegion(k, region, arguments, context.target.lanes);
  for (unsigned i = 0; i < values.size(); ++i) {
    llvm::Value *value = toMemory(k, results[i], values[i]);
    const bool isBiased = results[i] == gp_image_dtype_i8;
    storeResult(k.b, isBiased ? flipBias(k.b, value) : value,
                k.buffer(static_cast<unsigned>(inputs.size()) + i), context,
                /*storeMasked=*/false);
  }
}

} // namespace

void lowerTiledMap(Lowering &l, const Op &op, const MapOp &map) {
  const PlacedEpilogue operands = PlacedEpilogue::blocked(l, op, map.region, 0);
  const auto isFlat = [](const TiledExtra &extra) {
    return isScalar(extra) ||
           (extra.likeResult && extra.type != gp_image_dtype_i8);
  };
  const auto isBiased = [&](ValueId id) {
    return l.value(id).type == gp_image_dtype_i8;
  };
  const std::vector<TiledExtra> &inputs = operands.epilogue().extras;
  if (llvm::all_of(inputs, isFlat) && llvm::none_of(op.results, isBiased)) {
    mapFlat(l, op, map, operands);
    return;
  }
  const Shape plane = planeShape(l.value(op.results[0]).shape);
  const BlockedShape shape{plane[0], plane[1], plane[2], plane[3]};
  std::vector<View> buffers;
  operands.appendBuffers(buffers);
  llvm::SmallVector<DType, 2> results;
  for (ValueId result : op.results) {
    results.push_back(l.value(result).type);
    buffers.push_back(l.allocateBlocked(result));
    l.requireRoom(buffers.back(),
                  bufferElements(Layout::blocked, l.traits.lanes, shape.batch,
                                 shape.channels, shape.rows, shape.columns));
  }
  const int64_t units = blockedMapUnits(l.traits, shape);
  l.addStep(TiledMapKernel{shape, map.region, inputs, results}, buffers, units,
            elementCount(plane) * factsOf(map.region).costPs / units);
}

void lowerTiledConcat(Lowering &l, const Op &op) {
  const Shape result = planeShape(l.value(op.results[0]).shape);
  const int64_t batch = result[0];
  std::vector<View> parts;
  for (ValueId operand : op.operands)
    parts.push_back(l.blocked(operand));
  View whole = l.allocateBlocked(op.results[0]);
  const int64_t perImage = whole.elements() / batch;
  int64_t done = 0;
  for (const View &part : parts) {
    const int64_t elements = part.elements() / batch;
    View from = part;
    View to = whole;
    to.offset += done * byteSize(whole.type);
    from.sizes = to.sizes = {batch, elements};
    from.strides = {elements, 1};
    to.strides = {perImage, 1};
    l.placeOrCopy(from, to);
    done += elements;
  }
}

} // namespace glowplug::cpu
