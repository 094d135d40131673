// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scalar operations on floats.

#include "backends/cpu/compiler/emit/Convert.h"
#include "backends/cpu/compiler/emit/Math.h"
#include "backends/cpu/compiler/emit/ScalarKinds.h"

#include "llvm/Support/ErrorHandling.h"

#include <cmath>

namespace glowplug::cpu {

/// Operations whose result needs no rounding to the type; null for others.
static llvm::Value *emitExact(Kernel &k, ScalarOp op, DType type,
                              llvm::Value *x, unsigned lanes) {
  llvm::IRBuilder<> &b = k.b;
  auto unary = [&](llvm::Intrinsic::ID id) {
    return b.CreateUnaryIntrinsic(id, x);
  };
  switch (op) {
  case gp_image_scalar_op_neg:
    return b.CreateFNeg(x);
  case gp_image_scalar_op_abs:
    return unary(llvm::Intrinsic::fabs);
  case gp_image_scalar_op_floor:
    return unary(llvm::Intrinsic::floor);
  case gp_image_scalar_op_ceil:
    return unary(llvm::Intrinsic::ceil);
  case gp_image_scalar_op_trunc:
    return unary(llvm::Intrinsic::trunc);
  case gp_image_scalar_op_round_even:
    return unary(llvm::Intrinsic::roundeven);
  case gp_image_scalar_op_is_nan:
    return b.CreateFCmpUNO(x, x);
  case gp_image_scalar_op_is_inf:
    return b.CreateFCmpOEQ(unary(llvm::Intrinsic::fabs),
                           k.real(type, INFINITY, lanes));
  case gp_image_scalar_op_sign: {
    llvm::Value *zero = k.real(type, 0, lanes);
    llvm::Value *one = b.CreateBinaryIntrinsic(llvm::Intrinsic::copysign,
                                               k.real(type, 1, lanes), x);
    // Of -0 it is 0, of NaN it is NaN.
    return b.CreateSelect(b.CreateFCmpONE(x, zero), one, b.CreateFAdd(x, zero));
  }
  default:
    return nullptr;
  }
}

/// All others, correct to f32 or f64.
static llvm::Value *emitRounding(Kernel &k, ScalarOp op, DType type,
                                 llvm::Value *x, llvm::Value *y) {
  llvm::IRBuilder<> &b = k.b;
  switch (op) {
  case gp_image_scalar_op_add:
    return b.CreateFAdd(x, y);
  case gp_image_scalar_op_sub:
    return b.CreateFSub(x, y);
  case gp_image_scalar_op_mul:
    return b.CreateFMul(x, y);
  case gp_image_scalar_op_div:
    return b.CreateFDiv(x, y);
  case gp_image_scalar_op_rem:
    return k.callPerLane(type == gp_image_dtype_f64 ? "fmod" : "fmodf", {x, y});
  case gp_image_scalar_op_pow:
    return emitPower(k, type, x, y);
  case gp_image_scalar_op_sqrt:
    return b.CreateUnaryIntrinsic(llvm::Intrinsic::sqrt, x);
  default:
    return emitTranscendental(k, op, type, x);
  }
}

llvm::Value *emitFloat(Kernel &k, ScalarOp op, DType type,
                       llvm::ArrayRef<llvm::Value *> operands, unsigned lanes) {
  llvm::Value *x = operands[0];
  llvm::Value *y = operands.size() > 1 ? operands[1] : nullptr;
  if (llvm::Value *exact = emitExact(k, op, type, x, lanes))
    return exact;
  // One rounding to the type, which for f32 and f64 has happened already.
  return roundToType(k, type, emitRounding(k, op, type, x, y));
}

llvm::Value *emitFma(Kernel &k, DType type, llvm::Value *x, llvm::Value *y,
                     llvm::Value *z) {
  llvm::IRBuilder<> &b = k.b;
  if (type == gp_image_dtype_f64 ||
      (type == gp_image_dtype_f32 && k.traits.hasFma))
    return b.CreateIntrinsic(llvm::Intrinsic::fma, {x->getType()}, {x, y, z});
  // A double holds the product; what the sum loses decides its last bit.
  const DType f64 = gp_image_dtype_f64;
  llvm::Value *product =
      b.CreateFMul(castElement(k, type, f64, x), castElement(k, type, f64, y));
  llvm::Value *addend = castElement(k, type, f64, z);
  llvm::Value *sum = b.CreateFAdd(product, addend);
  llvm::Value *part = b.CreateFSub(sum, product);
  llvm::Value *lost =
      b.CreateFAdd(b.CreateFSub(product, b.CreateFSub(sum, part)),
                   b.CreateFSub(addend, part));
  return castElement(k, f64, type, roundToOdd(k, sum, lost));
}

} // namespace glowplug::cpu
