// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Regions, constants, and the scalar operations that floats and integers
// share. Those of one kind only are in ScalarFloats and ScalarIntegers.

#include "backends/cpu/compiler/emit/Scalars.h"

#include "backends/cpu/compiler/emit/Convert.h"
#include "backends/cpu/compiler/emit/ScalarKinds.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/Support/ErrorHandling.h"

namespace glowplug::cpu {
namespace {

llvm::Value *emitComparison(Kernel &k, ScalarOp op, DType type, llvm::Value *x,
                            llvm::Value *y) {
  using P = llvm::CmpInst::Predicate;
  P real, sign, plain;
  switch (op) {
  case gp_image_scalar_op_eq:
    real = P::FCMP_OEQ, sign = plain = P::ICMP_EQ;
    break;
  case gp_image_scalar_op_ne:
    real = P::FCMP_UNE, sign = plain = P::ICMP_NE;
    break;
  case gp_image_scalar_op_lt:
    real = P::FCMP_OLT, sign = P::ICMP_SLT, plain = P::ICMP_ULT;
    break;
  case gp_image_scalar_op_le:
    real = P::FCMP_OLE, sign = P::ICMP_SLE, plain = P::ICMP_ULE;
    break;
  case gp_image_scalar_op_gt:
    real = P::FCMP_OGT, sign = P::ICMP_SGT, plain = P::ICMP_UGT;
    break;
  default:
    real = P::FCMP_OGE, sign = P::ICMP_SGE, plain = P::ICMP_UGE;
    break;
  }
  return k.b.CreateCmp(isFloat(type)    ? real
                       : isSigned(type) ? sign
                                        : plain,
                       x, y);
}

bool isComparison(ScalarOp op) {
  return op >= gp_image_scalar_op_eq && op <= gp_image_scalar_op_ge;
}

} // namespace

llvm::Value *emitConstant(Kernel &k, DType type, uint64_t bits,
                          unsigned lanes) {
  llvm::LLVMContext &context = k.b.getContext();
  llvm::Constant *scalar;
  if (isShortFloat(type)) {
    llvm::APFloat value(type == gp_image_dtype_f16 ? llvm::APFloat::IEEEhalf()
                                                   : llvm::APFloat::BFloat(),
                        llvm::APInt(16, bits & 0xffff));
    bool exact;
    value.convert(llvm::APFloat::IEEEsingle(),
                  llvm::APFloat::rmNearestTiesToEven, &exact);
    scalar = llvm::ConstantFP::get(context, value);
  } else if (type == gp_image_dtype_f32) {
    scalar = llvm::ConstantFP::get(
        context, llvm::APFloat(llvm::APFloat::IEEEsingle(),
                               llvm::APInt(32, bits & 0xffffffff)));
  } else if (type == gp_image_dtype_f64) {
    scalar = llvm::ConstantFP::get(
        context,
        llvm::APFloat(llvm::APFloat::IEEEdouble(), llvm::APInt(64, bits)));
  } else if (type == gp_image_dtype_boolean) {
    scalar = k.b.getInt1((bits & 0xff) != 0);
  } else {
    unsigned width = byteSize(type) * 8;
    uint64_t mask = width == 64 ? ~0ull : (1ull << width) - 1;
    scalar = k.b.getIntN(width, bits & mask);
  }
  return k.splat(scalar, lanes);
}

llvm::Value *emitMinMax(Kernel &k, bool max, DType type, llvm::Value *x,
                        llvm::Value *y) {
  llvm::IRBuilder<> &b = k.b;
  if (type == gp_image_dtype_boolean)
    return max ? b.CreateOr(x, y) : b.CreateAnd(x, y);
  if (!isFloat(type)) {
    llvm::Intrinsic::ID which =
        isSigned(type) ? (max ? llvm::Intrinsic::smax : llvm::Intrinsic::smin)
                       : (max ? llvm::Intrinsic::umax : llvm::Intrinsic::umin);
    return b.CreateBinaryIntrinsic(which, x, y);
  }
  // x86 answers with the second operand when the comparison fails. With a
  // constant first, that is the NaN wanted, in one instruction.
  auto pick = [&](llvm::Value *first, llvm::Value *second) {
    return b.CreateSelect(max ? b.CreateFCmpOGT(first, second)
                              : b.CreateFCmpOLT(first, second),
                          first, second);
  };
  if (llvm::isa<llvm::Constant>(x))
    std::swap(x, y);
  if (llvm::isa<llvm::Constant>(y)) {
    llvm::Value *isNan = b.CreateFCmpUNO(y, y);
    if (auto *known = llvm::dyn_cast<llvm::Constant>(isNan);
        known && known->isNullValue())
      return pick(y, x);
  }
  return b.CreateSelect(b.CreateFCmpUNO(x, x), x, pick(x, y));
}

llvm::Value *emitScalar(Kernel &k, const Instruction &instruction,
                        llvm::ArrayRef<DType> types,
                        llvm::ArrayRef<llvm::Value *> operands,
                        unsigned lanes) {
  ScalarOp op = instruction.op;
  DType type = instruction.type;
  switch (op) {
  case gp_image_scalar_op_constant:
    return emitConstant(k, type, instruction.bits, lanes);
  case gp_image_scalar_op_cast:
    return castElement(k, types[0], type, operands[0]);
  case gp_image_scalar_op_bitcast:
    return bitcastElement(k, types[0], type, operands[0]);
  case gp_image_scalar_op_select:
    return k.b.CreateSelect(operands[0], operands[1], operands[2]);
  case gp_image_scalar_op_fma:
    return emitFma(k, type, operands[0], operands[1], operands[2]);
  case gp_image_scalar_op_min:
  case gp_image_scalar_op_max:
    return emitMinMax(k, op == gp_image_scalar_op_max, type, operands[0],
                      operands[1]);
  case gp_image_scalar_op_quantize:
    return emitQuantize(k, types[0], type, operands[0], operands[1],
                        operands[2]);
  case gp_image_scalar_op_dequantize:
    return emitDequantize(k, types[0], type, operands[0], operands[1],
                          operands[2]);
  case gp_image_scalar_op_rescale_fp32_rne:
    return emitRescaleFp32Rne(k, type, operands[0], operands[1], operands[2]);
  case gp_image_scalar_op_rescale_tosa_single:
  case gp_image_scalar_op_rescale_tosa_double:
    return emitRescaleTosa(k, op == gp_image_scalar_op_rescale_tosa_double,
                           type, operands[0], operands[1], operands[2],
                           operands[3]);
  case gp_image_scalar_op_table:
    return emitTable(k, type, instruction.table, operands[0]);
  default:
    break;
  }
  // The rest is typed by its operands: a result may be a boolean.
  DType operandType = types[0];
  if (isComparison(op))
    return emitComparison(k, op, operandType, operands[0], operands[1]);
  if (isFloat(operandType))
    return emitFloat(k, op, operandType, operands, lanes);
  return emitInteger(k, op, operandType, operands, lanes);
}

Values emitRegion(Kernel &k, const Region &region,
                  llvm::ArrayRef<llvm::Value *> arguments, unsigned lanes) {
  llvm::SmallVector<llvm::Value *, 16> scalars(arguments.begin(),
                                               arguments.end());
  for (const Instruction &instruction : region.instructions) {
    llvm::SmallVector<DType, 3> types;
    Values operands;
    for (uint16_t operand : instruction.operands) {
      types.push_back(region.typeOf(operand));
      operands.push_back(scalars[operand]);
    }
    scalars.push_back(emitScalar(k, instruction, types, operands, lanes));
  }
  Values results;
  for (uint16_t result : region.results)
    results.push_back(scalars[result]);
  return results;
}

} // namespace glowplug::cpu
