/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * The integer arithmetic of the primitive set: what the rescale operations of
 * a program image compute, bit for bit.
 *
 * C11 and C++, constexpr from C++14 on, and freestanding: the core's
 * interpreter, the simulator, a device's firmware and a backend's own tests
 * include the same lines. Everything here is defined for every input, and is
 * free of state and safe on any thread. In C++17, the namespace
 * glowplug::arithmetic has all of it under names in the style of C++.
 *
 * A *recipe* brings an exact 32-bit sum back to a narrow integer:
 *  - fp32_rne: a single-precision multiplication, as the QLinear operators of
 *    ONNX Runtime do it;
 *  - tosa_single, tosa_double: a 32-bit integer multiplier and a right shift,
 *    rounded once or twice, as apply_scale_32 of the TOSA specification.
 *
 * Single precision means IEEE 754 binary32 without contraction and without
 * wider intermediates (FLT_EVAL_METHOD 0), in the default rounding mode.
 */
#ifndef GLOWPLUG_ARITHMETIC_H
#define GLOWPLUG_ARITHMETIC_H

#include <stdint.h>
#ifdef __cplusplus
#include <cstdint>
#endif

#if defined(__cplusplus) && __cplusplus >= 201402L
#define GP_ARITHMETIC constexpr
#else
#define GP_ARITHMETIC static inline
#endif

/** The range that a result is clamped to, both ends included. */
typedef struct gp_range {
  int32_t low, high;
} gp_range;

/** The range of an integer of \p bits, 8, 16 or 32, signed or not. An unsigned
 * one of 32 bits does not fit. */
GP_ARITHMETIC gp_range gp_range_of(int bits, int is_signed) {
  gp_range range = {INT32_MIN, INT32_MAX};
  if (bits != 32) {
    range.low = is_signed ? -((int32_t)1 << (bits - 1)) : 0;
    range.high = ((int32_t)1 << (is_signed ? bits - 1 : bits)) - 1;
  }
  return range;
}

/** \p value to the nearest integer, ties to even, for |value| <= 2^22. Adding
 * 1.5 * 2^23 leaves no bits for a fraction. */
GP_ARITHMETIC float gp_round_even(float value) {
  const float magic = 12582912.0f;
  return (value + magic) - magic;
}

/**
 * fp32_rne: round_even(clamp(float(sum) * scale)) + zero_point.
 *
 * \p sum rounds to single precision first (it may need over 24 bits), and the
 * clamp comes before the rounding. A NaN product counts as 0. \p zero_point
 * lies in \p range, and \p range within 16 bits, signed or not. Source: MLAS,
 * MlasRequantizeOutput of ONNX Runtime.
 */
GP_ARITHMETIC int32_t gp_rescale_fp32_rne(int32_t sum, float scale,
                                          int32_t zero_point, gp_range range) {
  const float low = (float)(range.low - zero_point);
  const float high = (float)(range.high - zero_point);
  float scaled = (float)sum * scale;
  if (scaled != scaled)
    scaled = 0.0f;
  scaled = gp_round_even(scaled < low ? low : scaled > high ? high : scaled);
  return (int32_t)scaled + zero_point;
}

/** The shifts that the integer recipes take. */
enum { gp_least_shift = 2, gp_most_shift = 62 };

/**
 * apply_scale_32: value * multiplier / 2^shift, rounded half up. Where \p
 * twice and shift > 31, half of the last bit of the upper product is added
 * first, away from 0. A shift outside of 2..62 counts as the nearer end. The
 * result is not narrowed.
 */
GP_ARITHMETIC int64_t gp_apply_scale_32(int32_t value, int32_t multiplier,
                                        int shift, int twice) {
  int64_t round = 0;
  shift = shift < gp_least_shift  ? (int)gp_least_shift
          : shift > gp_most_shift ? (int)gp_most_shift
                                  : shift;
  round = (int64_t)1 << (shift - 1);
  if (twice && shift > 31)
    round += value >= 0 ? (int64_t)1 << 30 : -((int64_t)1 << 30);
  /* |product| <= 2^62 and round < 2^62: the sum fits. */
  return ((int64_t)value * multiplier + round) >> shift;
}

/** clamp(value + zero_point), where \p value has up to 62 bits. */
GP_ARITHMETIC int32_t gp_offset_and_clamp(int64_t value, int32_t zero_point,
                                          gp_range range) {
  const int64_t moved = value + zero_point;
  return (int32_t)(moved < range.low    ? range.low
                   : moved > range.high ? range.high
                                        : moved);
}

