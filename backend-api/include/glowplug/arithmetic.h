// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The integer arithmetic of the primitive set: what the rescale operations of
/// a program image compute, bit for bit.
///
/// C++17, constexpr and freestanding: the core's interpreter, the simulator and
/// a backend's own tests include the same lines. Everything here is defined for
/// every input, and is free of state and safe on any thread.
///
/// A *recipe* brings an exact 32-bit sum back to a narrow integer:
///  - fp32_rne: a single-precision multiplication, as the QLinear operators of
///    ONNX Runtime do it;
///  - tosa_single, tosa_double: a 32-bit integer multiplier and a right shift,
///    rounded once or twice, as apply_scale_32 of the TOSA specification.
///
/// Single precision means IEEE 754 binary32 without contraction and without
/// wider intermediates (FLT_EVAL_METHOD 0), in the default rounding mode.

#pragma once

#include <cstdint>

namespace glowplug::arithmetic {

/// The range that a result is clamped to, both ends included.
struct Range {
  std::int32_t low, high;
};

/// The range of an integer of \p bits, 8, 16 or 32, signed or not. An unsigned
/// one of 32 bits does not fit.
constexpr Range rangeOf(int bits, bool isSigned) {
  if (bits == 32)
    return {INT32_MIN, INT32_MAX};
  return isSigned ? Range{-(1 << (bits - 1)), (1 << (bits - 1)) - 1}
                  : Range{0, (1 << bits) - 1};
}

/// \p value to the nearest integer, ties to even, for |value| <= 2^22. Adding
/// 1.5 * 2^23 leaves no bits for a fraction.
constexpr float roundEven(float value) {
  constexpr float magic = 12582912.0f;
  return (value + magic) - magic;
}

/// fp32_rne: round_even(clamp(float(sum) * scale)) + zeroPoint.
///
/// \p sum rounds to single precision first (it may need over 24 bits), and the
/// clamp comes before the rounding. A NaN product counts as 0. \p zeroPoint
/// lies in \p range, and \p range within 16 bits, signed or not. Source: MLAS,
/// MlasRequantizeOutput of ONNX Runtime.
constexpr std::int32_t rescaleFp32Rne(std::int32_t sum, float scale,
                                      std::int32_t zeroPoint, Range range) {
  float scaled = static_cast<float>(sum) * scale;
  const float low = static_cast<float>(range.low - zeroPoint);
  const float high = static_cast<float>(range.high - zeroPoint);
  if (scaled != scaled)
    scaled = 0.0f;
  scaled = scaled < low ? low : scaled > high ? high : scaled;
  return static_cast<std::int32_t>(roundEven(scaled)) + zeroPoint;
}

/// The shifts that the integer recipes take.
inline constexpr int leastShift = 2, mostShift = 62;

/// apply_scale_32: value * multiplier / 2^shift, rounded half up. Where \p
/// twice and shift > 31, half of the last bit of the upper product is added
/// first, away from 0. A shift outside of 2..62 counts as the nearer end. The
/// result is not narrowed.
constexpr std::int64_t applyScale32(std::int32_t value, std::int32_t multiplier,
                                    int shift, bool twice) {
  shift = shift < leastShift  ? leastShift
          : shift > mostShift ? mostShift
                              : shift;
  std::int64_t round = std::int64_t(1) << (shift - 1);
  if (twice && shift > 31)
    round += value >= 0 ? std::int64_t(1) << 30 : -(std::int64_t(1) << 30);
  // |product| <= 2^62 and round < 2^62: the sum fits.
  return (std::int64_t(value) * multiplier + round) >> shift;
}

/// clamp(value + zeroPoint), where \p value has up to 62 bits.
constexpr std::int32_t offsetAndClamp(std::int64_t value,
                                      std::int32_t zeroPoint, Range range) {
  const std::int64_t moved = value + zeroPoint;
  return static_cast<std::int32_t>(moved < range.low    ? range.low
                                   : moved > range.high ? range.high
                                                        : moved);
}

/// tosa_single: one rounding, half up.
constexpr std::int32_t rescaleTosaSingle(std::int32_t sum,
                                         std::int32_t multiplier, int shift,
                                         std::int32_t zeroPoint, Range range) {
  return offsetAndClamp(applyScale32(sum, multiplier, shift, false), zeroPoint,
                        range);
}

/// tosa_double: two roundings, the first half away from 0.
constexpr std::int32_t rescaleTosaDouble(std::int32_t sum,
                                         std::int32_t multiplier, int shift,
                                         std::int32_t zeroPoint, Range range) {
  return offsetAndClamp(applyScale32(sum, multiplier, shift, true), zeroPoint,
                        range);
}

/// A scale as the integer recipes take it: multiplier * 2^-shift.
struct IntegerScale {
  std::int32_t multiplier;
  int shift;
};

/// The nearest integer scale to \p scale: the multiplier has 31 bits, 2^30 to
/// 2^31 - 1, unless the shift reaches an end of its range: a scale below
/// 2^-32 loses bits and becomes 0 in the end, and one of 2^29 or more becomes
/// the largest. NaN and negative scales count as 0.
constexpr IntegerScale integerScale(double scale) {
  if (!(scale > 0))
    return {0, mostShift};
  // scale = fraction * 2^exponent with 0.5 <= fraction < 1, without <cmath>.
  int exponent = 0;
  double fraction = scale;
  for (; fraction >= 1 && exponent < 64; ++exponent)
    fraction /= 2;
  for (; fraction < 0.5 && exponent > -128; --exponent)
    fraction *= 2;
  int shift = 31 - exponent;
  for (; shift > mostShift; --shift)
    fraction /= 2;
  if (shift < leastShift)
    return {INT32_MAX, leastShift};
  const double exact = fraction * 2147483648.0; // below 2^31
  auto multiplier = static_cast<std::int64_t>(exact);
  const double rest = exact - static_cast<double>(multiplier);
  if (rest > 0.5 || (rest == 0.5 && multiplier % 2 != 0))
    ++multiplier;
  if (multiplier == std::int64_t(1) << 31) {
    if (shift == leastShift)
      return {INT32_MAX, leastShift};
    multiplier /= 2;
    --shift;
  }
  return {static_cast<std::int32_t>(multiplier), shift};
}

} // namespace glowplug::arithmetic
