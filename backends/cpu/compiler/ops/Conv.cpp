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

struct ConvKernel {
  static constexpr llvm::StringLiteral name = "conv";

  Product product;
  Region epilogue;
  LoopNest nest; // over [n, group, tile of channels, spatial...]
  llvm::SmallVector<SpatialDim, 3> dims;
  int64_t tile;    // output channels at a time
  int64_t groupIn; // input channels of a group
  int64_t inputZero;
  bool hasWeightZero;
  Ints inputStrides, weightStrides; // per dim
  Ints channelStrides; // per operand of the nest, from one result channel on
  unsigned lanes;

  // Operands of the nest: input, weights, perhaps the zero points of the
  // weights, extras, output.
  static constexpr size_t weightZero = 2;
  size_t firstExtra() const { return hasWeightZero ? 3 : 2; }
  size_t output() const { return nest.operands() - 1; }

  bool operator==(const ConvKernel &) const = default;
  void emit(Kernel &k) const;
};

/// The rows of one channel tile.
struct ConvRows {
  Kernel &k;
  const ConvKernel &s;
  llvm::ArrayRef<llvm::Value *> pointers, index; // as LoopNest gives them
  Values weightZeros; // per channel of the tile; null if there are none

  ConvRows(Kernel &k, const ConvKernel &spec,
           llvm::ArrayRef<llvm::Value *> pointers,
           llvm::ArrayRef<llvm::Value *> index)
      : k(k), s(spec), pointers(pointers), index(index) {}

  void loadWeightZeros();
  Values addTap(Tap tap, llvm::ArrayRef<llvm::Value *> sums, Lanes at) const;
  Values reduce(llvm::Value *x, Lanes at, bool isInside) const;
  void store(llvm::ArrayRef<llvm::Value *> sums, llvm::Value *x,
             Lanes at) const;
};

void ConvRows::loadWeightZeros() {
  weightZeros.assign(s.tile, nullptr);
  if (!s.hasWeightZero)
    return;
  constexpr size_t i = ConvKernel::weightZero;
  const DType type = s.nest.type(i);
  for (int64_t t = 0; t < s.tile; ++t)
    weightZeros[t] = castElement(
        k, gp_image_dtype_i32, s.product.accumulator,
        loadElements(k, type,
                     k.advance(pointers[i], type, t * s.channelStrides[i]), 0,
                     {1}));
}

/// One tap of one input channel, for all channels of the tile.
Values ConvRows::addTap(Tap tap, llvm::ArrayRef<llvm::Value *> sums,
                        Lanes at) const {
  const DType type = s.product.lhs, weightType = s.product.rhs;
  llvm::Value *zero = nullptr;
  if (s.inputZero != 0)
    zero = k.splat(k.integer(s.product.accumulator, s.inputZero, 1), at.count);
  llvm::Value *x = s.product.factor(
      k, type, loadElements(k, type, tap.input, s.dims.back().stride, at),
      zero);
  Values next;
  for (int64_t t = 0; t < s.tile; ++t) {
    llvm::Value *weight = s.product.factor(
        k, weightType,
        loadElements(k, weightType,
                     k.advance(tap.weight, weightType, t * s.weightStrides[0]),
                     0, {1}),
        weightZeros[t]);
    next.push_back(s.product.add(k, sums[t], x, k.splat(weight, at.count)));
  }
  return next;
}

/// The sums of the outputs at \p x, per channel of the tile.
Values ConvRows::reduce(llvm::Value *x, Lanes at, bool isInside) const {
  const DType type = s.product.lhs, weightType = s.product.rhs;
  const size_t spatial = s.dims.size();
  llvm::SmallVector<TapDim, 3> tapDims;
  for (size_t d = 0; d < spatial; ++d)
    tapDims.push_back({s.dims[d], d + 1 < spatial ? index[d + 3] : x,
                       s.inputStrides[d + 2], s.weightStrides[d + 2],
                       d + 1 == spatial && isInside});
  return k.loop(
      k.index(0), k.index(s.groupIn), 1,
      Values(s.tile, s.product.zero(k, at.count)),
      [&](llvm::Value *channel, llvm::ArrayRef<llvm::Value *> sums) {
        Tap origin{
            k.advance(pointers[0], type, k.scale(channel, s.inputStrides[1])),
            k.advance(pointers[1], weightType,
                      k.scale(channel, s.weightStrides[1]))};
        return forEachTap(k, tapDims, type, weightType, origin, sums,
                          [&](Tap tap, llvm::ArrayRef<llvm::Value *> now) {
                            return addTap(tap, now, at);
                          });
      });
}

