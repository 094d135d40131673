// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which scalar ops exist, for which types.

#include "core/reference/Scalar.h"

#include "llvm/ADT/STLExtras.h"

using namespace glowplug;
using image::ScalarOp;

static bool within(ScalarOp op, ScalarOp first, ScalarOp last) {
  return op >= first && op <= last;
}

reference::ScalarLoop reference::scalarLoop(ScalarOp op, DType result,
                                            llvm::ArrayRef<DType> operands) {
  if (operands.size() == 1) {
    if (op == ScalarOp::cast)
      return castLoop(result, operands[0]);
    if (op == ScalarOp::bitcast)
      return bitcastLoop({result, result}, {operands[0], operands[0]});
    if (op == ScalarOp::table)
      return tableLoop(result, operands[0]);
    if (op == ScalarOp::is_nan || op == ScalarOp::is_inf)
      return result == DType::boolean ? testLoop(op, operands[0]) : nullptr;
    return result == operands[0] ? unaryLoop(op, result) : nullptr;
  }
  if (operands.size() == 2) {
    if (operands[0] != operands[1])
      return nullptr;
    if (within(op, ScalarOp::eq, ScalarOp::ge))
      return result == DType::boolean ? compareLoop(op, operands[0]) : nullptr;
    return result == operands[0] ? binaryLoop(op, result) : nullptr;
  }
  if (operands.size() != 3 && operands.size() != 4)
    return nullptr;
  if (within(op, ScalarOp::rescale_fp32_rne, ScalarOp::rescale_tosa_double))
    return rescaleLoop(op, result, operands);
  if (operands.size() != 3)
    return nullptr;
  switch (op) {
  case ScalarOp::select:
    return operands[0] == DType::boolean && operands[1] == result &&
                   operands[2] == result
               ? selectLoop(result)
               : nullptr;
  case ScalarOp::fma:
    return llvm::all_of(operands, [&](DType type) { return type == result; })
               ? fmaLoop(result)
               : nullptr;
  case ScalarOp::quantize:
    return operands[0] == operands[1] && operands[2] == result
               ? quantizeLoop(result, operands[0])
               : nullptr;
  case ScalarOp::dequantize:
    return operands[0] == operands[2] && operands[1] == result
               ? dequantizeLoop(result, operands[0])
               : nullptr;
  default:
    return nullptr;
  }
}
