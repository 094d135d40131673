// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolutions of any type, rank and grouping in row-major layout: vectors
// along the last spatial dim, a few output channels at a time.

#include "backends/cpu/compiler/emit/Convert.h"
#include "backends/cpu/compiler/emit/Elements.h"
#include "backends/cpu/compiler/emit/RegionFacts.h"
#include "backends/cpu/compiler/ops/Epilogue.h"
#include "backends/cpu/compiler/ops/Ops.h"
#include "backends/cpu/compiler/ops/Product.h"
#include "backends/cpu/compiler/ops/Taps.h"

#include <algorithm>

namespace glowplug::cpu {
namespace {

/// Strides over [n, group, channel tile, spatial...] of something that lies
/// over [n, o, spatial...] like the result.
llvm::SmallVector<int64_t, 6> resultStrides(const View &view, int64_t groupOut,
                                            int64_t tile) {
  llvm::SmallVector<int64_t, 6> strides{
      view.strides[0], view.strides[1] * groupOut, view.strides[1] * tile};
  strides.append(view.strides.begin() + 2, view.strides.end());
  return strides;
}

} // namespace

void lowerConv(Lowering &l, const Op &op, const ConvOp &conv) {
  View input = l.dense(op.operands[0]), weights = l.dense(op.operands[1]);
  View output = l.allocate(op.results[0]);
  std::vector<View> extras = epilogueExtras(l, op, 2);
  const size_t rank = output.sizes.size(), spatial = rank - 2;
  const int64_t groupOut = output.sizes[1] / conv.groups;
  const int64_t groupIn = weights.sizes[1];
  const int64_t tile = groupOut % 4 == 0 ? 4 : groupOut % 2 == 0 ? 2 : 1;
  Product product(input.type, weights.type, l.options.arithmetic);
  const int64_t inputZero =
      conv.lhsZeroPoints.empty() ? 0 : conv.lhsZeroPoints[0];
  auto weightZero = zeroPointView(l, conv.rhsZeroPoints, rank, 1);

  llvm::SmallVector<SpatialDim, 3> dims;
  int64_t depth = groupIn;
  for (size_t d = 0; d < spatial; ++d) {
    dims.push_back({input.sizes[d + 2], output.sizes[d + 2],
                    weights.sizes[d + 2], conv.strides[d], conv.dilations[d],
                    conv.padsLow[d]});
    depth *= weights.sizes[d + 2];
  }

  std::vector<View> buffers{input, weights};
  IterationSpace space;
  space.sizes = {output.sizes[0], conv.groups, groupOut / tile};
  space.sizes.append(output.sizes.begin() + 2, output.sizes.end());
  space.strides.assign(2, llvm::SmallVector<int64_t, 6>(rank + 1));
  space.strides[0][0] = input.strides[0];
  space.strides[0][1] = input.strides[1] * groupIn;
  space.strides[1][1] = weights.strides[0] * groupOut;
  space.strides[1][2] = weights.strides[0] * tile;
  auto append = [&](const View &view) {
    buffers.push_back(view);
    space.strides.push_back(resultStrides(view, groupOut, tile));
    return buffers.size() - 1;
  };
  const size_t weightZeroAt = weightZero ? append(*weightZero) : 0;
  const size_t firstExtra = buffers.size();
  for (const View &extra : extras)
    append(extra);
  const size_t last = append(output);

  std::vector<DType> types;
  Key key("conv");
  key << int64_t(l.options.arithmetic) << conv.epilogue << inputZero
      << conv.groups << bool(weightZero) << llvm::ArrayRef(conv.strides)
      << llvm::ArrayRef(conv.padsLow) << llvm::ArrayRef(conv.dilations);
  for (const View &buffer : buffers) {
    types.push_back(buffer.type);
    key << buffer;
  }
  const unsigned lanes = product.lanes(l.traits);
  LoopNest nest(space, types, 1,
                std::max<int64_t>(1, 32768 / std::max<int64_t>(1, depth)),
                true);
  const uint64_t cost = nest.elementsPerUnit() * tile *
                        (factsOf(conv.epilogue).costPs + 60 * depth);
  l.addStep(key, buffers, nest.units(), cost, [&](Kernel &k) {
    const SpatialDim &row = dims.back();
    llvm::Value *lhsZero = nullptr;
    if (inputZero != 0)
      lhsZero = k.integer(product.accumulator, inputZero, 1);
    nest.emit(k, [&](llvm::ArrayRef<llvm::Value *> pointers,
                     llvm::ArrayRef<llvm::Value *> index, RowRange) {
      Values rhsZero(tile);
      for (int64_t t = 0; weightZero && t < tile; ++t)
        rhsZero[t] = castElement(
            k, gp_image_dtype_i32, product.accumulator,
            loadElements(k, types[weightZeroAt],
                         k.advance(pointers[weightZeroAt], types[weightZeroAt],
                                   t * weightZero->strides[1]),
                         0, {1}));
      forRowParts(
          k, row, lanes, row.stride == 1,
          [&](llvm::Value *x, Lanes at, bool isInside) {
            llvm::SmallVector<TapDim, 3> tapDims;
            for (size_t d = 0; d < spatial; ++d)
              tapDims.push_back({dims[d], d + 1 < spatial ? index[d + 3] : x,
                                 input.strides[d + 2], weights.strides[d + 2],
                                 d + 1 == spatial && isInside});
            auto addTap = [&](Tap tap, llvm::ArrayRef<llvm::Value *> now) {
              llvm::Value *f = product.factor(
                  k, input.type,
                  loadElements(k, input.type, tap.input, row.stride, at),
                  lhsZero ? k.splat(lhsZero, at.count) : nullptr);
              Values next;
              for (int64_t t = 0; t < tile; ++t) {
                llvm::Value *w = product.factor(
                    k, weights.type,
                    loadElements(k, weights.type,
                                 k.advance(tap.weight, weights.type,
                                           t * weights.strides[0]),
                                 0, {1}),
                    rhsZero[t]);
                next.push_back(product.add(k, now[t], f, k.splat(w, at.count)));
              }
              return next;
            };
            Values sums = k.loop(
                k.index(0), k.index(groupIn), 1,
                Values(tile, product.zero(k, at.count)),
                [&](llvm::Value *channel, llvm::ArrayRef<llvm::Value *> now) {
                  Tap origin{k.advance(pointers[0], input.type,
                                       k.scale(channel, input.strides[1])),
                             k.advance(pointers[1], weights.type,
                                       k.scale(channel, weights.strides[1]))};
                  return forEachTap(k, tapDims, input.type, weights.type,
                                    origin, now, addTap);
                });
            for (int64_t t = 0; t < tile; ++t) {
              auto place = [&](size_t i) {
                return k.advance(
                    k.advance(pointers[i], types[i], t * buffers[i].strides[1]),
                    types[i], k.scale(x, nest.rowStride(i)));
              };
              Values more;
              for (size_t i = firstExtra; i < last; ++i)
                more.push_back(
                    loadElements(k, types[i], place(i), nest.rowStride(i), at));
              storeElements(k, types[last],
                            applyEpilogue(k, conv.epilogue, product.accumulator,
                                          sums[t], more, types[last], at),
                            place(last), 1, at);
            }
          });
    });
  });
}

} // namespace glowplug::cpu