void ConvRows::store(llvm::ArrayRef<llvm::Value *> sums, llvm::Value *x,
                     Lanes at) const {
  const size_t last = s.output();
  for (int64_t t = 0; t < s.tile; ++t) {
    auto place = [&](size_t i) {
      const DType type = s.nest.type(i);
      return k.advance(k.advance(pointers[i], type, t * s.channelStrides[i]),
                       type, k.scale(x, s.nest.rowStride(i)));
    };
    Values extras;
    for (size_t i = s.firstExtra(); i < last; ++i)
      extras.push_back(
          loadElements(k, s.nest.type(i), place(i), s.nest.rowStride(i), at));
    llvm::Value *result = applyEpilogue(k, s.epilogue, s.product.accumulator,
                                        sums[t], extras, s.nest.type(last), at);
    storeElements(k, s.nest.type(last), result, place(last), 1, at);
  }
}

void ConvKernel::emit(Kernel &k) const {
  nest.emit(k, [&](llvm::ArrayRef<llvm::Value *> pointers,
                   llvm::ArrayRef<llvm::Value *> index, RowRange) {
    ConvRows rows(k, *this, pointers, index);
    rows.loadWeightZeros();
    forRowParts(k, dims.back(), lanes, dims.back().stride == 1,
                [&](llvm::Value *x, Lanes at, bool isInside) {
                  rows.store(rows.reduce(x, at, isInside), x, at);
                });
  });
}

llvm::SmallVector<SpatialDim, 3> dimsOf(const ConvOp &conv, const View &input,
                                        const View &weights,
                                        const View &output) {
  llvm::SmallVector<SpatialDim, 3> dims;
  for (size_t d = 0; d + 2 < output.sizes.size(); ++d)
    dims.push_back({input.sizes[d + 2], output.sizes[d + 2],
                    weights.sizes[d + 2], conv.strides[d], conv.dilations[d],
                    conv.padsLow[d]});
  return dims;
}

/// [n, group, tile of channels, spatial...], with the strides of \p buffers:
/// input, weights, and others that lie over [n, o, spatial...] like the last
/// of them, the output. The taps walk the input's spatial dims.
IterationSpace spaceOf(llvm::ArrayRef<View> buffers, int64_t groups,
                       int64_t tile) {
  const View &input = buffers[0], &weights = buffers[1],
             &output = buffers.back();
  const int64_t groupOut = output.sizes[1] / groups;
  const size_t rank = output.sizes.size();
  IterationSpace space;
  space.sizes = {output.sizes[0], groups, groupOut / tile};
  space.sizes.append(output.sizes.begin() + 2, output.sizes.end());
  space.strides.assign(2, llvm::SmallVector<int64_t, 6>(rank + 1));
  space.strides[0][0] = input.strides[0];
  space.strides[0][1] = input.strides[1] * weights.sizes[1];
  space.strides[1][1] = weights.strides[0] * groupOut;
  space.strides[1][2] = weights.strides[0] * tile;
  for (const View &view : buffers.drop_front(2)) {
    auto &strides = space.strides.emplace_back();
    strides = {view.strides[0], view.strides[1] * groupOut,
               view.strides[1] * tile};
    strides.append(view.strides.begin() + 2, view.strides.end());
  }
  return space;
}

} // namespace

void lowerConv(Lowering &l, const Op &op, const ConvOp &conv) {
  const View input = l.dense(op.operands[0]);
  const View weights = l.dense(op.operands[1]);
  const View output = l.allocate(op.results[0]);
  std::vector<View> extras = epilogueExtras(l, op, 2);
  const auto weightZero =
      zeroPointView(l, conv.rhsZeroPoints, output.sizes.size(), 1);
  std::vector<View> buffers{input, weights};
  if (weightZero)
    buffers.push_back(*weightZero);
  buffers.insert(buffers.end(), extras.begin(), extras.end());
  buffers.push_back(output);
  std::vector<DType> types;
  Ints channelStrides;
  for (const View &buffer : buffers) {
    types.push_back(buffer.type);
    channelStrides.push_back(buffer.strides[1]);
  }

  const int64_t groupOut = output.sizes[1] / conv.groups;
  const int64_t tile = groupOut % 4 == 0 ? 4 : groupOut % 2 == 0 ? 2 : 1;
  const int64_t depth =
      elementCount(llvm::ArrayRef(weights.sizes).drop_front());
  const Product product(input.type, weights.type, l.options.arithmetic);
  const LoopNest nest(spaceOf(buffers, conv.groups, tile), types, 1,
                      std::max<int64_t>(1, 32768 / std::max<int64_t>(1, depth)),
                      true);
  const ConvKernel kernel{product,
                          conv.epilogue,
                          nest,
                          dimsOf(conv, input, weights, output),
                          tile,
                          weights.sizes[1],
                          conv.lhsZeroPoints.empty() ? 0
                                                     : conv.lhsZeroPoints[0],
                          weightZero.has_value(),
                          input.strides,
                          weights.strides,
                          channelStrides,
                          product.lanes(l.traits)};
  l.addStep(kernel, buffers, nest.units(),
            nest.elementsPerUnit() * tile *
                (factsOf(conv.epilogue).costPs + 60 * depth));
}

} // namespace glowplug::cpu
