// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The integer recipes against oracles that use integers only: every rounding
// is written out, so that neither the header's code nor the machine's floating
// point is trusted. A change of any rounding, clamp or shift fails here.

#include <glowplug/arithmetic.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cfloat>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

using namespace glowplug::arithmetic;

namespace {

__extension__ using Int128 = __int128;

constexpr float inf = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

// ---- Oracles ---------------------------------------------------------------

/// magnitude * 2^exponent, and a sign.
struct Exact {
  bool isNegative;
  uint64_t magnitude;
  int exponent;
};

/// magnitude / 2^drop to the nearest integer, ties to even.
uint64_t dropBits(uint64_t magnitude, int drop) {
  if (drop <= 0)
    return magnitude;
  if (drop > 64)
    return 0;
  const auto wide = static_cast<unsigned __int128>(magnitude);
  const auto quotient = static_cast<uint64_t>(wide >> drop);
  const unsigned __int128 twice = (wide - (wide >> drop << drop)) * 2;
  const unsigned __int128 unit = static_cast<unsigned __int128>(1) << drop;
  return quotient + (twice > unit || (twice == unit && quotient % 2 == 1));
}

int widthOf(uint64_t magnitude) {
  return static_cast<int>(std::bit_width(magnitude));
}

/// \p value as binary32 holds it; infinity has a huge exponent.
Exact toFloat(Exact value) {
  const int width = widthOf(value.magnitude);
  const int drop = std::max({width - 24, -149 - value.exponent, 0});
  Exact result{value.isNegative, dropBits(value.magnitude, drop),
               value.exponent + drop};
  if (widthOf(result.magnitude) + result.exponent > 128)
    result = {value.isNegative, 1, 1000};
  return result;
}

/// The finite \p value, from its bits.
Exact decode(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const uint32_t fraction = bits & 0x7fffff, exponent = bits >> 23 & 0xff;
  return {bits >> 31 != 0, exponent == 0 ? fraction : fraction | 0x800000,
          (exponent == 0 ? 1 : static_cast<int>(exponent)) - 150};
}

int32_t clampTo(Int128 value, Range range) {
  return static_cast<int32_t>(value < range.low    ? range.low
                              : value > range.high ? range.high
                                                   : value);
}

int32_t oracleFp32Rne(int32_t sum, float scale, int32_t zeroPoint,
                      Range range) {
  const bool isInfinite = std::isinf(scale);
  if (std::isnan(scale) || (isInfinite && sum == 0))
    return zeroPoint;
  Exact product = toFloat(
      {sum < 0, static_cast<uint64_t>(std::abs(static_cast<int64_t>(sum))), 0});
  const Exact factor =
      isInfinite ? Exact{std::signbit(scale), 1, 1000} : decode(scale);
  product = toFloat({product.isNegative != factor.isNegative,
                     product.magnitude * factor.magnitude,
                     product.exponent + factor.exponent});
  // A clamp to integers before a rounding is one after it.
  Int128 rounded;
  if (product.exponent >= 0)
    rounded = product.magnitude == 0 ? 0
              : product.exponent > 40
                  ? Int128{1} << 100
                  : Int128{product.magnitude} << product.exponent;
  else
    rounded = Int128{dropBits(product.magnitude, -product.exponent)};
  return clampTo((product.isNegative ? -rounded : rounded) + zeroPoint, range);
}

/// The greatest integer that is not above a / 2^shift.
Int128 floorDivide(Int128 a, int shift) {
  const Int128 unit = Int128{1} << shift;
  const Int128 quotient = a / unit;
  return a % unit < 0 ? quotient - 1 : quotient;
}

Int128 oracleScale(int32_t value, int32_t multiplier, int shift, bool twice) {
  shift = std::min(std::max(shift, 2), 62);
  const Int128 product = Int128{value} * multiplier;
  Int128 half = Int128{1} << (shift - 1);
  if (twice && shift >= 32)
    half += value < 0 ? -(1 << 30) : 1 << 30;
  return floorDivide(product + half, shift);
}

// ---- Helpers ---------------------------------------------------------------

const std::array ranges = {rangeOf(8, true), rangeOf(8, false),
                           rangeOf(16, true), rangeOf(16, false)};

void expectFp32Rne(int32_t sum, float scale, int32_t zeroPoint, Range range) {
  ASSERT_EQ(rescaleFp32Rne(sum, scale, zeroPoint, range),
            oracleFp32Rne(sum, scale, zeroPoint, range))
      << "sum " << sum << ", scale " << scale << ", zero point " << zeroPoint
      << ", range " << range.low << ".." << range.high;
}

void expectTosa(int32_t sum, int32_t multiplier, int shift, int32_t zeroPoint,
                Range range) {
  for (bool twice : {false, true}) {
    const Int128 scaled = oracleScale(sum, multiplier, shift, twice);
    ASSERT_EQ(applyScale32(sum, multiplier, shift, twice),
              static_cast<int64_t>(scaled))
        << "sum " << sum << ", multiplier " << multiplier << ", shift " << shift
        << (twice ? ", twice" : ", once");
    ASSERT_EQ(twice
                  ? rescaleTosaDouble(sum, multiplier, shift, zeroPoint, range)
                  : rescaleTosaSingle(sum, multiplier, shift, zeroPoint, range),
              clampTo(scaled + zeroPoint, range))
        << "sum " << sum << ", multiplier " << multiplier << ", shift " << shift
        << ", zero point " << zeroPoint << ", range " << range.low << ".."
        << range.high << (twice ? ", twice" : ", once");
  }
}

// ---- Tests -----------------------------------------------------------------

TEST(ArithmeticTest, IsConstexpr) {
  static_assert(rescaleFp32Rne(5, 0.5f, 0, {-128, 127}) == 2);
  static_assert(rescaleTosaSingle(5, 1 << 30, 31, 0, {-128, 127}) == 3);
  static_assert(rescaleTosaDouble(-5, 1 << 30, 31, 0, {-128, 127}) == -2);
  static_assert(integerScale(0.5).multiplier == 1 << 30);
  static_assert(integerScale(0.5).shift == 31);
  static_assert(rangeOf(8, false).high == 255);
  static_assert(rangeOf(16, true).low == -32768);
}

// Written down by hand, so that the oracles are held to something as well.
TEST(ArithmeticTest, KnownValues) {
  const Range i8 = rangeOf(8, true), u8 = rangeOf(8, false);
  EXPECT_EQ(rescaleFp32Rne(3, 0.5f, 0, i8), 2);
  EXPECT_EQ(rescaleFp32Rne(-3, 0.5f, 0, i8), -2);
  EXPECT_EQ(rescaleFp32Rne(1, 0.5f, 128, u8), 128);
  // The tie is decided before the zero point is added.
  EXPECT_EQ(rescaleFp32Rne(1, 0.5f, 1, i8), 1);
  EXPECT_EQ(rescaleFp32Rne(1000, 1, -5, i8), 127);
  // 2^24 + 1 is a tie between two floats, and goes down.
  EXPECT_EQ(rescaleFp32Rne((1 << 24) + 1, 0x1p-20f, 0, i8), 16);
  EXPECT_EQ(rescaleFp32Rne((1 << 25) + 2, 0x1.000002p-26f, 0, i8), 1);
  EXPECT_EQ(rescaleFp32Rne(7, nan, 3, i8), 3);
  EXPECT_EQ(rescaleFp32Rne(0, inf, 3, i8), 3);
  EXPECT_EQ(rescaleFp32Rne(-1, inf, 3, i8), -128);
  EXPECT_EQ(rescaleFp32Rne(-1, -inf, 3, u8), 255);

  EXPECT_EQ(applyScale32(-3, 1 << 30, 31, false), -1); // half up
  EXPECT_EQ(applyScale32(3, 1 << 30, 31, false), 2);
  // The first rounding: just below a tie, and its mirror image.
  EXPECT_EQ(applyScale32(1, (1 << 30) - 1, 32, false), 0);
  EXPECT_EQ(applyScale32(1, INT32_MAX, 32, false), 0);
  EXPECT_EQ(applyScale32(1, INT32_MAX, 32, true), 1);
  EXPECT_EQ(applyScale32(-1, INT32_MAX, 32, true), -1);
  EXPECT_EQ(applyScale32(-1, INT32_MAX, 32, false), 0);
  EXPECT_EQ(applyScale32(INT32_MIN, INT32_MIN, 62, true), 1);
  EXPECT_EQ(applyScale32(9, 4, 0, true), 9); // as shift 2
  EXPECT_EQ(applyScale32(1, 4, 99, false), 0);
}

// Every zero point and every narrow type, over sums that pass both ends of
// the range and hold a tie each second step.
TEST(ArithmeticTest, AllZeroPointsOf8Bits) {
  for (Range range : {ranges[0], ranges[1]})
    for (int32_t zeroPoint = range.low; zeroPoint <= range.high; ++zeroPoint)
      for (int32_t sum = -600; sum <= 600; ++sum) {
        expectFp32Rne(sum, 0.5f, zeroPoint, range);
        expectFp32Rne(sum, -1.5f, zeroPoint, range);
        expectTosa(sum, 1 << 30, 31, zeroPoint, range);
        expectTosa(sum, -(3 << 28), 31, zeroPoint, range);
        if (HasFatalFailure())
          return;
      }
}

TEST(ArithmeticTest, Corners) {
  std::vector<int32_t> sums = {0, INT32_MIN, INT32_MAX};
  for (int bit = 0; bit < 31; ++bit)
    for (int offset : {-1, 0, 1, 3})
      for (int sign : {-1, 1})
        sums.push_back(sign * ((1 << bit) + offset));
  std::vector<float> scales = {0.0f, inf, nan, FLT_MAX, FLT_MIN, 0x1p-149f};
  for (int exponent = -40; exponent <= 20; ++exponent)
    for (float fraction : {1.0f, 0x1.000002p0f, 1.5f, 0x1.fffffep0f})
      scales.push_back(std::ldexp(fraction, exponent));
  for (size_t i = 0, count = scales.size(); i < count; ++i)
    scales.push_back(-scales[i]);
  std::vector<int32_t> multipliers = {0, INT32_MIN, INT32_MAX};
  for (int bit = 0; bit < 31; ++bit)
    for (int offset : {-1, 0, 1})
      for (int sign : {-1, 1})
        multipliers.push_back(sign * ((1 << bit) + offset));
  for (Range range : ranges)
    for (int32_t zeroPoint :
         {range.low, range.low / 2 + range.high / 2, range.high})
      for (int32_t sum : sums) {
        for (float scale : scales) {
          expectFp32Rne(sum, scale, zeroPoint, range);
          if (HasFatalFailure())
            return;
        }
      }
  const Range i32 = rangeOf(32, true);
  for (int shift = -1; shift <= 65; ++shift)
    for (int32_t sum : sums) {
      for (int32_t multiplier : multipliers) {
        expectTosa(sum, multiplier, shift, 0, i32);
        if (HasFatalFailure())
          return;
      }
    }
  expectTosa(INT32_MAX, INT32_MAX, 2, INT32_MAX, i32);
  expectTosa(INT32_MIN, INT32_MAX, 2, INT32_MIN, i32);
}

TEST(ArithmeticTest, AMillionRandomValues) {
  std::mt19937_64 random(20261121);
  auto bits = [&](int count) {
    return static_cast<int64_t>(random() >> (64 - count));
  };
  const Range i32 = rangeOf(32, true);
  for (int i = 0; i < 1000000; ++i) {
    // Sums of every size, scales that bring most of them near the range.
    const int width = 1 + static_cast<int>(bits(5)) % 31;
    const auto sum = static_cast<int32_t>(bits(1) ? bits(width) : -bits(width));
    const auto exponent = static_cast<int>(bits(4)) - width;
    auto scale = std::ldexp(static_cast<float>(bits(24) + 1), exponent - 17);
    if (bits(3) == 0) // exact halves are ties
      scale = std::ldexp(1.0f, exponent);
    const Range range = ranges[bits(2)];
    const auto zeroPoint = static_cast<int32_t>(
        range.low + bits(32) % (range.high - range.low + 1));
    expectFp32Rne(sum, bits(3) == 0 ? -scale : scale, zeroPoint, range);
    const auto multiplier = static_cast<int32_t>(
        bits(3) == 0 ? bits(32) : (int64_t{1} << 30) + bits(30));
    const int shift = 2 + static_cast<int>(bits(6)) % 61;
    expectTosa(sum, multiplier, shift, zeroPoint, range);
    expectTosa(sum, multiplier, 30 + width / 2 + static_cast<int>(bits(2)),
               static_cast<int32_t>(bits(32)), i32);
    if (HasFatalFailure())
      return;
  }
}

TEST(ArithmeticTest, RoundsToEven) {
  for (int half = -(1 << 12); half <= 1 << 12; ++half) {
    const float value = static_cast<float>(half) / 2;
    for (float x :
         {value, std::nextafter(value, inf), std::nextafter(value, -inf)})
      ASSERT_EQ(roundEven(x), std::nearbyint(x)) << x;
  }
  for (float end : {0x1p22f, 0x1p22f - 0.5f, 0x1p22f - 1.5f})
    for (float x : {end, -end})
      ASSERT_EQ(roundEven(x), std::nearbyint(x)) << x;
}

// ---- Integer scales --------------------------------------------------------

TEST(ArithmeticTest, IntegerScaleIsTheNearest) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 100000; ++i) {
    const double scale = std::ldexp(static_cast<double>(random() >> 11) + 1,
                                    static_cast<int>(random() % 61) - 31 - 53);
    const IntegerScale found = integerScale(scale);
    ASSERT_GE(found.shift, leastShift);
    ASSERT_LE(found.shift, mostShift);
    // In units of 2^-shift, which a double holds without rounding.
    const double units = std::ldexp(scale, found.shift);
    const double distance = std::abs(units - found.multiplier);
    if (units < INT32_MAX) {
      ASSERT_LE(distance, 0.5) << scale;
      if (distance == 0.5) {
        ASSERT_EQ(found.multiplier % 2, 0) << scale;
      }
    }
    if (found.shift < mostShift) {
      ASSERT_GE(found.multiplier, 1 << 30) << scale;
    }
  }
}

