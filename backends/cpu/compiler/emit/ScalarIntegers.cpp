// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scalar operations on integers and booleans.

#include "backends/cpu/compiler/emit/ScalarKinds.h"

#include "llvm/Support/ErrorHandling.h"

namespace glowplug::cpu {
namespace {

llvm::Value *emitSign(Kernel &k, DType type, llvm::Value *x) {
  llvm::Value *zero = llvm::Constant::getNullValue(x->getType());
  llvm::Value *above = k.b.CreateZExt(
      isSigned(type) ? k.b.CreateICmpSGT(x, zero) : k.b.CreateICmpNE(x, zero),
      x->getType());
  if (!isSigned(type))
    return above;
  return k.b.CreateSub(
      above, k.b.CreateZExt(k.b.CreateICmpSLT(x, zero), x->getType()));
}

// x / 0 = 0 and x % 0 = 0; the smallest integer / -1 wraps to itself, with
// remainder 0. The machine must see none of these.
llvm::Value *emitDivision(Kernel &k, bool remainder, DType type, llvm::Value *x,
                          llvm::Value *y) {
  llvm::IRBuilder<> &b = k.b;
  llvm::Value *zero = llvm::Constant::getNullValue(x->getType());
  llvm::Value *one = llvm::ConstantInt::get(x->getType(), 1);
  llvm::Value *byZero = b.CreateICmpEQ(y, zero);
  llvm::Value *divisor = b.CreateSelect(byZero, one, y);
  if (!isSigned(type)) {
    llvm::Value *result =
        remainder ? b.CreateURem(x, divisor) : b.CreateUDiv(x, divisor);
    return b.CreateSelect(byZero, zero, result);
  }
  llvm::Value *byMinusOne =
      b.CreateICmpEQ(y, llvm::Constant::getAllOnesValue(x->getType()));
  divisor = b.CreateSelect(byMinusOne, one, divisor);
  llvm::Value *result =
      remainder ? b.CreateSRem(x, divisor) : b.CreateSDiv(x, divisor);
  result =
      b.CreateSelect(byMinusOne, remainder ? zero : b.CreateNeg(x), result);
  return b.CreateSelect(byZero, zero, result);
}

llvm::Value *emitShift(Kernel &k, ScalarOp op, DType type, llvm::Value *x,
                       llvm::Value *amount) {
  llvm::IRBuilder<> &b = k.b;
  unsigned width = byteSize(type) * 8;
  llvm::Value *last = llvm::ConstantInt::get(x->getType(), width - 1);
  llvm::Value *bounded =
      b.CreateBinaryIntrinsic(llvm::Intrinsic::umin, amount, last);
  if (op == gp_image_scalar_op_shift_right && isSigned(type))
    return b.CreateAShr(x, bounded);
  llvm::Value *shifted = op == gp_image_scalar_op_shift_left
                             ? b.CreateShl(x, bounded)
                             : b.CreateLShr(x, bounded);
  return b.CreateSelect(b.CreateICmpUGT(amount, last),
                        llvm::Constant::getNullValue(x->getType()), shifted);
}

// The wrapped 64-bit power has the right low bits for every narrower type.
llvm::Value *emitIntegerPower(Kernel &k, DType type, llvm::Value *x,
                              llvm::Value *y, unsigned lanes) {
  llvm::Type *wide = k.widen(k.b.getInt64Ty(), lanes);
  llvm::Value *power =
      k.callPerLane(isSigned(type) ? "gp_cpu_pow_i64" : "gp_cpu_pow_u64",
                    {k.b.CreateIntCast(x, wide, isSigned(type)),
                     k.b.CreateIntCast(y, wide, isSigned(type))});
  return k.b.CreateTrunc(power, x->getType());
}

} // namespace

llvm::Value *emitInteger(Kernel &k, ScalarOp op, DType type,
                         llvm::ArrayRef<llvm::Value *> operands,
                         unsigned lanes) {
  llvm::IRBuilder<> &b = k.b;
  llvm::Value *x = operands[0];
  llvm::Value *y = operands.size() > 1 ? operands[1] : nullptr;
  switch (op) {
  case gp_image_scalar_op_neg:
    return b.CreateNeg(x);
  case gp_image_scalar_op_abs:
    return isSigned(type)
               ? b.CreateBinaryIntrinsic(llvm::Intrinsic::abs, x, b.getFalse())
               : x;
  case gp_image_scalar_op_sign:
    return emitSign(k, type, x);
  case gp_image_scalar_op_invert:
    return b.CreateNot(x);
  case gp_image_scalar_op_add:
    return b.CreateAdd(x, y);
  case gp_image_scalar_op_sub:
    return b.CreateSub(x, y);
  case gp_image_scalar_op_mul:
    return b.CreateMul(x, y);
  case gp_image_scalar_op_div:
    return emitDivision(k, false, type, x, y);
  case gp_image_scalar_op_rem:
    return emitDivision(k, true, type, x, y);
  case gp_image_scalar_op_pow:
    return emitIntegerPower(k, type, x, y, lanes);
  case gp_image_scalar_op_bit_and:
    return b.CreateAnd(x, y);
  case gp_image_scalar_op_bit_or:
    return b.CreateOr(x, y);
  case gp_image_scalar_op_bit_xor:
    return b.CreateXor(x, y);
  case gp_image_scalar_op_shift_left:
  case gp_image_scalar_op_shift_right:
    return emitShift(k, op, type, x, y);
  // An integer is never NaN or infinite, and has no fraction.
  case gp_image_scalar_op_is_nan:
  case gp_image_scalar_op_is_inf:
    return llvm::Constant::getNullValue(k.widen(b.getInt1Ty(), lanes));
  case gp_image_scalar_op_floor:
  case gp_image_scalar_op_ceil:
  case gp_image_scalar_op_trunc:
  case gp_image_scalar_op_round_even:
    return x;
  default:
    llvm_unreachable("the verifier allows this op on floats only");
  }
}

} // namespace glowplug::cpu
