// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The 16-bit floats: every value, and every boundary between two.

#include "core/support/Convert.h"

#include <gtest/gtest.h>

using namespace glowplug;

namespace {

template <typename T>
class Float16Test : public ::testing::Test {};
using Formats = ::testing::Types<Half, BFloat16>;
TYPED_TEST_SUITE(Float16Test, Formats);

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Bits of positive infinity; the finite positive numbers lie below.
template <typename T>
constexpr uint16_t infinityBits = std::is_same_v<T, Half> ? 0x7c00 : 0x7f80;

TYPED_TEST(Float16Test, KeepsEveryValueOnTheWayThroughDouble) {
  using T = TypeParam;
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const T value = T::fromBits(static_cast<uint16_t>(bits));
    const T back = T(static_cast<double>(value));
    if (std::isnan(value.toFloat()))
      EXPECT_TRUE(std::isnan(back.toFloat())) << bits;
    else
      EXPECT_EQ(back.bits, bits);
  }
}

// Rounding is monotonic, so that it is right everywhere if it is right beside
// each tie. Ties between neighbours are exact in double.
TYPED_TEST(Float16Test, RoundsToNearestEvenBesideEveryTie) {
  using T = TypeParam;
  constexpr uint16_t infinite = infinityBits<T>;
  for (uint16_t low = 0; low < infinite; ++low) {
    const uint16_t high = low + 1;
    const auto a = static_cast<double>(T::fromBits(low));
    const auto b = high == infinite
                       // The next number, were the exponent not bounded.
                       ? 2 * a - static_cast<double>(T::fromBits(low - 1))
                       : static_cast<double>(T::fromBits(high));
    const double tie = a + (b - a) / 2;
    ASSERT_EQ(T(tie).bits, low % 2 == 0 ? low : high);
    ASSERT_EQ(T(std::nextafter(tie, 0)).bits, low);
    ASSERT_EQ(T(std::nextafter(tie, infinity)).bits, high);
    ASSERT_EQ(T(-tie).bits, 0x8000 | (low % 2 == 0 ? low : high));
    ASSERT_EQ(T(-std::nextafter(tie, 0)).bits, 0x8000 | low);
    ASSERT_EQ(T(-std::nextafter(tie, infinity)).bits, 0x8000 | high);
  }
}

TEST(Float16, MeansWhatIeeeSays) {
  EXPECT_EQ(Half::fromBits(0x3c00).toFloat(), 1.0f);
  EXPECT_EQ(Half::fromBits(0xc000).toFloat(), -2.0f);
  EXPECT_EQ(Half::fromBits(0x7bff).toFloat(), 65504.0f);
  EXPECT_EQ(Half::fromBits(0x0001).toFloat(), 0x1p-24f);
  EXPECT_EQ(Half::fromBits(0x0400).toFloat(), 0x1p-14f);
  EXPECT_EQ(BFloat16::fromBits(0x3f80).toFloat(), 1.0f);
  EXPECT_EQ(BFloat16::fromBits(0xc049).toFloat(), -3.140625f);
  EXPECT_EQ(BFloat16::fromBits(0x0001).toFloat(), 0x1p-133f);
  EXPECT_EQ(Half(1e300).bits, 0x7c00);
  EXPECT_EQ(Half(-infinity).bits, 0xfc00);
  EXPECT_EQ(BFloat16(-1e300).bits, 0xff80);
  EXPECT_EQ(Half(1e-300).bits, 0);
  EXPECT_EQ(Half(-1e-300).bits, 0x8000);
}

TEST(Float16, IsConstexpr) {
  static_assert(Half(1.0 / 3).bits == 0x3555);
  static_assert(BFloat16(1.0 / 3).bits == 0x3eab);
}

// 2^62 + 2^54 is a tie in bfloat16. A double cannot hold the 1 beyond it.
TEST(Float16, RoundsLargeIntegersOnce) {
  constexpr int64_t tie = (int64_t{1} << 62) + (int64_t{1} << 54);
  EXPECT_EQ(convert<BFloat16>(tie).toFloat(), 0x1p62f);
  EXPECT_EQ(convert<BFloat16>(tie + 1).toFloat(), 0x1.02p62f);
  EXPECT_EQ(convert<BFloat16>(-tie).toFloat(), -0x1p62f);
  EXPECT_EQ(convert<BFloat16>(-tie - 1).toFloat(), -0x1.02p62f);
  EXPECT_EQ(convert<BFloat16>(std::numeric_limits<int64_t>::min()).toFloat(),
            -0x1p63f);
  EXPECT_EQ(convert<BFloat16>(std::numeric_limits<uint64_t>::max()).toFloat(),
            0x1p64f);
  EXPECT_EQ(convert<Half>(65519).toFloat(), 65504.0f);
  EXPECT_EQ(convert<Half>(65520).bits, 0x7c00);
}

} // namespace