TEST(ArithmeticTest, IntegerScaleAtTheEnds) {
  auto expect = [](double scale, int32_t multiplier, int shift) {
    const IntegerScale found = integerScale(scale);
    EXPECT_EQ(found.multiplier, multiplier) << scale;
    EXPECT_EQ(found.shift, shift) << scale;
  };
  expect(1, 1 << 30, 30);
  expect(0.75, 3 << 29, 31);
  expect(0x1p-32, 1 << 30, 62);
  expect(0x1p-33, 1 << 29, 62);
  expect(0x1p-62, 1, 62);
  expect(0x1p-64, 0, 62);
  expect(5e-324, 0, 62);
  expect(0x1.fffffffcp28, INT32_MAX, 2);
  expect(0x1p29, INT32_MAX, 2);
  expect(HUGE_VAL, INT32_MAX, 2);
  expect(0, 0, 62);
  expect(-1, 0, 62);
  expect(std::nan(""), 0, 62);
  // Rounds up to the next power of two, and so to another shift.
  expect(1 - 0x1p-40, 1 << 30, 30);
  // Ties to even, both ways.
  expect((0x1p30 + 0.5) * 0x1p-31, 1 << 30, 31);
  expect((0x1p30 + 1.5) * 0x1p-31, (1 << 30) + 2, 31);
}

} // namespace
