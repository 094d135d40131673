// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The two 16-bit floating-point formats, converted to and from wider types
/// with one rounding (to nearest, ties to even).

#pragma once

#include <bit>
#include <cstdint>

namespace glowplug {
namespace detail {

/// Rounds \p value to a format with \p exponentBits and \p mantissaBits and
/// returns its bits. Overflow gives infinity. A NaN stays a quiet NaN with
/// its sign and the top of its payload.
template <unsigned exponentBits, unsigned mantissaBits>
constexpr uint16_t narrowFloat(double value) {
  constexpr int bias = (1 << (exponentBits - 1)) - 1;
  constexpr uint16_t infinity = ((1u << exponentBits) - 1) << mantissaBits;
  const auto bits = std::bit_cast<uint64_t>(value);
  const auto sign =
      static_cast<uint16_t>(bits >> 63 << (exponentBits + mantissaBits));
  const int exponent = static_cast<int>(bits >> 52 & 0x7ff);
  uint64_t mantissa = bits & ((uint64_t{1} << 52) - 1);
  if (exponent == 0x7ff) {
    if (mantissa == 0)
      return sign | infinity;
    return static_cast<uint16_t>(sign | infinity | 1u << (mantissaBits - 1) |
                                 mantissa >> (52 - mantissaBits));
  }

  // The result is `mantissa >> shift` in units of its last place. Below the
  // smallest normal number the unit stays and the shift grows.
  const int target = exponent - 1023 + bias;
  int shift = 52 - static_cast<int>(mantissaBits);
  uint64_t result = 0;
  if (target >= 1) {
    result = static_cast<uint64_t>(target) << mantissaBits;
  } else {
    if (exponent != 0)
      mantissa |= uint64_t{1} << 52;
    shift += 1 - target;
    if (shift > 54) // less than half of the smallest number
      return sign;
  }
  result += mantissa >> shift;
  const uint64_t rest = mantissa & ((uint64_t{1} << shift) - 1);
  const uint64_t half = uint64_t{1} << (shift - 1);
  // A carry out of the mantissa rightly runs into the exponent.
  if (rest > half || (rest == half && (result & 1)))
    ++result;
  if (result >= infinity)
    result = infinity;
  return static_cast<uint16_t>(sign | result);
}

} // namespace detail

/// IEEE 754 binary16: 5 exponent bits, 10 mantissa bits.
struct Half {
  uint16_t bits = 0;

  constexpr Half() = default;
  explicit constexpr Half(double value)
      : bits(detail::narrowFloat<5, 10>(value)) {}
  static constexpr Half fromBits(uint16_t bits) {
    Half half;
    half.bits = bits;
    return half;
  }

  /// Exact.
  constexpr float toFloat() const {
    const uint32_t sign = static_cast<uint32_t>(bits & 0x8000) << 16;
    const uint32_t magnitude = bits & 0x7fff;
    if (magnitude >= 0x7c00) // infinity and NaN
      return std::bit_cast<float>(sign | 0x7f800000 | magnitude << 13);
    if (magnitude >= 0x0400)
      return std::bit_cast<float>(sign | ((magnitude << 13) + 0x38000000));
    const float small = static_cast<float>(magnitude) * 0x1p-24f;
    return sign ? -small : small;
  }
  explicit constexpr operator double() const { return toFloat(); }
};

/// The upper half of an IEEE 754 binary32: 8 exponent bits, 7 mantissa bits.
struct BFloat16 {
  uint16_t bits = 0;

  constexpr BFloat16() = default;
  explicit constexpr BFloat16(double value)
      : bits(detail::narrowFloat<8, 7>(value)) {}
  static constexpr BFloat16 fromBits(uint16_t bits) {
    BFloat16 bfloat;
    bfloat.bits = bits;
    return bfloat;
  }

  /// Exact.
  constexpr float toFloat() const {
    return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
  }
  explicit constexpr operator double() const { return toFloat(); }
};

} // namespace glowplug
