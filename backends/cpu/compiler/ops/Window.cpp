// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sums and extremes over sliding windows, in row-major layout.

#include "backends/cpu/compiler/emit/Convert.h"
#include "backends/cpu/compiler/emit/Elements.h"
#include "backends/cpu/compiler/emit/RegionFacts.h"
#include "backends/cpu/compiler/ops/Epilogue.h"
#include "backends/cpu/compiler/ops/Ops.h"
#include "backends/cpu/compiler/ops/Taps.h"

#include <algorithm>

namespace glowplug::cpu {

void lowerWindow(Lowering &l, const Op &op, const WindowOp &window) {
  View input = l.dense(op.operands[0]);
  View output = l.allocate(op.results[0]);
  std::vector<View> extras = epilogueExtras(l, op, 1);
  const size_t rank = output.sizes.size();
  const DType type = input.type, run = runType(window.kind, type);

  llvm::SmallVector<SpatialDim, 6> dims;
  int64_t taps = 1;
  for (size_t d = 0; d < rank; ++d) {
    dims.push_back({input.sizes[d], output.sizes[d], window.sizes[d],
                    window.strides[d], window.dilations[d], window.padsLow[d]});
    taps *= window.sizes[d];
  }
  IterationSpace space;
  space.sizes.assign(output.sizes.begin(), output.sizes.end());
  space.strides.emplace_back(rank, 0); // of the input: by the taps
  std::vector<View> buffers{input};
  std::vector<DType> types{type};
  for (const View &extra : extras)
    buffers.push_back(extra);
  buffers.push_back(output);
  for (size_t i = 1; i < buffers.size(); ++i) {
    types.push_back(buffers[i].type);
    space.strides.emplace_back(buffers[i].strides.begin(),
                               buffers[i].strides.end());
  }
  if (rank == 0) { // a window of nothing over one element
    space.sizes = {1};
    for (auto &strides : space.strides)
      strides = {1};
    dims.push_back({});
    taps = 1;
  }
  LoopNest nest(space, types, 1,
                std::max<int64_t>(1, 16384 / std::max<int64_t>(1, taps)), true);
  Key key("window");
  key << int64_t(window.kind) << llvm::ArrayRef(window.sizes)
      << llvm::ArrayRef(window.strides) << llvm::ArrayRef(window.padsLow)
      << llvm::ArrayRef(window.dilations) << window.epilogue;
  for (const View &buffer : buffers)
    key << buffer;

  const unsigned lanes = std::max(
      1u, l.traits.vectorBytes() /
              std::max(computeSize(run), factsOf(window.epilogue).widestBytes));
  const uint64_t cost =
      nest.elementsPerUnit() *
      (200 * uint64_t(taps) + factsOf(window.epilogue).costPs);
  l.addStep(key, buffers, nest.units(), cost, [&](Kernel &k) {
    const size_t last = buffers.size() - 1;
    Ints strides = denseStrides(input.sizes);
    if (strides.empty())
      strides.push_back(1);
    nest.emit(k, [&](llvm::ArrayRef<llvm::Value *> pointers,
                     llvm::ArrayRef<llvm::Value *> index, RowRange) {
      const SpatialDim &row = dims.back();
      const bool mayMask = row.stride == 1;
      forRowParts(
          k, row, lanes, mayMask, [&](llvm::Value *x, Lanes at, bool isInside) {
            llvm::SmallVector<TapDim, 6> tapDims;
            for (size_t d = 0; d + 1 < dims.size(); ++d)
              tapDims.push_back({dims[d], index[d], strides[d], 0, false});
            tapDims.push_back({row, x, strides.back(), 0, isInside});
            Values sum = forEachTap(
                k, tapDims, type, type, {k.buffer(0), nullptr},
                {identityOf(k, window.kind, run, at.count)},
                [&](Tap tap, llvm::ArrayRef<llvm::Value *> now) {
                  llvm::Value *element =
                      loadElements(k, type, tap.input, row.stride, at);
                  return Values{combine(k, window.kind, run, now[0],
                                        castElement(k, type, run, element))};
                });
            Values more;
            for (size_t i = 1; i < last; ++i)
              more.push_back(
                  loadElements(k, types[i],
                               k.advance(pointers[i], types[i],
                                         k.scale(x, nest.rowStride(i))),
                               nest.rowStride(i), at));
            storeElements(k, types[last],
                          applyEpilogue(k, window.epilogue, run, sum[0], more,
                                        types[last], at),
                          k.advance(pointers[last], types[last], x), 1, at);
          });
    });
  });
}

} // namespace glowplug::cpu
