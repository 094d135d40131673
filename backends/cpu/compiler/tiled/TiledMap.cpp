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
bool isScalar(const TiledEpilogue::Extra &extra) {
  return !extra.likeResult &&
         llvm::all_of(extra.strides, [](int64_t s) { return s == 0; });
}

/// The region over the flat buffers: padding lanes are computed as well.
void mapFlat(Lowering &l, const Op &op, const MapOp &map,
             const TiledEpilogue &operands) {
  std::vector<View> inputs, outputs;
  for (const TiledEpilogue::Extra &extra : operands.operands()) {
    inputs.push_back(extra.view);
    if (isScalar(extra)) {
      inputs.back().sizes = {1};
      inputs.back().strides = {0};
    }
  }
  for (ValueId result : op.results)
    outputs.push_back(l.allocateBlocked(result));
  mapStep(l, map.region, inputs, outputs);
}

} // namespace

void lowerTiledMap(Lowering &l, const Op &op, const MapOp &map) {
  const TiledEpilogue operands = TiledEpilogue::blocked(l, op, map.region, 0);
  const auto isFlat = [](const TiledEpilogue::Extra &extra) {
    return isScalar(extra) ||
           (extra.likeResult && extra.view.type != gp_image_dtype_i8);
  };
  const auto isBiased = [&](ValueId id) {
    return l.value(id).type == gp_image_dtype_i8;
  };
  if (llvm::all_of(operands.operands(), isFlat) &&
      llvm::none_of(op.results, isBiased)) {
    mapFlat(l, op, map, operands);
    return;
  }
  std::vector<View> buffers;
  operands.appendBuffers(buffers);
  const auto inputs = static_cast<unsigned>(buffers.size());
  for (ValueId result : op.results)
    buffers.push_back(l.allocateBlocked(result));

  const Shape plane = planeShape(l.value(op.results[0]).shape);
  const BlockedShape shape{plane[0], plane[1], plane[2], plane[3]};
  for (unsigned i = inputs; i < buffers.size(); ++i)
    l.requireRoom(buffers[i],
                  bufferElements(Layout::blocked, l.traits.lanes, shape.batch,
                                 shape.channels, shape.rows, shape.columns));
  const int64_t units = blockedMapUnits(l.traits, shape);
  Key key("tiled map");
  key << llvm::ArrayRef<int64_t>(plane);
  operands.addTo(key);
  for (ValueId result : op.results)
    key << int64_t(l.value(result).type);
  const int64_t elements = elementCount(plane);
  const uint64_t cost = elements * factsOf(map.region).costPs / units;
  l.addStep(key, buffers, units, cost, [&](Kernel &k) {
    emitBlockedMap(
        k.b, l.traits, shape, k.begin, k.end,
        [&](const EpilogueContext &context) {
          llvm::SmallVector<llvm::Value *, 4> arguments;
          for (unsigned i = 0; i < inputs; ++i)
            arguments.push_back(loadTiledExtra(k, operands.operands()[i],
                                               k.buffer(i), context));
          const Values results =
              emitRegion(k, map.region, arguments, context.target.lanes);
          for (unsigned i = 0; i < results.size(); ++i) {
            const ValueId id = op.results[i];
            llvm::Value *value = toMemory(k, l.value(id).type, results[i]);
            storeResult(k.b, isBiased(id) ? flipBias(k.b, value) : value,
                        k.buffer(inputs + i), context, /*storeMasked=*/false);
          }
        });
  });
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
