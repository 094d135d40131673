// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Type rules of the primitive set.

#include "core/prim/Prim.h"

using namespace glowplug;
using namespace mlir;

Type prim::accumulatorType(Type type) {
  if (type.isF16() || type.isBF16())
    return Float32Type::get(type.getContext());
  if (auto integer = dyn_cast<IntegerType>(type))
    if (integer.getWidth() == 8 || integer.getWidth() == 16)
      return IntegerType::get(type.getContext(), 32);
  return type;
}

Type prim::plainResultType(Type type) {
  return isa<FloatType>(type) ? type : accumulatorType(type);
}

unsigned prim::arity(ScalarKind kind) {
  switch (kind) {
  case ScalarKind::constant:
    return 0;
  case ScalarKind::neg:
  case ScalarKind::abs:
  case ScalarKind::sign:
  case ScalarKind::floor:
  case ScalarKind::ceil:
  case ScalarKind::trunc:
  case ScalarKind::round_even:
  case ScalarKind::sqrt:
  case ScalarKind::exp:
  case ScalarKind::log:
  case ScalarKind::erf:
  case ScalarKind::sin:
  case ScalarKind::cos:
  case ScalarKind::tan:
  case ScalarKind::asin:
  case ScalarKind::acos:
  case ScalarKind::atan:
  case ScalarKind::sinh:
  case ScalarKind::cosh:
  case ScalarKind::tanh:
  case ScalarKind::asinh:
  case ScalarKind::acosh:
  case ScalarKind::atanh:
  case ScalarKind::invert:
  case ScalarKind::is_nan:
  case ScalarKind::is_inf:
  case ScalarKind::cast:
  case ScalarKind::table:
    return 1;
  case ScalarKind::add:
  case ScalarKind::sub:
  case ScalarKind::mul:
  case ScalarKind::div:
  case ScalarKind::rem:
  case ScalarKind::pow:
  case ScalarKind::min:
  case ScalarKind::max:
  case ScalarKind::bit_and:
  case ScalarKind::bit_or:
  case ScalarKind::bit_xor:
  case ScalarKind::shift_left:
  case ScalarKind::shift_right:
  case ScalarKind::eq:
  case ScalarKind::ne:
  case ScalarKind::lt:
  case ScalarKind::le:
  case ScalarKind::gt:
  case ScalarKind::ge:
    return 2;
  case ScalarKind::select:
  case ScalarKind::fma:
  case ScalarKind::quantize:
  case ScalarKind::dequantize:
  case ScalarKind::rescale_fp32_rne:
    return 3;
  case ScalarKind::rescale_tosa_single:
  case ScalarKind::rescale_tosa_double:
    return 4;
  }
  llvm_unreachable("unknown scalar kind");
}

bool prim::acceptsType(ScalarKind kind, Type type) {
  const bool isBool = type.isInteger(1);
  const bool isFloat = isa<FloatType>(type);
  const bool isInteger = isa<IntegerType>(type) && !isBool;
  switch (kind) {
  case ScalarKind::constant:
  case ScalarKind::cast:
  case ScalarKind::select:
  case ScalarKind::eq:
  case ScalarKind::ne:
    return true;
  case ScalarKind::neg:
  case ScalarKind::abs:
  case ScalarKind::sign:
  case ScalarKind::add:
  case ScalarKind::sub:
  case ScalarKind::mul:
  case ScalarKind::div:
  case ScalarKind::rem:
  case ScalarKind::pow:
  case ScalarKind::min:
  case ScalarKind::max:
  case ScalarKind::lt:
  case ScalarKind::le:
  case ScalarKind::gt:
  case ScalarKind::ge:
    return !isBool;
  case ScalarKind::invert:
  case ScalarKind::bit_and:
  case ScalarKind::bit_or:
  case ScalarKind::bit_xor:
    return !isFloat;
  case ScalarKind::shift_left:
  case ScalarKind::shift_right:
    return isInteger;
  default:
    return isFloat;
  }
}
