// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Conversions between element types.

#include "backends/cpu/compiler/emit/Convert.h"

#include "llvm/Support/ErrorHandling.h"

namespace glowplug::cpu {

unsigned laneCount(llvm::Value *value) {
  auto *vector = llvm::dyn_cast<llvm::FixedVectorType>(value->getType());
  return vector ? vector->getNumElements() : 1;
}

namespace {

/// Emission of one conversion over `lanes` lanes.
struct Converter {
  Kernel &k;
  llvm::IRBuilder<> &b;
  unsigned lanes;

  Converter(Kernel &kernel, llvm::Value *value)
      : k(kernel), b(kernel.b), lanes(laneCount(value)) {}

  llvm::Type *type(llvm::Type *scalar) { return k.widen(scalar, lanes); }
  llvm::Type *i16() { return type(b.getInt16Ty()); }
  llvm::Type *i32() { return type(b.getInt32Ty()); }
  llvm::Type *i64() { return type(b.getInt64Ty()); }
  llvm::Type *f32() { return type(b.getFloatTy()); }
  llvm::Type *f64() { return type(b.getDoubleTy()); }
  llvm::Value *word(uint32_t bits) {
    return llvm::ConstantInt::get(i32(), bits);
  }
  llvm::Value *isNan(llvm::Value *x) { return b.CreateFCmpUNO(x, x); }

