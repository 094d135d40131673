// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Transcendental functions.

#include "backends/cpu/compiler/emit/Math.h"

#include "backends/cpu/compiler/emit/Convert.h"
#include "backends/cpu/runtime/MathFunctions.h"

#include "llvm/Support/ErrorHandling.h"

#include <cmath>

namespace glowplug::cpu {
namespace {

constexpr double ln2 = 0x1.62e42fefa39efp-1;
constexpr double log2e = 0x1.71547652b82fep+0;

/// erf(x) / x as a polynomial of x*x/8 - 1 on |x| <= 4, lowest power first.
/// Made by tools/fit_erf.py; relative error 2.2e-12.
constexpr double erfPowers[] = {
    0x1.6a040781a7a44p-2,   -0x1.69a0ccda3fb63p-3,  0x1.0dabaf0054898p-3,
    -0x1.b92e95be0f404p-4,  0x1.717efe4336aeap-4,   -0x1.3215d9453fa90p-4,
    0x1.ea97b98f68920p-5,   -0x1.76e85347e4198p-5,  0x1.0ed6e7608b560p-5,
    -0x1.70360e3ea4bbcp-6,  0x1.d61519b467e86p-7,   -0x1.19f8381e7122cp-7,
    0x1.3ecd5e246b45ep-8,   -0x1.5261e04d71746p-9,  0x1.4d90f3c97fffcp-10,
    -0x1.3e0f34f145d19p-11, 0x1.3998edf3a2e8ep-12,  -0x1.064bb36dd1745p-13,
    0x1.051ce55d1745ep-15,  -0x1.bd366d45d1741p-17, 0x1.bc6cf80000000p-17,
    -0x1.2baf445d1745dp-18};

/// Functions of f32 lanes, computed in f64.
struct DoubleMath {
  Kernel &k;
  llvm::IRBuilder<> &b;
  unsigned lanes;

  DoubleMath(Kernel &kernel, llvm::Value *x)
      : k(kernel), b(kernel.b), lanes(laneCount(x)) {}

  llvm::Type *f64() { return k.widen(b.getDoubleTy(), lanes); }
  llvm::Type *i64() { return k.widen(b.getInt64Ty(), lanes); }
  llvm::Value *number(double value) {
    return llvm::ConstantFP::get(f64(), value);
  }
  llvm::Value *bits(uint64_t value) {
    return llvm::ConstantInt::get(i64(), value);
  }
  llvm::Value *extend(llvm::Value *x) { return b.CreateFPExt(x, f64()); }
  /// The register form of \p type, rounded once.
  llvm::Value *round(DType type, llvm::Value *x) {
    return castElement(k, gp_image_dtype_f64, type, x);
  }
  /// Low where smaller, high where greater or NaN.
  llvm::Value *clamp(llvm::Value *x, double low, double high) {
    x = b.CreateSelect(b.CreateFCmpOLT(x, number(high)), x, number(high));
    return b.CreateSelect(b.CreateFCmpOGT(x, number(low)), x, number(low));
  }
  /// NaN where \p x is NaN, else \p result.
  llvm::Value *keepNan(llvm::Value *x, llvm::Value *result) {
    return b.CreateSelect(b.CreateFCmpUNO(x, x), x, result);
  }
  llvm::Value *horner(llvm::Value *x, llvm::ArrayRef<double> powers) {
    llvm::Value *sum = number(powers.back());
    for (double coefficient : llvm::reverse(powers.drop_back()))
      sum = k.multiplyAdd(sum, x, number(coefficient));
    return sum;
  }

