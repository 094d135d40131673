// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Limits of scalar ops.

#include "core/conformance/rules/ScalarLimit.h"

#include <algorithm>
#include <cmath>

namespace glowplug::conformance {

using image::ScalarOp;

/// In units in the last place of an f32; negative for an exact op.
static double unitsOf(ScalarOp op, double x) {
  switch (op) {
  case ScalarOp::add:
  case ScalarOp::sub:
  case ScalarOp::mul:
  case ScalarOp::fma:
  case ScalarOp::cast:
  case ScalarOp::dequantize:
    return 0.5;
  case ScalarOp::div:
    return 2.5;
  case ScalarOp::sqrt:
    return 3;
  case ScalarOp::exp:
  case ScalarOp::sinh:
  case ScalarOp::cosh:
    return 3 + std::fabs(x);
  case ScalarOp::log:
  case ScalarOp::log1p:
    return 3;
  case ScalarOp::sin:
  case ScalarOp::cos:
    return 4;
  case ScalarOp::tan:
  case ScalarOp::asin:
  case ScalarOp::acos:
  case ScalarOp::atan:
  case ScalarOp::tanh:
  case ScalarOp::asinh:
  case ScalarOp::acosh:
  case ScalarOp::atanh:
  case ScalarOp::erf:
    return 5;
  case ScalarOp::pow:
    return 16;
  default:
    return -1;
  }
}

double scalarLimit(ScalarOp op, DType type, double x, double exact) {
  const FloatFormat &format = formatOf(type);
  double units = unitsOf(op, std::isfinite(x) ? x : 0);
  if (units < 0 || !std::isfinite(exact))
    return 0;
  if (units == 0.5)
    return format.holds(exact) ? 0 : format.ulp(exact) / 2;
  if (isHalf(type))
    units = std::min(units, 1.0);
  double size = exact;
  // Near its zero a logarithm is as exact as its argument; log1p is there for
  // those that are more.
  if (op == ScalarOp::log)
    size = std::max(std::fabs(exact), 0.5);
  double limit = units * format.ulp(size);
  if ((op == ScalarOp::sin || op == ScalarOp::cos) && std::fabs(x) > 8192)
    limit = std::max(limit, std::ldexp(std::fabs(x), -11));
  return limit;
}

} // namespace glowplug::conformance