  llvm::Value *halfToFloat(llvm::Value *bits);
  llvm::Value *floatToHalf(llvm::Value *value);
  llvm::Value *floatToBrain(llvm::Value *value);
  llvm::Value *doubleToOddFloat(llvm::Value *value);
  llvm::Value *integerToDouble(DType from, llvm::Value *value);
};

// Shifting exponent and fraction into place and multiplying by 2^112 moves
// the exponent's bias; the product of a subnormal is exact as well.
llvm::Value *Converter::halfToFloat(llvm::Value *bits) {
  llvm::Value *wide = b.CreateZExt(bits, i32());
  llvm::Value *magnitude = b.CreateShl(b.CreateAnd(wide, word(0x7fff)), 13);
  llvm::Value *sign = b.CreateShl(b.CreateAnd(wide, word(0x8000)), 16);
  llvm::Value *scaled =
      b.CreateBitCast(b.CreateFMul(b.CreateBitCast(magnitude, f32()),
                                   llvm::ConstantFP::get(f32(), 0x1p112)),
                      i32());
  llvm::Value *special = b.CreateICmpUGE(magnitude, word(0x7c00u << 13));
  scaled =
      b.CreateSelect(special, b.CreateOr(magnitude, word(0x7f800000u)), scaled);
  return b.CreateBitCast(b.CreateOr(scaled, sign), f32());
}

llvm::Value *Converter::floatToHalf(llvm::Value *value) {
  llvm::Value *bits = b.CreateBitCast(value, i32());
  llvm::Value *magnitude = b.CreateAnd(bits, word(0x7fffffff));
  llvm::Value *sign = b.CreateAnd(b.CreateLShr(bits, 16), word(0x8000));
  // Normal: add half an ulp (less one, plus the odd bit), move the bias.
  llvm::Value *odd = b.CreateAnd(b.CreateLShr(magnitude, 13), word(1));
  llvm::Value *normal = b.CreateLShr(
      b.CreateAdd(b.CreateAdd(magnitude, word(0xc8000fffu)), odd), 13);
  // Below 2^-14: an ulp of 0.5 is one step of a subnormal, so that the
  // addition rounds.
  llvm::Value *half = llvm::ConstantFP::get(f32(), 0.5);
  llvm::Value *small = b.CreateSub(
      b.CreateBitCast(b.CreateFAdd(b.CreateBitCast(magnitude, f32()), half),
                      i32()),
      word(0x3f000000));
  llvm::Value *nan = b.CreateOr(
      b.CreateAnd(b.CreateLShr(magnitude, 13), word(0x3ff)), word(0x7e00));
  llvm::Value *large = b.CreateSelect(
      b.CreateICmpUGT(magnitude, word(0x7f800000)), nan, word(0x7c00));
  llvm::Value *result = b.CreateSelect(
      b.CreateICmpULT(magnitude, word(0x38800000)), small, normal);
  result = b.CreateSelect(b.CreateICmpUGE(magnitude, word(0x47800000)), large,
                          result);
  return b.CreateTrunc(b.CreateOr(result, sign), i16());
}

llvm::Value *Converter::floatToBrain(llvm::Value *value) {
  llvm::Value *bits = b.CreateBitCast(value, i32());
  llvm::Value *odd = b.CreateAnd(b.CreateLShr(bits, 16), word(1));
  llvm::Value *rounded =
      b.CreateLShr(b.CreateAdd(b.CreateAdd(bits, word(0x7fff)), odd), 16);
  llvm::Value *quiet = b.CreateOr(b.CreateLShr(bits, 16), word(0x40));
  return b.CreateTrunc(b.CreateSelect(isNan(value), quiet, rounded), i16());
}

// Rounds to odd: an inexact result gets its last bit set, so that rounding it
// once more to a shorter type is as good as rounding the double.
llvm::Value *Converter::doubleToOddFloat(llvm::Value *value) {
  llvm::Value *nearest = b.CreateFPTrunc(value, f32());
  llvm::Value *back = b.CreateFPExt(nearest, f64());
  auto magnitude = [&](llvm::Value *x) {
    return b.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, x);
  };
  llvm::Value *above = b.CreateFCmpOGT(magnitude(back), magnitude(value));
  llvm::Value *inexact = b.CreateFCmpONE(back, value);
  llvm::Value *bits = b.CreateBitCast(nearest, i32());
  bits = b.CreateSub(bits, b.CreateZExt(above, i32()));
  bits = b.CreateOr(bits, b.CreateZExt(inexact, i32()));
  return b.CreateBitCast(bits, f32());
}

// Exact but for 64-bit values of 2^53 and more, whose low bits are merged
// into one sticky bit: good for rounding on to a type of up to 51 bits.
llvm::Value *Converter::integerToDouble(DType from, llvm::Value *value) {
  if (byteSize(from) == 8) {
    llvm::Value *low = b.CreateAnd(value, llvm::ConstantInt::get(i64(), 0x7ff));
    llvm::Value *zero = llvm::Constant::getNullValue(i64());
    llvm::Value *sticky = b.CreateSelect(
        b.CreateICmpNE(low, zero), llvm::ConstantInt::get(i64(), 0x800), zero);
    llvm::Value *merged = b.CreateOr(
        b.CreateAnd(value, llvm::ConstantInt::get(i64(), ~0x7ffull)), sticky);
    llvm::Value *size = isSigned(from)
                            ? b.CreateBinaryIntrinsic(llvm::Intrinsic::abs,
                                                      value, b.getInt1(false))
                            : value;
    value = b.CreateSelect(
        b.CreateICmpUGE(size, llvm::ConstantInt::get(i64(), 1ull << 53)),
        merged, value);
  }
  return isSigned(from) ? b.CreateSIToFP(value, f64())
                        : b.CreateUIToFP(value, f64());
}

} // namespace

llvm::Value *extendShortFloat(Kernel &k, DType type, llvm::Value *bits) {
  Converter c(k, bits);
  if (type == gp_image_dtype_bf16)
    return k.b.CreateBitCast(k.b.CreateShl(k.b.CreateZExt(bits, c.i32()), 16),
                             c.f32());
  if (!k.traits.hasHalf)
    return c.halfToFloat(bits);
  return k.b.CreateFPExt(k.b.CreateBitCast(bits, c.type(k.b.getHalfTy())),
                         c.f32());
}

