// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Conversion between element types, as the scalar op `cast` of the primitive
/// set defines it.

#pragma once

#include "core/support/Tensor.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace glowplug {
namespace detail {

template <typename T>
inline constexpr bool isSmallFloat =
    std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>;

/// A double that rounds further as \p magnitude would: bits that do not fit
/// are folded into the last one that does.
constexpr double oddDouble(uint64_t magnitude) {
  if (magnitude >> 53) {
    const uint64_t lost = magnitude & 0x7ff;
    magnitude &= ~uint64_t{0x7ff};
    if (lost)
      magnitude |= 0x800;
  }
  return static_cast<double>(magnitude);
}

/// Toward zero, saturating; NaN gives 0.
template <typename To>
constexpr To saturate(double value) {
  using Limits = std::numeric_limits<To>;
  // 2 to the number of value bits: the first value above the range.
  constexpr double above =
      2.0 * static_cast<double>(uint64_t{1} << (Limits::digits - 1));
  constexpr double lowest = static_cast<double>(Limits::min());
  if (value != value)
    return 0;
  if (value >= above)
    return Limits::max();
  if (value <= lowest)
    return Limits::min();
  return static_cast<To>(value);
}

} // namespace detail

/// To boolean: x != 0, NaN is true. Float to integer: toward zero, saturates,
/// NaN gives 0. Integer to integer: wraps. To a float: nearest, ties to even,
/// one rounding.
template <typename To, typename From>
constexpr To convert(From value) {
  constexpr bool fromFloat =
      std::is_floating_point_v<From> || detail::isSmallFloat<From>;
  if constexpr (std::is_same_v<To, From>) {
    return value;
  } else if constexpr (std::is_same_v<From, Boolean>) {
    return convert<To>(static_cast<uint8_t>(static_cast<bool>(value)));
  } else if constexpr (std::is_same_v<To, Boolean>) {
    if constexpr (fromFloat)
      return Boolean(static_cast<double>(value) != 0);
    else
      return Boolean(value != 0);
  } else if constexpr (std::is_integral_v<To>) {
    if constexpr (fromFloat)
      return detail::saturate<To>(static_cast<double>(value));
    else
      return static_cast<To>(value);
  } else if constexpr (detail::isSmallFloat<To>) {
    if constexpr (fromFloat) {
      return To(static_cast<double>(value));
    } else {
      const bool negative = value < 0;
      const auto wide = static_cast<
          std::conditional_t<std::is_signed_v<From>, int64_t, uint64_t>>(value);
      const auto magnitude = static_cast<uint64_t>(wide);
      const double exact = detail::oddDouble(negative ? -magnitude : magnitude);
      return To(negative ? -exact : exact);
    }
  } else { // float or double
    if constexpr (detail::isSmallFloat<From>)
      return static_cast<To>(value.toFloat());
    else
      return static_cast<To>(value);
  }
}

} // namespace glowplug
