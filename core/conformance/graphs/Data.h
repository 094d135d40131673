// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Numbers that are fed to models.

#pragma once

#include "core/support/Random.h"
#include "core/support/Tensor.h"

namespace glowplug::graphs {

/// What numbers a tensor holds.
struct Fill {
  enum class Kind : uint8_t {
    any,      ///< One of many distributions, by chance.
    between,  ///< `low` to `high`; integers for integer types.
    positive, ///< Floats in (0.05, 2].
  };
  Kind kind = Kind::any;
  double low = 0, high = 0;

  static Fill between(double low, double high) {
    return {Kind::between, low, high};
  }
  static Fill positive() { return {Kind::positive}; }
};

/// What else a case allows.
struct DataStyle {
  /// Infinities, NaN, zeros of both signs and subnormal numbers among floats,
  /// the extremes of a type among integers.
  bool special = false;
  /// Integers of more than 8 bits are small, so that sums do not overflow; no
  /// infinities and NaN, which ONNX Runtime's extremes pass by; no tensors of
  /// one number, whose normalisation is nothing but rounding errors.
  bool tame = false;
  /// Also the largest finite floats, whose sums overflow.
  bool extreme = false;
};

Tensor makeData(Random &random, DType type, llvm::ArrayRef<int64_t> shape,
                const Fill &fill, const DataStyle &style);

} // namespace glowplug::graphs