  llvm::Value *expBounded(llvm::Value *x);
  llvm::Value *log(llvm::Value *x);
  llvm::Value *log1p(llvm::Value *x);
  llvm::Value *tanh(llvm::Value *x);
  llvm::Value *erf(llvm::Value *x);
  llvm::Value *power(llvm::Value *x, llvm::Value *y);
};

// exp(x) = 2^n exp(x - n ln 2), for |x| < 700. Adding 1.5 * 2^52 leaves n in
// the low bits of the sum.
llvm::Value *DoubleMath::expBounded(llvm::Value *x) {
  llvm::Value *magic = number(0x1.8p52);
  llvm::Value *shifted = k.multiplyAdd(x, number(log2e), magic);
  llvm::Value *n = b.CreateFSub(shifted, magic);
  llvm::Value *r = k.multiplyAdd(n, number(-ln2), x);
  double powers[10] = {1};
  for (int i = 1; i < 10; ++i)
    powers[i] = powers[i - 1] / i;
  llvm::Value *p = b.CreateBitCast(horner(r, powers), i64());
  llvm::Value *exponent =
      b.CreateShl(b.CreateBitCast(shifted, i64()), bits(52));
  return b.CreateBitCast(b.CreateAdd(p, exponent), f64());
}

// log(x) = e ln 2 + log(m), m in [sqrt(1/2), sqrt(2)), by the series of
// 2 atanh((m - 1) / (m + 1)). Every f32 is a normal number in f64.
llvm::Value *DoubleMath::log(llvm::Value *x) {
  llvm::Value *raw = b.CreateBitCast(x, i64());
  llvm::Value *above = b.CreateSub(raw, bits(0x3fe6a09e667f3bcd));
  llvm::Value *e = b.CreateAShr(above, bits(52));
  llvm::Value *m =
      b.CreateBitCast(b.CreateSub(raw, b.CreateShl(e, bits(52))), f64());
  llvm::Value *one = number(1);
  llvm::Value *s = b.CreateFDiv(b.CreateFSub(m, one), b.CreateFAdd(m, one));
  double powers[9];
  for (int i = 0; i < 9; ++i)
    powers[i] = 2.0 / (2 * i + 1);
  llvm::Value *series = b.CreateFMul(s, horner(b.CreateFMul(s, s), powers));
  llvm::Value *exponent =
      b.CreateSIToFP(b.CreateTrunc(e, k.widen(b.getInt32Ty(), lanes)), f64());
  llvm::Value *result = k.multiplyAdd(exponent, number(ln2), series);
  llvm::Value *zero = number(0);
  result = b.CreateSelect(b.CreateFCmpOEQ(x, number(INFINITY)), x, result);
  result = b.CreateSelect(b.CreateFCmpOEQ(x, zero), number(-INFINITY), result);
  return b.CreateSelect(b.CreateFCmpULT(x, zero), number(NAN), result);
}

// log(u) with u = 1 + x, times x / (u - 1), which is what rounding u took from
// x. Where it took all of x, that is the result; the product has no value
// where u is infinite or not above 0.
llvm::Value *DoubleMath::log1p(llvm::Value *x) {
  llvm::Value *one = number(1);
  llvm::Value *u = b.CreateFAdd(x, one);
  llvm::Value *rounded = b.CreateFSub(u, one);
  llvm::Value *logarithm = log(u);
  llvm::Value *corrected = b.CreateFMul(logarithm, b.CreateFDiv(x, rounded));
  llvm::Value *isPlain = b.CreateAnd(b.CreateFCmpOGT(u, number(0)),
                                     b.CreateFCmpOLT(u, number(INFINITY)));
  llvm::Value *result = b.CreateSelect(isPlain, corrected, logarithm);
  return b.CreateSelect(b.CreateFCmpOEQ(rounded, number(0)), x, result);
}

// 1 - 2 / (exp(2|x|) + 1) with the sign of x; near 0, where that cancels, the
// first terms of the series.
llvm::Value *DoubleMath::tanh(llvm::Value *x) {
  llvm::Value *size = b.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, x);
  llvm::Value *twice = b.CreateFMul(clamp(size, 0, 20), number(2));
  llvm::Value *one = number(1);
  llvm::Value *large = b.CreateFSub(
      one, b.CreateFDiv(number(2), b.CreateFAdd(expBounded(twice), one)));
  large = b.CreateBinaryIntrinsic(llvm::Intrinsic::copysign, large, x);
  const double powers[] = {1, -1.0 / 3, 2.0 / 15, -17.0 / 315};
  llvm::Value *small = b.CreateFMul(x, horner(b.CreateFMul(x, x), powers));
  return keepNan(
      x, b.CreateSelect(b.CreateFCmpOLT(size, number(0.02)), small, large));
}

llvm::Value *DoubleMath::erf(llvm::Value *x) {
  // erf(4) rounds to 1 in f32.
  llvm::Value *bounded = clamp(x, -4, 4);
  llvm::Value *u =
      k.multiplyAdd(b.CreateFMul(bounded, bounded), number(0.125), number(-1));
  return keepNan(x, b.CreateFMul(bounded, horner(u, erfPowers)));
}

// exp(y log|x|), with the sign of an odd power, and C's special cases. Both
// operands hold f32 numbers, so that the exponent's error stays far below half
// an ulp of an f32 result.
llvm::Value *DoubleMath::power(llvm::Value *x, llvm::Value *y) {
  auto magnitude = [&](llvm::Value *v) {
    return b.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, v);
  };
  auto isWhole = [&](llvm::Value *v) {
    return b.CreateFCmpOEQ(b.CreateUnaryIntrinsic(llvm::Intrinsic::trunc, v),
                           v);
  };
  llvm::Value *zero = number(0), *one = number(1);
  llvm::Value *infinite = number(INFINITY);
  llvm::Value *size = magnitude(x);
  llvm::Value *exponent = b.CreateFMul(y, log(size));
  llvm::Value *result =
      keepNan(exponent, expBounded(clamp(exponent, -110, 90)));
  llvm::Value *whole = isWhole(y);
  llvm::Value *isOdd =
      b.CreateAnd(whole, b.CreateNot(isWhole(b.CreateFMul(y, number(0.5)))));
  result = b.CreateSelect(
      isOdd, b.CreateBinaryIntrinsic(llvm::Intrinsic::copysign, result, x),
      result);
  // A negative number has no fractional power, but minus infinity does.
  llvm::Value *isNone = b.CreateAnd(
      b.CreateNot(whole),
      b.CreateAnd(b.CreateFCmpOLT(x, zero), b.CreateFCmpOLT(size, infinite)));
  result = b.CreateSelect(isNone, number(NAN), result);
  llvm::Value *isOne = b.CreateOr(
      b.CreateFCmpOEQ(x, one),
      b.CreateOr(b.CreateFCmpOEQ(y, zero),
                 b.CreateAnd(b.CreateFCmpOEQ(size, one),
                             b.CreateFCmpOEQ(magnitude(y), infinite))));
  return b.CreateSelect(isOne, one, result);
}

