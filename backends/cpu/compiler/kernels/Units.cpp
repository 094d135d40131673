// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Work units, rows and tiles as IR.

#include "backends/cpu/compiler/kernels/Units.h"

#include "backends/cpu/compiler/kernels/Loop.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/IR/Intrinsics.h"

#include <algorithm>

using namespace llvm;

namespace glowplug::cpu {

Value *scaled(IRBuilder<> &builder, Value *value, int64_t factor) {
  if (factor == 1)
    return value;
  return builder.CreateMul(value, builder.getInt64(factor));
}

Value *plus(IRBuilder<> &builder, Value *a, Value *b) {
  return builder.CreateAdd(a, b);
}

Value *plus(IRBuilder<> &builder, Value *a, int64_t b) {
  return b == 0 ? a : builder.CreateAdd(a, builder.getInt64(b));
}

Value *opaque(IRBuilder<> &builder, Value *value) {
  return builder.CreateFreeze(value);
}

Value *elementAt(IRBuilder<> &builder, Value *base, Value *offset) {
  return builder.CreateGEP(builder.getFloatTy(), base, offset);
}

Value *elementAt(IRBuilder<> &builder, Type *type, Value *base, Value *offset) {
  return builder.CreateGEP(type, base, offset);
}

static Value *smallerOf(IRBuilder<> &builder, Value *a, Value *b) {
  return builder.CreateBinaryIntrinsic(Intrinsic::smin, a, b);
}

static Value *greaterOf(IRBuilder<> &builder, Value *a, Value *b) {
  return builder.CreateBinaryIntrinsic(Intrinsic::smax, a, b);
}

SmallVector<Value *, 4> splitNumber(IRBuilder<> &builder, Value *number,
                                    ArrayRef<int64_t> radices) {
  SmallVector<Value *, 4> digits;
  for (int64_t radix : reverse(radices)) {
    if (radix == 1) {
      digits.push_back(builder.getInt64(0));
      continue;
    }
    Value *divisor = builder.getInt64(radix);
    digits.push_back(builder.CreateURem(number, divisor));
    number = builder.CreateUDiv(number, divisor);
  }
  digits.push_back(number);
  std::reverse(digits.begin(), digits.end());
  return digits;
}

ValueRange chunkRange(IRBuilder<> &builder, Value *chunk, int64_t size,
                      int64_t limit) {
  if (size >= limit)
    return {builder.getInt64(0), builder.getInt64(limit)};
  Value *begin = scaled(builder, chunk, size);
  if (size == 1)
    return {begin, plus(builder, begin, 1)};
  Value *end = plus(builder, begin, size);
  if (limit % size != 0)
    end = smallerOf(builder, end, builder.getInt64(limit));
  return {begin, end};
}

ValueRange insideTaps(IRBuilder<> &builder, const SpatialDim &dim,
                      Value *position) {
  Value *zero = builder.getInt64(0);
  Value *all = builder.getInt64(dim.kernel);
  if (dim.isInside())
    return {zero, all};
  // Tap k reads inside if 0 <= k * dilation - before < in. Signed division
  // rounds toward zero, which the clamps make harmless.
  Value *before = builder.CreateSub(builder.getInt64(dim.low),
                                    scaled(builder, position, dim.stride));
  const auto divideUp = [&](Value *value) {
    if (dim.dilation == 1)
      return value;
    return builder.CreateSDiv(plus(builder, value, dim.dilation - 1),
                              builder.getInt64(dim.dilation));
  };
  Value *begin = greaterOf(builder, divideUp(before), zero);
  Value *end = smallerOf(builder, divideUp(plus(builder, before, dim.in)), all);
  return {begin, end};
}

void forEachTile(IRBuilder<> &builder, ArrayRef<ColumnClass> classes,
                 const ValueRange *tiles,
                 function_ref<void(const ColumnClass &, Value *)> body) {
  int64_t first = 0;
  for (const ColumnClass &tile : classes) {
    Value *begin = builder.getInt64(0);
    Value *end = builder.getInt64(tile.count);
    if (tiles) {
      begin = greaterOf(builder, begin, plus(builder, tiles->begin, -first));
      end = smallerOf(builder, end, plus(builder, tiles->end, -first));
    }
    emitLoop(builder, begin, end, 1, [&](Value *number) {
      body(tile,
           plus(builder, scaled(builder, number, tile.width), tile.begin));
    });
    first += tile.count;
  }
}

} // namespace glowplug::cpu
