// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Accumulators: how they start, combine and become results.

#include "backends/cpu/compiler/ops/Epilogue.h"

#include "backends/cpu/compiler/emit/Convert.h"
#include "backends/cpu/compiler/emit/Elements.h"
#include "backends/cpu/compiler/emit/Scalars.h"

#include <cmath>

namespace glowplug::cpu {

std::vector<View> epilogueExtras(Lowering &l, const Op &op, size_t first) {
  const Shape &shape = l.value(op.results[0]).shape;
  std::vector<View> extras;
  for (size_t i = first; i < op.operands.size(); ++i) {
    View view = l.view(op.operands[i]);
    if (view.innerStride() != 0 && view.innerStride() != 1)
      view = l.dense(op.operands[i]);
    for (size_t d = 0; d < shape.size(); ++d)
      if (view.sizes[d] != shape[d]) {
        view.sizes[d] = shape[d];
        view.strides[d] = 0;
      }
    extras.push_back(std::move(view));
  }
  return extras;
}

Values loadExtras(Kernel &k, const LoopNest &nest, size_t first,
                  llvm::ArrayRef<llvm::Value *> pointers, llvm::Value *x,
                  Lanes at) {
  Values loaded;
  for (size_t i = first; i + 1 < nest.operands(); ++i) {
    const DType type = nest.type(i);
    const int64_t stride = nest.rowStride(i);
    loaded.push_back(loadElements(
        k, type, k.advance(pointers[i], type, k.scale(x, stride)), stride, at));
  }
  return loaded;
}

llvm::Value *applyEpilogue(Kernel &k, const Region &region, DType from,
                           llvm::Value *accumulator,
                           llvm::ArrayRef<llvm::Value *> extras, DType to,
                           Lanes lanes) {
  if (region.empty())
    return castElement(k, from, to, accumulator);
  Values arguments{castElement(k, from, region.parameters[0], accumulator)};
  arguments.append(extras.begin(), extras.end());
  llvm::Value *result = emitRegion(k, region, arguments, lanes.count)[0];
  return castElement(k, region.typeOf(region.results[0]), to, result);
}

DType runType(ReduceKind kind, DType type) {
  bool isSum =
      kind == gp_image_reduce_kind_sum || kind == gp_image_reduce_kind_prod;
  return isSum ? gp_dtype_accumulator(type) : type;
}

llvm::Value *identityOf(Kernel &k, ReduceKind kind, DType type,
                        unsigned lanes) {
  if (kind == gp_image_reduce_kind_sum || kind == gp_image_reduce_kind_prod) {
    int one = kind == gp_image_reduce_kind_prod;
    return isFloat(type) ? k.real(type, one, lanes)
                         : k.integer(type, one, lanes);
  }
  const bool largest = kind == gp_image_reduce_kind_min;
  if (isFloat(type))
    return k.real(type, largest ? INFINITY : -INFINITY, lanes);
  unsigned bits = k.computeType(type)->getIntegerBitWidth();
  llvm::APInt value = isSigned(type)
                          ? (largest ? llvm::APInt::getSignedMaxValue(bits)
                                     : llvm::APInt::getSignedMinValue(bits))
                          : (largest ? llvm::APInt::getMaxValue(bits)
                                     : llvm::APInt::getMinValue(bits));
  return llvm::ConstantInt::get(k.widen(k.computeType(type), lanes), value);
}

llvm::Value *combine(Kernel &k, ReduceKind kind, DType type, llvm::Value *x,
                     llvm::Value *y) {
  switch (kind) {
  case gp_image_reduce_kind_sum:
    return isFloat(type) ? k.b.CreateFAdd(x, y) : k.b.CreateAdd(x, y);
  case gp_image_reduce_kind_prod:
    return isFloat(type) ? k.b.CreateFMul(x, y) : k.b.CreateMul(x, y);
  default:
    return emitMinMax(k, kind == gp_image_reduce_kind_max, type, x, y);
  }
}

llvm::Value *combineLanes(Kernel &k, ReduceKind kind, DType type,
                          llvm::Value *x) {
  for (unsigned half = laneCount(x) / 2; half != 0; half /= 2) {
    llvm::SmallVector<int, 32> low, high;
    for (unsigned i = 0; i < half; ++i) {
      low.push_back(static_cast<int>(i));
      high.push_back(static_cast<int>(i + half));
    }
    x = half == 1 ? combine(k, kind, type, k.b.CreateExtractElement(x, 0ul),
                            k.b.CreateExtractElement(x, 1))
                  : combine(k, kind, type, k.b.CreateShuffleVector(x, low),
                            k.b.CreateShuffleVector(x, high));
  }
  return x;
}

} // namespace glowplug::cpu
