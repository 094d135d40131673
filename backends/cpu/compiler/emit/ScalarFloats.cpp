// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scalar operations on floats.

#include "backends/cpu/compiler/emit/Convert.h"
#include "backends/cpu/compiler/emit/Math.h"
#include "backends/cpu/compiler/emit/ScalarKinds.h"

#include "llvm/Support/ErrorHandling.h"

#include <cmath>

namespace glowplug::cpu {

llvm::Value *emitFloat(Kernel &k, ScalarOp op, DType type,
                       llvm::ArrayRef<llvm::Value *> operands, unsigned lanes) {
  llvm::IRBuilder<> &b = k.b;
  llvm::Value *x = operands[0];
  llvm::Value *y = operands.size() > 1 ? operands[1] : nullptr;
  auto unary = [&](llvm::Intrinsic::ID id) {
    return b.CreateUnaryIntrinsic(id, x);
  };
  // These round no further; all others end with one rounding to the type,
  // which for f32 and f64 has happened already.
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
    break;
  }
  llvm::Value *result;
  switch (op) {
  case gp_image_scalar_op_add:
    result = b.CreateFAdd(x, y);
    break;
  case gp_image_scalar_op_sub:
    result = b.CreateFSub(x, y);
    break;
  case gp_image_scalar_op_mul:
    result = b.CreateFMul(x, y);
    break;
  case gp_image_scalar_op_div:
    result = b.CreateFDiv(x, y);
    break;
  case gp_image_scalar_op_rem:
    result =
        k.callPerLane(type == gp_image_dtype_f64 ? "fmod" : "fmodf", {x, y});
    break;
  case gp_image_scalar_op_pow:
    result = emitPower(k, type, x, y);
    break;
  case gp_image_scalar_op_sqrt:
    result = unary(llvm::Intrinsic::sqrt);
    break;
  default:
    result = emitTranscendental(k, op, type, x);
    break;
  }
  return roundToType(k, type, result);
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
