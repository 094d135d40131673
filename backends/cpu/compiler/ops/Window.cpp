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
namespace {

struct WindowKernel {
  static constexpr llvm::StringLiteral name = "window";

  ReduceKind kind;
  Region epilogue;
  LoopNest nest; // input, extras, output; the input is walked by the taps
  llvm::SmallVector<SpatialDim, 6> dims;
  Ints inputStrides; // per dim
  unsigned lanes;

  bool operator==(const WindowKernel &) const = default;
  void emit(Kernel &k) const;

private:
  /// What the accumulators have.
  DType run() const { return runType(kind, nest.type(0)); }
  llvm::Value *reduce(Kernel &k, llvm::ArrayRef<llvm::Value *> index,
                      llvm::Value *x, Lanes at, bool isInside) const;
  void store(Kernel &k, llvm::ArrayRef<llvm::Value *> pointers, llvm::Value *x,
             Lanes at, llvm::Value *sum) const;
};

/// The results of the windows at \p x of a row.
llvm::Value *WindowKernel::reduce(Kernel &k,
                                  llvm::ArrayRef<llvm::Value *> index,
                                  llvm::Value *x, Lanes at,
                                  bool isInside) const {
  const DType type = nest.type(0);
  llvm::SmallVector<TapDim, 6> tapDims;
  for (size_t d = 0; d + 1 < dims.size(); ++d)
    tapDims.push_back({dims[d], index[d], inputStrides[d], 0, false});
  tapDims.push_back({dims.back(), x, inputStrides.back(), 0, isInside});
  return forEachTap(
      k, tapDims, type, type, {k.buffer(0), nullptr},
      {identityOf(k, kind, run(), at.count)},
      [&](Tap tap, llvm::ArrayRef<llvm::Value *> now) {
        llvm::Value *element =
            loadElements(k, type, tap.input, dims.back().stride, at);
        return Values{combine(k, kind, run(), now[0],
                              castElement(k, type, run(), element))};
      })[0];
}

void WindowKernel::store(Kernel &k, llvm::ArrayRef<llvm::Value *> pointers,
                         llvm::Value *x, Lanes at, llvm::Value *sum) const {
  const size_t last = nest.operands() - 1;
  const Values extras = loadExtras(k, nest, 1, pointers, x, at);
  storeElements(
      k, nest.type(last),
      applyEpilogue(k, epilogue, run(), sum, extras, nest.type(last), at),
      k.advance(pointers[last], nest.type(last), x), 1, at);
}

void WindowKernel::emit(Kernel &k) const {
  nest.emit(k, [&](llvm::ArrayRef<llvm::Value *> pointers,
                   llvm::ArrayRef<llvm::Value *> index, RowRange) {
    const SpatialDim &row = dims.back();
    const bool mayMask = row.stride == 1;
    forRowParts(k, row, lanes, mayMask,
                [&](llvm::Value *x, Lanes at, bool isInside) {
                  store(k, pointers, x, at, reduce(k, index, x, at, isInside));
                });
  });
}

llvm::SmallVector<SpatialDim, 6> dimsOf(const WindowOp &window,
                                        const View &input, const View &output) {
  llvm::SmallVector<SpatialDim, 6> dims;
  for (size_t d = 0; d < output.sizes.size(); ++d)
    dims.push_back({input.sizes[d], output.sizes[d], window.sizes[d],
                    window.strides[d], window.dilations[d], window.padsLow[d]});
  if (dims.empty())
    dims.push_back({}); // a window of nothing over one element
  return dims;
}

/// The outputs, with the strides of \p buffers: input, extras, output.
IterationSpace spaceOf(llvm::ArrayRef<View> buffers) {
  const View &output = buffers.back();
  IterationSpace space;
  space.sizes.assign(output.sizes.begin(), output.sizes.end());
  space.strides.emplace_back(output.sizes.size(), 0); // by the taps
  for (const View &buffer : buffers.drop_front())
    space.strides.emplace_back(buffer.strides.begin(), buffer.strides.end());
  if (space.sizes.empty()) {
    space.sizes = {1};
    for (auto &strides : space.strides)
      strides = {1};
  }
  return space;
}

} // namespace

void lowerWindow(Lowering &l, const Op &op, const WindowOp &window) {
  const View input = l.dense(op.operands[0]);
  const View output = l.allocate(op.results[0]);
  std::vector<View> buffers{input};
  for (View &extra : epilogueExtras(l, op, 1))
    buffers.push_back(std::move(extra));
  buffers.push_back(output);
  std::vector<DType> types;
  for (const View &buffer : buffers)
    types.push_back(buffer.type);

  const int64_t taps = elementCount(window.sizes);
  const LoopNest nest(spaceOf(buffers), types, 1,
                      std::max<int64_t>(1, 16384 / std::max<int64_t>(1, taps)),
                      true);
  Ints strides = denseStrides(input.sizes);
  if (strides.empty())
    strides.push_back(1);
  const RegionFacts facts = factsOf(window.epilogue);
  const unsigned lanes =
      std::max(1u, l.traits.vectorBytes() /
                       std::max(computeSize(runType(window.kind, input.type)),
                                facts.widestBytes));
  const WindowKernel kernel{window.kind, window.epilogue,
                            nest,        dimsOf(window, input, output),
                            strides,     lanes};
  l.addStep(kernel, buffers, nest.units(),
            nest.elementsPerUnit() * (200 * uint64_t(taps) + facts.costPs));
}

} // namespace glowplug::cpu