llvm::Value *truncateToShortFloat(Kernel &k, DType type, llvm::Value *value) {
  Converter c(k, value);
  if (type == gp_image_dtype_bf16)
    return c.floatToBrain(value);
  if (!k.traits.hasHalf)
    return c.floatToHalf(value);
  return k.b.CreateBitCast(k.b.CreateFPTrunc(value, c.type(k.b.getHalfTy())),
                           c.i16());
}

llvm::Value *roundToType(Kernel &k, DType type, llvm::Value *value) {
  if (!isShortFloat(type))
    return value;
  return extendShortFloat(k, type, truncateToShortFloat(k, type, value));
}

llvm::Value *castElement(Kernel &k, DType from, DType to, llvm::Value *value) {
  if (from == to)
    return value;
  llvm::IRBuilder<> &b = k.b;
  Converter c(k, value);
  llvm::Type *type = c.type(k.computeType(to));

  if (to == gp_image_dtype_boolean) {
    llvm::Value *zero = llvm::Constant::getNullValue(value->getType());
    return isFloat(from) ? b.CreateFCmpUNE(value, zero)
                         : b.CreateICmpNE(value, zero);
  }
  if (isInteger(to)) {
    if (from == gp_image_dtype_boolean)
      return b.CreateZExt(value, type);
    if (isInteger(from))
      return b.CreateIntCast(value, type, isSigned(from));
    return b.CreateIntrinsic(isSigned(to) ? llvm::Intrinsic::fptosi_sat
                                          : llvm::Intrinsic::fptoui_sat,
                             {type, value->getType()}, {value});
  }
  if (from == gp_image_dtype_boolean)
    return b.CreateUIToFP(value, type);
  if (isInteger(from)) {
    if (isShortFloat(to) && byteSize(from) >= 4)
      return roundToType(k, to,
                         c.doubleToOddFloat(c.integerToDouble(from, value)));
    llvm::Value *number = isSigned(from) ? b.CreateSIToFP(value, type)
                                         : b.CreateUIToFP(value, type);
    return roundToType(k, to, number);
  }
  if (to == gp_image_dtype_f64)
    return b.CreateFPExt(value, type);
  if (from == gp_image_dtype_f64)
    return to == gp_image_dtype_f32
               ? b.CreateFPTrunc(value, type)
               : roundToType(k, to, c.doubleToOddFloat(value));
  return roundToType(k, to, value);
}

llvm::Value *bitcastElement(Kernel &k, DType from, DType to,
                            llvm::Value *value) {
  if (isShortFloat(from))
    value = truncateToShortFloat(k, from, value);
  if (isShortFloat(to))
    return extendShortFloat(k, to, value);
  return k.b.CreateBitCast(value, k.widen(k.computeType(to), laneCount(value)));
}

llvm::Value *roundToOdd(Kernel &k, llvm::Value *nearest, llvm::Value *lost) {
  llvm::IRBuilder<> &b = k.b;
  llvm::Type *f64 = nearest->getType();
  llvm::Type *i64 = k.widen(b.getInt64Ty(), laneCount(nearest));
  llvm::Value *zero = llvm::Constant::getNullValue(f64);
  llvm::Value *isFinite =
      b.CreateFCmpONE(b.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, nearest),
                      llvm::ConstantFP::getInfinity(f64));
  llvm::Value *isInexact = b.CreateAnd(b.CreateFCmpONE(lost, zero), isFinite);
  // Toward zero first: what is lost then has the sign of the value.
  llvm::Value *isAbove =
      b.CreateXor(b.CreateFCmpOLT(lost, zero), b.CreateFCmpOLT(nearest, zero));
  llvm::Value *bits = b.CreateBitCast(nearest, i64);
  llvm::Value *odd = b.CreateOr(b.CreateSub(bits, b.CreateZExt(isAbove, i64)),
                                llvm::ConstantInt::get(i64, 1));
  return b.CreateSelect(isInexact, b.CreateBitCast(odd, f64), nearest);
}

} // namespace glowplug::cpu
