// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The float types by their figures, and what a backend may lose in them.

#pragma once

#include "core/support/DType.h"

#include <cstdint>

namespace glowplug::conformance {

/// A binary float type.
struct FloatFormat {
  int fractionBits;  ///< Stored ones: 23 for f32.
  int leastExponent; ///< Of a normal number: -126 for f32.
  double largest;    ///< Finite number.

  double leastNormal() const;
  /// The distance of neighbours near \p value; of subnormals that of the
  /// smallest ones.
  double ulp(double value) const;
  /// Whether \p value is a number of this type, infinities included.
  bool holds(double value) const;
  /// \p value, or infinity if rounding makes it so.
  double overflow(double value) const;
};

/// \p type is a float.
const FloatFormat &formatOf(DType type);

/// How a backend computes with floats, as its manifest says. Sums of products
/// of strict ones have the full precision of the type.
struct FloatPromise {
  enum class Products : uint8_t {
    strict,
    declared, ///< Operands and sums have fewer bits, as the figures say.
  };
  Products products = Products::strict;
  unsigned operandBits = 0; ///< Fraction bits, if declared.
  unsigned sumBits = 0;     ///< Likewise.
  /// Subnormal operands and results may count as 0.
  bool flushesSubnormals = false;
};

} // namespace glowplug::conformance
