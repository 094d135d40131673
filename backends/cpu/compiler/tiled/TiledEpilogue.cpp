// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Extra operands by stride, and the region on vectors of accumulators.

#include "backends/cpu/compiler/tiled/TiledEpilogue.h"

#include "backends/cpu/compiler/emit/Elements.h"
#include "backends/cpu/compiler/emit/RegionFacts.h"
#include "backends/cpu/compiler/ops/Epilogue.h"
#include "backends/cpu/compiler/tiled/Tiled.h"

namespace glowplug::cpu {
namespace {

/// Per dim of the result: the stride of \p view, or 0 where it is broadcast.
llvm::SmallVector<int64_t, 6> broadcastStrides(const View &view) {
  llvm::SmallVector<int64_t, 6> strides;
  for (size_t d = 0; d < view.sizes.size(); ++d)
    strides.push_back(view.sizes[d] == 1 ? 0 : view.strides[d]);
  return strides;
}

/// The view of \p id with a stride of 0 or 1 in \p laneDim.
View viewAlongLanes(Lowering &l, ValueId id, size_t laneDim) {
  const View &view = l.view(id);
  const int64_t stride = view.sizes[laneDim] == 1 ? 0 : view.strides[laneDim];
  return stride == 0 || stride == 1 ? view : l.dense(id);
}

TiledExtra stridedExtra(const View &view) {
  const auto strides = broadcastStrides(view);
  return {view.type, false, {strides.begin(), strides.end()}};
}

} // namespace

void PlacedEpilogue::add(View view, TiledExtra extra) {
  views.push_back(std::move(view));
  code.extras.push_back(std::move(extra));
}

PlacedEpilogue PlacedEpilogue::blocked(Lowering &l, const Op &op,
                                       const Region &region, size_t first,
                                       bool isStoredBlocked) {
  const Value &resultValue = l.value(op.results[0]);
  PlacedEpilogue placed;
  placed.code = {region, resultValue.type, isStoredBlocked, {}};
  const Shape &shape = resultValue.shape;
  const LayoutValue result{{shape.begin(), shape.end()}};
  for (size_t i = first; i < op.operands.size(); ++i) {
    const ValueId id = op.operands[i];
    const Shape &own = l.value(id).shape;
    if (!isBroadcastExtra({{own.begin(), own.end()}}, result)) {
      placed.add(l.blocked(id), {l.value(id).type, true, {}});
      continue;
    }
    const View view = viewAlongLanes(l, id, 1);
    TiledExtra extra = stridedExtra(view);
    if (extra.strides.size() == 3) // one row
      extra.strides.insert(extra.strides.begin() + 2, 0);
    placed.add(view, std::move(extra));
  }
  return placed;
}

PlacedEpilogue PlacedEpilogue::rowMajor(Lowering &l, const Op &op,
                                        const Region &region, size_t first,
                                        size_t droppedDims) {
  const Value &result = l.value(op.results[0]);
  PlacedEpilogue placed;
  placed.code = {region, result.type, /*isStoredBlocked=*/false, {}};
  const size_t rank = result.shape.size();
  for (size_t i = first; i < op.operands.size(); ++i) {
    const View view = viewAlongLanes(l, op.operands[i], rank - 1);
    TiledExtra extra = stridedExtra(view);
    extra.strides.erase(extra.strides.begin(),
                        extra.strides.begin() + droppedDims);
    placed.add(view, std::move(extra));
  }
  return placed;
}

llvm::Value *loadTiledExtra(Kernel &k, const TiledExtra &extra,
                            llvm::Value *base, const EpilogueContext &context) {
  const DType type = extra.type;
  const ExtraOperand operand{base, extra.likeResult, extra.strides};
  llvm::Value *pointer =
      extraAddress(k.b, k.memoryType(type), operand, context);
  llvm::Value *value =
      loadElements(k, type, pointer, isSplat(operand, context) ? 0 : 1,
                   {context.target.lanes, context.mask});
  // Of the result's layout, that is, blocked.
  return extra.likeResult && type == gp_image_dtype_i8 ? flipBias(k.b, value)
                                                       : value;
}

Epilogue TiledEpilogue::emitter(Kernel &k, unsigned firstBuffer,
                                DType accumulator) const {
  Epilogue epilogue;
  const bool flips = isStoredBlocked && result == gp_image_dtype_i8;
  // The accumulator is the result, in registers as in memory.
  if (region.empty() && accumulator == result && !flips &&
      k.memoryType(result) == k.computeType(result))
    return epilogue;
  // Costs of the loads are part of the facts; what is left is the arithmetic.
  constexpr uint64_t longPs = 250;
  const RegionFacts facts = factsOf(region);
  epilogue.isLong = facts.costPs > 50 + 50 * region.parameters.size() + longPs;
  epilogue.emit = [=, this, &k](llvm::IRBuilder<> &b, llvm::Value *sum,
                                const EpilogueContext &context) {
    llvm::SmallVector<llvm::Value *, 4> loaded;
    for (size_t i = 0; i < extras.size(); ++i)
      loaded.push_back(loadTiledExtra(
          k, extras[i], k.buffer(static_cast<unsigned>(firstBuffer + i)),
          context));
    llvm::Value *value =
        applyEpilogue(k, region, accumulator, sum, loaded, result,
                      {context.target.lanes, context.mask});
    value = toMemory(k, result, value);
    return flips ? flipBias(b, value) : value;
  };
  return epilogue;
}

} // namespace glowplug::cpu
