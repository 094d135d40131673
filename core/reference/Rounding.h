// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Functions of the C library, rounded once to the type of a scalar.
///
/// Libraries and processors agree on such functions only up to a few units in
/// the last place of double. That decides the rounding to a narrower type when
/// the value lies next to a tie between two numbers. Those rare values are
/// computed again in long double, so that results of narrower types are the
/// same everywhere.

#pragma once

#include "core/support/Convert.h"

#include <bit>
#include <cmath>

namespace glowplug::reference {

/// nearest + lost, where \p nearest is the double nearest to the sum; the last
/// bit is made odd unless the sum is exact, so that rounding the result to a
/// narrower type rounds the sum itself.
template <typename T>
double roundToOdd(double nearest, T lost) {
  if (lost == 0 || !std::isfinite(nearest))
    return nearest;
  auto bits = std::bit_cast<uint64_t>(nearest);
  // Toward zero first: what is lost then has the sign of the value.
  if ((lost < 0) != (nearest < 0))
    --bits;
  return std::bit_cast<double>(bits | 1);
}

/// Likewise for \p value.
inline double roundToOdd(long double value) {
  const auto nearest = static_cast<double>(value);
  return roundToOdd(nearest, value - static_cast<long double>(nearest));
}

/// True if every double within four units in the last place of \p value rounds
/// to the same T.
template <typename T>
bool roundsSafely(double value) {
  const double low = value * (1 - 0x1p-50);
  const double high = value * (1 + 0x1p-50);
  if constexpr (std::is_same_v<T, float>)
    return static_cast<float>(low) == static_cast<float>(high);
  else
    return T(low).bits == T(high).bits;
}

/// \p inDouble rounded to T; \p inLongDouble is the same function, called where
/// a double is not enough to decide.
template <typename T, typename InDouble, typename InLongDouble>
T roundOnce(InDouble inDouble, InLongDouble inLongDouble) {
  const double value = inDouble();
  if constexpr (std::is_same_v<T, double>) {
    return value;
  } else {
    if (std::isnan(value) || roundsSafely<T>(value))
      return convert<T>(value);
    return convert<T>(roundToOdd(inLongDouble()));
  }
}

} // namespace glowplug::reference