llvm::StringRef libraryName(ScalarOp op) {
  switch (op) {
#define GP_NAME(name, isVector)                                                \
  case gp_image_scalar_op_##name:                                              \
    return #name;
    GP_CPU_MATH_FUNCTIONS(GP_NAME)
#undef GP_NAME
  default:
    llvm_unreachable("not a transcendental");
  }
}

/// \p value if it is the same constant in all lanes.
const llvm::ConstantFP *constantOf(llvm::Value *value) {
  auto *constant = llvm::dyn_cast<llvm::Constant>(value);
  if (constant && constant->getType()->isVectorTy())
    constant = constant->getSplatValue();
  return llvm::dyn_cast_or_null<llvm::ConstantFP>(constant);
}

} // namespace

llvm::Value *emitTranscendental(Kernel &k, ScalarOp op, DType type,
                                llvm::Value *x) {
  if (type == gp_image_dtype_f64)
    return k.callPerLane(libraryName(op), {x});
  DoubleMath math(k, x);
  llvm::Value *wide = math.extend(x);
  switch (op) {
  case gp_image_scalar_op_exp:
    // Beyond these limits the result is 0 or infinity.
    return math.round(
        type, math.keepNan(wide, math.expBounded(math.clamp(wide, -110, 90))));
  case gp_image_scalar_op_log:
    return math.round(type, math.log(wide));
  case gp_image_scalar_op_log1p:
    return math.round(type, math.log1p(wide));
  case gp_image_scalar_op_tanh:
    return math.round(type, math.tanh(wide));
  case gp_image_scalar_op_erf:
    return math.round(type, math.erf(wide));
  default:
    return math.round(type, k.callPerLane(libraryName(op), {wide}));
  }
}

llvm::Value *emitPower(Kernel &k, DType type, llvm::Value *x, llvm::Value *y) {
  if (const llvm::ConstantFP *exponent = constantOf(y)) {
    if (exponent->isExactlyValue(1.0))
      return x;
    if (exponent->isExactlyValue(2.0))
      return k.b.CreateFMul(x, x);
  }
  if (type == gp_image_dtype_f64)
    return k.callPerLane("pow", {x, y});
  DoubleMath math(k, x);
  llvm::Value *wide = math.extend(x);
  if (const llvm::ConstantFP *exponent = constantOf(y);
      exponent && exponent->isExactlyValue(3.0))
    return math.round(type, k.b.CreateFMul(k.b.CreateFMul(wide, wide), wide));
  return math.round(type, math.power(wide, math.extend(y)));
}

} // namespace glowplug::cpu
