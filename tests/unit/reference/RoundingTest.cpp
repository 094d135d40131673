// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Functions whose value lies next to a tie between two numbers.

#include "Testing.h"

#include "core/reference/Rounding.h"

using namespace glowplug;
using namespace glowplug::reference;
using namespace glowplug::test;
using image::ScalarOp;

namespace {

/// Rounds \p exact, of which double knows only \p nearby.
template <typename T>
T round(double nearby, long double exact, bool &askedTwice) {
  askedTwice = false;
  return roundOnce<T>([&] { return nearby; },
                      [&] {
                        askedTwice = true;
                        return exact;
                      });
}

TEST(RoundingTest, AsksAgainNextToATie) {
  const double tie = 1 + 0x1p-24;
  const long double above = 1 + 0x1p-24L + 0x1p-60L;
  const long double below = 1 + 0x1p-24L - 0x1p-60L;
  bool asked;
  EXPECT_EQ(round<float>(tie, above, asked), 1 + 0x1p-23f);
  EXPECT_TRUE(asked);
  EXPECT_EQ(round<float>(tie, below, asked), 1.0f);
  EXPECT_EQ(round<float>(std::nextafter(tie, 2), below, asked), 1.0f);
  EXPECT_TRUE(asked);
  EXPECT_EQ(round<float>(-tie, -above, asked), -1 - 0x1p-23f);
  EXPECT_EQ(round<Half>(1 + 0x1p-11, 1 + 0x1p-11L + 0x1p-60L, asked).bits,
            0x3c01);
  EXPECT_EQ(round<Half>(1 + 0x1p-11, 1 + 0x1p-11L - 0x1p-60L, asked).bits,
            0x3c00);
  EXPECT_EQ(round<float>(1.25, above, asked), 1.25f);
  EXPECT_FALSE(asked);
  EXPECT_EQ(round<double>(tie, above, asked), tie);
  EXPECT_FALSE(asked);
}

TEST(RoundingTest, RoundsToOddWhereDoubleIsNotExact) {
  EXPECT_EQ(roundToOdd(1.5L), 1.5);
  EXPECT_EQ(roundToOdd(1 + 0x1p-60L), 1 + 0x1p-52);
  EXPECT_EQ(roundToOdd(1 + 0x1p-52L + 0x1p-60L), 1 + 0x1p-52);
  EXPECT_EQ(roundToOdd(1 + 0x1p-51L - 0x1p-60L), 1 + 0x1p-52);
  EXPECT_EQ(roundToOdd(-1 - 0x1p-60L), -1 - 0x1p-52);
  EXPECT_EQ(roundToOdd(std::numeric_limits<long double>::infinity()),
            std::numeric_limits<double>::infinity());
}

// Every half: the result is the nearest to the long double, ties aside.
TEST(RoundingTest, IsNearestForEveryHalf) {
  std::vector<Half> all;
  for (uint32_t bits = 0; bits < 0x10000; ++bits)
    all.push_back(Half::fromBits(static_cast<uint16_t>(bits)));
  auto check = [&](ScalarOp op, long double (*function)(long double)) {
    const std::vector<Half> results = apply<Half>(op, all);
    for (size_t i = 0; i < all.size(); ++i) {
      const long double exact =
          function(static_cast<long double>(all[i].toFloat()));
      const Half result = results[i];
      if (std::isnan(exact)) {
        ASSERT_TRUE(std::isnan(result.toFloat()));
        continue;
      }
      ASSERT_EQ(result.bits, Half(roundToOdd(exact)).bits)
          << image::EnumNameScalarOp(op) << " of " << all[i].toFloat();
    }
  };
  check(ScalarOp::exp, std::exp);
  check(ScalarOp::log, std::log);
  check(ScalarOp::erf, std::erf);
  check(ScalarOp::tanh, std::tanh);
  check(ScalarOp::sin, std::sin);
  check(ScalarOp::sqrt, std::sqrt);
}

} // namespace
