// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Transposed convolution: each output element gathers the input elements that
// reach it.

#include "backends/cpu/compiler/ops/ConvTranspose.h"

#include "backends/cpu/compiler/emit/Elements.h"
#include "backends/cpu/compiler/emit/LoopNest.h"
#include "backends/cpu/compiler/emit/RegionFacts.h"
#include "backends/cpu/compiler/ops/Epilogue.h"
#include "backends/cpu/compiler/ops/Product.h"

#include <algorithm>

namespace glowplug::cpu {
namespace {

/// Everything the taps of one output element need.
struct Gather {
  Kernel &k;
  const Product &product;
  const ConvOp &conv;
  const View &input;
  const View &weights;
  llvm::ArrayRef<llvm::Value *> position; // of the output, per spatial dim

  /// Adds what the taps of the spatial dims from \p d on contribute. Tap t of
  /// output o reads input i with i * stride = o + low - t * dilation.
  llvm::Value *taps(size_t d, llvm::Value *from, llvm::Value *weight,
                    llvm::Value *sum) const {
    llvm::IRBuilder<> &b = k.b;
    if (d == position.size()) {
      llvm::Value *x = product.factor(
          k, input.type, loadElements(k, input.type, from, 0, {1}), nullptr);
      llvm::Value *y = product.factor(
          k, weights.type, loadElements(k, weights.type, weight, 0, {1}),
          nullptr);
      return product.add(k, sum, x, y);
    }
    const int64_t stride = conv.strides[d];
    llvm::Value *shifted = b.CreateAdd(position[d], k.index(conv.padsLow[d]));
    return k.loop(k.index(0), k.index(weights.sizes[d + 2]), 1, {sum},
                  [&](llvm::Value *tap, llvm::ArrayRef<llvm::Value *> now) {
                    llvm::Value *reach =
                        b.CreateSub(shifted, k.scale(tap, conv.dilations[d]));
                    llvm::Value *i = b.CreateSDiv(reach, k.index(stride));
                    llvm::Value *hits = b.CreateAnd(
                        b.CreateICmpEQ(k.scale(i, stride), reach),
                        b.CreateICmpULT(i, k.index(input.sizes[d + 2])));
                    return k.choose(
                        hits,
                        [&] {
                          return Values{taps(
                              d + 1,
                              k.advance(from, input.type,
                                        k.scale(i, input.strides[d + 2])),
                              k.advance(weight, weights.type,
                                        k.scale(tap, weights.strides[d + 2])),
                              now[0])};
                        },
                        [&] { return Values{now[0]}; });
                  })[0];
  }
};

} // namespace

void lowerConvTranspose(Lowering &l, const Op &op, const ConvOp &conv) {
  View input = l.dense(op.operands[0]), weights = l.dense(op.operands[1]);
  View output = l.allocate(op.results[0]);
  std::vector<View> extras = epilogueExtras(l, op, 2);
  const size_t rank = output.sizes.size();
  const int64_t groupOut = weights.sizes[1];
  const int64_t groupIn = input.sizes[1] / conv.groups;
  Product product(input.type, weights.type, l.options.arithmetic);

  std::vector<View> buffers{input, weights};
  IterationSpace space;
  space.sizes = {output.sizes[0], conv.groups, groupOut};
  space.sizes.append(output.sizes.begin() + 2, output.sizes.end());
  space.strides.assign(2, llvm::SmallVector<int64_t, 6>(rank + 1));
  space.strides[0][0] = input.strides[0];
  space.strides[0][1] = input.strides[1] * groupIn;
  space.strides[1][1] = weights.strides[0] * groupIn;
  space.strides[1][2] = weights.strides[1];
  auto append = [&](const View &view) {
    buffers.push_back(view);
    llvm::SmallVector<int64_t, 6> strides{
        view.strides[0], view.strides[1] * groupOut, view.strides[1]};
    strides.append(view.strides.begin() + 2, view.strides.end());
    space.strides.push_back(std::move(strides));
  };
  for (const View &extra : extras)
    append(extra);
  append(output);
  const size_t last = buffers.size() - 1;

  std::vector<DType> types;
  Key key("conv_transpose");
  key << int64_t(l.options.arithmetic) << conv.epilogue << conv.groups
      << llvm::ArrayRef(conv.strides) << llvm::ArrayRef(conv.padsLow)
      << llvm::ArrayRef(conv.dilations);
  for (const View &buffer : buffers) {
    types.push_back(buffer.type);
    key << buffer;
  }
  const int64_t depth =
      groupIn * elementCount(llvm::ArrayRef(weights.sizes).drop_front(2));
  LoopNest nest(space, types, 1,
                std::max<int64_t>(1, 8192 / std::max<int64_t>(1, depth)));
  const uint64_t cost =
      nest.elementsPerUnit() * (factsOf(conv.epilogue).costPs + 1000 * depth);
  l.addStep(key, buffers, nest.units(), cost, [&](Kernel &k) {
    nest.emit(k, [&](llvm::ArrayRef<llvm::Value *> pointers,
                     llvm::ArrayRef<llvm::Value *> index, RowRange range) {
      vectorLoop(k, range, 1, false, [&](llvm::Value *x, Lanes at) {
        Values position(index.begin() + 3, index.end());
        position.push_back(x);
        Gather gather{k, product, conv, input, weights, position};
        llvm::Value *sum = k.loop(
            k.index(0), k.index(groupIn), 1, {product.zero(k, 1)},
            [&](llvm::Value *channel, llvm::ArrayRef<llvm::Value *> now) {
              return Values{
                  gather.taps(0,
                              k.advance(pointers[0], input.type,
                                        k.scale(channel, input.strides[1])),
                              k.advance(pointers[1], weights.type,
                                        k.scale(channel, weights.strides[0])),
                              now[0])};
            })[0];
        auto place = [&](size_t i) {
          return k.advance(pointers[i], types[i],
                           k.scale(x, nest.rowStride(i)));
        };
        Values more;
        for (size_t i = 2; i < last; ++i)
          more.push_back(loadElements(k, types[i], place(i), 0, at));
        storeElements(k, types[last],
                      applyEpilogue(k, conv.epilogue, product.accumulator, sum,
                                    more, types[last], at),
                      place(last), 1, at);
      });
    });
  });
}

} // namespace glowplug::cpu
