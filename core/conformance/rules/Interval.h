// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What one element may be.

#pragma once

#include <cstdint>
#include <limits>

namespace glowplug::conformance {

/// Whether an element is a NaN.
enum class NanState : uint8_t { never, maybe, always };

/// All numbers from low to high, and maybe NaN. Integers, booleans as 0 and 1,
/// are rounded to doubles beyond 2^53, which their users avoid.
struct Interval {
  double low = 0, high = 0;
  NanState nan = NanState::never;

  static Interval point(double value) {
    if (value != value)
      return {0, 0, NanState::always};
    return {value, value, NanState::never};
  }
  /// Says nothing.
  static Interval anything() {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    return {-infinity, infinity, NanState::maybe};
  }
  bool isPoint() const { return low == high && nan == NanState::never; }
  bool operator==(const Interval &) const = default;
};

} // namespace glowplug::conformance