/** tosa_single: one rounding, half up. */
GP_ARITHMETIC int32_t gp_rescale_tosa_single(int32_t sum, int32_t multiplier,
                                             int shift, int32_t zero_point,
                                             gp_range range) {
  return gp_offset_and_clamp(gp_apply_scale_32(sum, multiplier, shift, 0),
                             zero_point, range);
}

/** tosa_double: two roundings, the first half away from 0. */
GP_ARITHMETIC int32_t gp_rescale_tosa_double(int32_t sum, int32_t multiplier,
                                             int shift, int32_t zero_point,
                                             gp_range range) {
  return gp_offset_and_clamp(gp_apply_scale_32(sum, multiplier, shift, 1),
                             zero_point, range);
}

/** A scale as the integer recipes take it: multiplier * 2^-shift. */
typedef struct gp_integer_scale {
  int32_t multiplier;
  int shift;
} gp_integer_scale;

/**
 * The nearest integer scale to \p scale: the multiplier has 31 bits, 2^30 to
 * 2^31 - 1, unless the shift reaches an end of its range: a scale below
 * 2^-32 loses bits and becomes 0 in the end, and one of 2^29 or more becomes
 * the largest. NaN and negative scales count as 0.
 */
GP_ARITHMETIC gp_integer_scale gp_integer_scale_of(double scale) {
  const gp_integer_scale least = {0, gp_most_shift};
  const gp_integer_scale largest = {INT32_MAX, gp_least_shift};
  gp_integer_scale result = {0, 0};
  /* scale = fraction * 2^exponent with 0.5 <= fraction < 1, without <math.h> */
  double fraction = scale, rest = 0;
  int exponent = 0;
  int64_t multiplier = 0;
  if (!(scale > 0))
    return least;
  for (; fraction >= 1 && exponent < 64; ++exponent)
    fraction /= 2;
  for (; fraction < 0.5 && exponent > -128; --exponent)
    fraction *= 2;
  result.shift = 31 - exponent;
  for (; result.shift > gp_most_shift; --result.shift)
    fraction /= 2;
  if (result.shift < gp_least_shift)
    return largest;
  fraction *= 2147483648.0; /* exact; below 2^31 */
  multiplier = (int64_t)fraction;
  rest = fraction - (double)multiplier;
  if (rest > 0.5 || (rest >= 0.5 && multiplier % 2 != 0))
    ++multiplier;
  if (multiplier == (int64_t)1 << 31) {
    if (result.shift == gp_least_shift)
      return largest;
    multiplier /= 2;
    --result.shift;
  }
  result.multiplier = (int32_t)multiplier;
  return result;
}

#undef GP_ARITHMETIC

#if defined(__cplusplus) && __cplusplus >= 201703L
namespace glowplug::arithmetic {

using Range = gp_range;
using IntegerScale = gp_integer_scale;
inline constexpr int leastShift = gp_least_shift, mostShift = gp_most_shift;

constexpr Range rangeOf(int bits, bool isSigned) {
  return gp_range_of(bits, isSigned);
}
constexpr float roundEven(float value) { return gp_round_even(value); }
constexpr std::int32_t rescaleFp32Rne(std::int32_t sum, float scale,
                                      std::int32_t zeroPoint, Range range) {
  return gp_rescale_fp32_rne(sum, scale, zeroPoint, range);
}
constexpr std::int64_t applyScale32(std::int32_t value, std::int32_t multiplier,
                                    int shift, bool twice) {
  return gp_apply_scale_32(value, multiplier, shift, twice);
}
constexpr std::int32_t offsetAndClamp(std::int64_t value,
                                      std::int32_t zeroPoint, Range range) {
  return gp_offset_and_clamp(value, zeroPoint, range);
}
constexpr std::int32_t rescaleTosaSingle(std::int32_t sum,
                                         std::int32_t multiplier, int shift,
                                         std::int32_t zeroPoint, Range range) {
  return gp_rescale_tosa_single(sum, multiplier, shift, zeroPoint, range);
}
constexpr std::int32_t rescaleTosaDouble(std::int32_t sum,
                                         std::int32_t multiplier, int shift,
                                         std::int32_t zeroPoint, Range range) {
  return gp_rescale_tosa_double(sum, multiplier, shift, zeroPoint, range);
}
constexpr IntegerScale integerScale(double scale) {
  return gp_integer_scale_of(scale);
}

} // namespace glowplug::arithmetic
#endif

#endif /* GLOWPLUG_ARITHMETIC_H */
