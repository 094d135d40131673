// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What comes after the exact sum of an anchor: bias, rescale, limits.

#pragma once

#include "core/quantize/islands/Follow.h"

namespace glowplug::islands {

/// An average over a window of quantised elements.
struct Average {
  Numbers count;        ///< What a sum is divided by.
  QuantParams elements; ///< Uniform.
};

/// An exact sum of products or elements.
struct Sum {
  mlir::Value value;             ///< i32.
  Numbers unit;                  ///< The real number of 1, f32.
  std::optional<Numbers> offset; ///< Integers to be added.
  double most = 0;               ///< No magnitude of value + offset is larger.
  /// Whether the zero point of the output is added before rounding.
  bool roundsLast = false;
  /// Set for the sums of an average pool, which has a formula.
  std::optional<Average> average;
};

/// The largest magnitude that a sum may have, bias included.
inline constexpr double mostSum = 2147483647.0;

/// A map that gives the result of \p tail: integers if it has an output, else
/// f32. The unit already includes the factor of the tail.
mlir::Value finish(prim::PrimBuilder &builder, const Sum &sum,
                   const Tail &tail);

/// \p integer within the limits of \p tail, which are uniform numbers.
mlir::Value limitIntegers(prim::ScalarBuilder &scalars, mlir::Value integer,
                          const Tail &tail);

} // namespace glowplug::islands
