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
TiledEpilogue::Extra stridedExtra(Lowering &l, ValueId id, size_t laneDim) {
  TiledEpilogue::Extra extra;
  extra.view = l.view(id);
  const auto laneStride = [&] {
    return extra.view.sizes[laneDim] == 1 ? 0 : extra.view.strides[laneDim];
  };
  if (laneStride() != 0 && laneStride() != 1)
    extra.view = l.dense(id);
  const auto strides = broadcastStrides(extra.view);
  extra.strides.assign(strides.begin(), strides.end());
  return extra;
}

} // namespace

TiledEpilogue TiledEpilogue::blocked(Lowering &l, const Op &op,
                                     const Region &region, size_t first,
                                     bool isStoredBlocked) {
  const Value &resultValue = l.value(op.results[0]);
  TiledEpilogue epilogue(region, resultValue.type, isStoredBlocked);
  const Shape &shape = resultValue.shape;
  const LayoutValue result{{shape.begin(), shape.end()}};
  for (size_t i = first; i < op.operands.size(); ++i) {
    const Shape &own = l.value(op.operands[i]).shape;
    if (!isBroadcastExtra({{own.begin(), own.end()}}, result)) {
      epilogue.extras.push_back({l.blocked(op.operands[i]), true, {}});
      continue;
    }
    Extra extra = stridedExtra(l, op.operands[i], 1);
    if (extra.strides.size() == 3) // one row
      extra.strides.insert(extra.strides.begin() + 2, 0);
    epilogue.extras.push_back(std::move(extra));
  }
  return epilogue;
}

TiledEpilogue TiledEpilogue::rowMajor(Lowering &l, const Op &op,
                                      const Region &region, size_t first,
                                      size_t droppedDims) {
  TiledEpilogue epilogue(region, l.value(op.results[0]).type,
                         /*isBlocked=*/false);
  const size_t rank = l.value(op.results[0]).shape.size();
  for (size_t i = first; i < op.operands.size(); ++i) {
    Extra extra = stridedExtra(l, op.operands[i], rank - 1);
    extra.strides.erase(extra.strides.begin(),
                        extra.strides.begin() + droppedDims);
    epilogue.extras.push_back(std::move(extra));
  }
  return epilogue;
}

void TiledEpilogue::appendBuffers(std::vector<View> &buffers) const {
  for (const Extra &extra : extras)
    buffers.push_back(extra.view);
}

void TiledEpilogue::addTo(Key &key) const {
  key << *region << int64_t(result);
  for (const Extra &extra : extras)
    key << int64_t(extra.view.type) << int64_t(extra.likeResult)
        << llvm::ArrayRef<int64_t>(extra.strides);
}

llvm::Value *loadTiledExtra(Kernel &k, const TiledEpilogue::Extra &extra,
                            llvm::Value *base, const EpilogueContext &context) {
  const DType type = extra.view.type;
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
                                DType accumulatorType) const {
  Epilogue epilogue;
  const bool flips = isBlocked && result == gp_image_dtype_i8;
  // The accumulator is the result, in registers as in memory.
  if (region->empty() && accumulatorType == result && !flips &&
      k.memoryType(result) == k.computeType(result))
    return epilogue;
  // Costs of the loads are part of the facts; what is left is the arithmetic.
  constexpr uint64_t longPs = 250;
  const RegionFacts facts = factsOf(*region);
  epilogue.isLong = facts.costPs > 50 + 50 * region->parameters.size() + longPs;
  epilogue.emit = [=, this, &k](llvm::IRBuilder<> &b, llvm::Value *accumulator,
                                const EpilogueContext &context) {
    llvm::SmallVector<llvm::Value *, 4> loaded;
    for (size_t i = 0; i < extras.size(); ++i)
      loaded.push_back(loadTiledExtra(
          k, extras[i], k.buffer(static_cast<unsigned>(firstBuffer + i)),
          context));
    llvm::Value *value =
        applyEpilogue(k, *region, accumulatorType, accumulator, loaded, result,
                      {context.target.lanes, context.mask});
    value = toMemory(k, result, value);
    return flips ? flipBias(b, value) : value;
  };
  return epilogue;
}

} // namespace glowplug::cpu
