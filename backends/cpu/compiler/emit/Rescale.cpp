// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The scalar ops that bring sums back to narrow integers: what
// <glowplug/arithmetic.h> defines, on one lane or many.

#include "backends/cpu/compiler/emit/Convert.h"
#include "backends/cpu/compiler/emit/ScalarKinds.h"

#include <glowplug/arithmetic.h>

namespace glowplug::cpu {
namespace {

arithmetic::Range rangeOf(DType type) {
  return arithmetic::rangeOf(static_cast<int>(byteSize(type) * 8),
                             isSigned(type));
}

/// Whether \p value is known to be finite in every lane.
bool isKnownFinite(llvm::Value *value) {
  auto *constant = llvm::dyn_cast<llvm::Constant>(value);
  if (constant && constant->getType()->isVectorTy())
    constant = constant->getSplatValue();
  auto *number = llvm::dyn_cast_or_null<llvm::ConstantFP>(constant);
  return number && number->getValueAPF().isFinite();
}

/// The end \p end of the range, seen from the zero point \p zero, as a float.
llvm::Value *limit(Kernel &k, int32_t end, llvm::Value *zero) {
  const unsigned lanes = laneCount(zero);
  llvm::Value *distance =
      k.b.CreateSub(k.integer(gp_image_dtype_i32, end, lanes), zero);
  return k.b.CreateSIToFP(distance, k.widen(k.b.getFloatTy(), lanes));
}

} // namespace

llvm::Value *emitRescaleFp32Rne(Kernel &k, DType to, llvm::Value *sum,
                                llvm::Value *scale, llvm::Value *zeroPoint) {
  llvm::IRBuilder<> &b = k.b;
  const arithmetic::Range range = rangeOf(to);
  llvm::Type *f32 = scale->getType();
  llvm::Value *scaled = b.CreateFMul(b.CreateSIToFP(sum, f32), scale);
  // A finite scale times an integer may be infinite, but is a number.
  if (!isKnownFinite(scale))
    scaled = b.CreateSelect(b.CreateFCmpORD(scaled, scaled), scaled,
                            llvm::Constant::getNullValue(f32));
  llvm::Value *zero = castElement(k, to, gp_image_dtype_i32, zeroPoint);
  llvm::Value *low = limit(k, range.low, zero);
  llvm::Value *high = limit(k, range.high, zero);
  scaled = b.CreateSelect(b.CreateFCmpOLT(scaled, low), low, scaled);
  scaled = b.CreateSelect(b.CreateFCmpOGT(scaled, high), high, scaled);
  // Below 2^22, the sum with 1.5 * 2^23 has the rounded integer in its low
  // bits: one addition instead of a rounding and a conversion.
  constexpr int64_t magicBits = 0x4B400000;
  llvm::Value *bits = b.CreateBitCast(
      b.CreateFAdd(scaled, llvm::ConstantFP::get(f32, 0x1.8p23)),
      sum->getType());
  llvm::Value *offset = b.CreateSub(
      zero, k.integer(gp_image_dtype_i32, magicBits, laneCount(sum)));
  return castElement(k, gp_image_dtype_i32, to, b.CreateAdd(bits, offset));
}

llvm::Value *emitRescaleTosa(Kernel &k, bool twice, DType to, llvm::Value *sum,
                             llvm::Value *multiplier, llvm::Value *shift,
                             llvm::Value *zeroPoint) {
  llvm::IRBuilder<> &b = k.b;
  const unsigned lanes = laneCount(sum);
  const DType i32 = gp_image_dtype_i32, i64 = gp_image_dtype_i64;
  const arithmetic::Range range = rangeOf(to);
  auto wide = [&](int64_t value) { return k.integer(i64, value, lanes); };

  shift = k.maximum(shift, k.integer(i32, arithmetic::leastShift, lanes));
  shift = k.minimum(shift, k.integer(i32, arithmetic::mostShift, lanes));
  llvm::Value *amount = castElement(k, i32, i64, shift);
  llvm::Value *round = b.CreateShl(wide(1), b.CreateSub(amount, wide(1)));
  if (twice) {
    llvm::Value *half = b.CreateSelect(
        b.CreateICmpSGE(sum, llvm::Constant::getNullValue(sum->getType())),
        wide(int64_t(1) << 30), wide(-(int64_t(1) << 30)));
    llvm::Value *isLong = b.CreateICmpSGT(amount, wide(31));
    round = b.CreateAdd(round, b.CreateSelect(isLong, half, wide(0)));
  }
  llvm::Value *product = b.CreateMul(castElement(k, i32, i64, sum),
                                     castElement(k, i32, i64, multiplier));
  llvm::Value *scaled = b.CreateAShr(b.CreateAdd(product, round), amount);
  llvm::Value *moved = b.CreateAdd(scaled, castElement(k, to, i64, zeroPoint));
  moved = k.minimum(k.maximum(moved, wide(range.low)), wide(range.high));
  return castElement(k, i64, to, moved);
}

} // namespace glowplug::cpu
