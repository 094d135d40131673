// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The scalar ops quantize and dequantize.

#include "backends/cpu/compiler/emit/Convert.h"
#include "backends/cpu/compiler/emit/ScalarKinds.h"

namespace glowplug::cpu {
namespace {

/// \p x as an integer of \p width bits, saturated; NaN gives 0.
llvm::Value *toInteger(Kernel &k, bool isSigned, unsigned width,
                       llvm::Value *x) {
  llvm::Type *type = k.widen(k.b.getIntNTy(width), laneCount(x));
  return k.b.CreateIntrinsic(isSigned ? llvm::Intrinsic::fptosi_sat
                                      : llvm::Intrinsic::fptoui_sat,
                             {type, x->getType()}, {x});
}

// In a type with room for the sum: r is cut to twice the span of the result
// before, which changes no saturated answer.
llvm::Value *addNarrow(Kernel &k, DType to, llvm::Value *r, llvm::Value *zp) {
  llvm::IRBuilder<> &b = k.b;
  unsigned lanes = laneCount(r);
  unsigned bits = byteSize(to) * 8;
  DType wide = bits <= 16 ? gp_image_dtype_i32 : gp_image_dtype_i64;
  int64_t low = isSigned(to) ? -(int64_t(1) << (bits - 1)) : 0;
  int64_t high = low + (int64_t(1) << bits) - 1;
  llvm::Value *bounded;
  if (bits <= 16) {
    llvm::Value *limit =
        llvm::ConstantFP::get(r->getType(), double(int64_t(2) << bits));
    bounded = b.CreateSelect(b.CreateFCmpOLT(r, limit), r, limit);
    limit = b.CreateFNeg(limit);
    bounded = b.CreateSelect(b.CreateFCmpOGT(bounded, limit), bounded, limit);
    bounded =
        b.CreateSelect(b.CreateFCmpUNO(r, r),
                       llvm::Constant::getNullValue(r->getType()), bounded);
    bounded = b.CreateFPToSI(bounded, k.widen(b.getInt32Ty(), lanes));
  } else {
    llvm::Value *limit = k.integer(wide, int64_t(1) << 40, lanes);
    bounded = toInteger(k, true, 64, r);
    bounded = k.minimum(bounded, limit);
    bounded = k.maximum(bounded, b.CreateNeg(limit));
  }
  llvm::Value *sum = b.CreateAdd(bounded, castElement(k, to, wide, zp));
  sum = k.minimum(sum, k.integer(wide, high, lanes));
  sum = k.maximum(sum, k.integer(wide, low, lanes));
  return castElement(k, wide, to, sum);
}

// 64 bits: the distance from zp to each end of the range is an unsigned
// number, which is compared before anything is added.
llvm::Value *addWide(Kernel &k, DType to, llvm::Value *r, llvm::Value *zp) {
  llvm::IRBuilder<> &b = k.b;
  unsigned lanes = laneCount(r);
  llvm::Value *low = k.integer(to, isSigned(to) ? INT64_MIN : 0, lanes);
  llvm::Value *high = k.integer(to, isSigned(to) ? INT64_MAX : -1, lanes);
  llvm::Value *up = toInteger(k, false, 64, r);
  llvm::Value *down = toInteger(k, false, 64, b.CreateFNeg(r));
  llvm::Value *raised = b.CreateSelect(
      b.CreateICmpUGT(up, b.CreateSub(high, zp)), high, b.CreateAdd(zp, up));
  llvm::Value *lowered = b.CreateSelect(
      b.CreateICmpUGT(down, b.CreateSub(zp, low)), low, b.CreateSub(zp, down));
  llvm::Value *negative =
      b.CreateFCmpOLT(r, llvm::Constant::getNullValue(r->getType()));
  return b.CreateSelect(negative, lowered, raised);
}

// x * y rounded to odd, given the nearest double: rounded once more, it is as
// good as the exact product. (Without FMA in hardware, this is a call of
// the C library's.)
llvm::Value *oddProduct(Kernel &k, llvm::Value *x, llvm::Value *y,
                        llvm::Value *product) {
  llvm::Value *lost = k.b.CreateIntrinsic(llvm::Intrinsic::fma, {x->getType()},
                                          {x, y, k.b.CreateFNeg(product)});
  return roundToOdd(k, product, lost);
}

} // namespace

llvm::Value *emitQuantize(Kernel &k, DType from, DType to, llvm::Value *x,
                          llvm::Value *scale, llvm::Value *zeroPoint) {
  llvm::Value *quotient = roundToType(k, from, k.b.CreateFDiv(x, scale));
  llvm::Value *r =
      k.b.CreateUnaryIntrinsic(llvm::Intrinsic::roundeven, quotient);
  return byteSize(to) == 8 ? addWide(k, to, r, zeroPoint)
                           : addNarrow(k, to, r, zeroPoint);
}

llvm::Value *emitDequantize(Kernel &k, DType from, DType to, llvm::Value *q,
                            llvm::Value *scale, llvm::Value *zeroPoint) {
  const DType f64 = gp_image_dtype_f64;
  const bool isShort = byteSize(from) <= 2;
  llvm::Value *difference;
  if (byteSize(from) == 8) {
    difference = k.callPerLane(isSigned(from) ? "gp_cpu_difference_i64"
                                              : "gp_cpu_difference_u64",
                               k.b.getDoubleTy(), {q, zeroPoint});
  } else {
    DType wide = isShort ? gp_image_dtype_i32 : gp_image_dtype_i64;
    difference = k.b.CreateSub(castElement(k, from, wide, q),
                               castElement(k, from, wide, zeroPoint));
    // 17 bits by 24: one rounding.
    if (isShort && to == gp_image_dtype_f32)
      return k.b.CreateFMul(castElement(k, wide, to, difference), scale);
    difference = castElement(k, wide, f64, difference);
  }
  llvm::Value *factor = castElement(k, to, f64, scale);
  llvm::Value *product = k.b.CreateFMul(difference, factor);
  if (to == f64)
    return product;
  return castElement(k, f64, to,
                     isShort ? product
                             : oddProduct(k, difference, factor, product));
}

} // namespace glowplug::cpu
