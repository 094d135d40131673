// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Figures of the float types.

#include "core/conformance/rules/FloatFormat.h"

#include "llvm/Support/ErrorHandling.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace glowplug::conformance {

double FloatFormat::leastNormal() const {
  return std::ldexp(1.0, leastExponent);
}

double FloatFormat::ulp(double value) const {
  if (!std::isfinite(value))
    return 0;
  int exponent = leastExponent;
  if (value != 0)
    exponent = std::max(exponent, std::ilogb(value));
  return std::ldexp(1.0, exponent - fractionBits);
}

bool FloatFormat::holds(double value) const {
  if (!std::isfinite(value))
    return true;
  if (std::fabs(value) > largest)
    return false;
  const double units = value / ulp(value); // exact: a power of two
  return units == std::trunc(units);
}

double FloatFormat::overflow(double value) const {
  if (std::fabs(value) <= largest || std::isnan(value))
    return value;
  // Half of the last unit still rounds down to the largest number.
  if (std::fabs(value) < largest + ulp(largest) / 2)
    return std::copysign(largest, value);
  return std::copysign(std::numeric_limits<double>::infinity(), value);
}

const FloatFormat &formatOf(DType type) {
  static const FloatFormat f16 = {10, -14, 65504};
  static const FloatFormat bf16 = {7, -126, 0x1.fep127};
  static const FloatFormat f32 = {23, -126, std::numeric_limits<float>::max()};
  static const FloatFormat f64 = {52, -1022,
                                  std::numeric_limits<double>::max()};
  switch (type) {
  case DType::f16:
    return f16;
  case DType::bf16:
    return bf16;
  case DType::f32:
    return f32;
  case DType::f64:
    return f64;
  default:
    llvm_unreachable("not a float");
  }
}

} // namespace glowplug::conformance
