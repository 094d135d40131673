// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scales and zero points by their formulas.

#include "core/quantize/ptq/Scheme.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace glowplug;
using namespace glowplug::ptq;

namespace {

constexpr Scheme everyScheme[] = {Scheme::asymmetric, Scheme::symmetric,
                                  Scheme::symmetricUint8, Scheme::powerOfTwo};

TEST(SchemeTest, NamesReadBack) {
  for (Scheme scheme : everyScheme)
    EXPECT_EQ(parseScheme(schemeName(scheme)), scheme);
  EXPECT_EQ(parseScheme("Symmetric"), std::nullopt);
}

TEST(SchemeTest, AsymmetricSpreadsTheRangeOver255Steps) {
  const QuantParams params = chooseParams({-1, 3}, Scheme::asymmetric);
  EXPECT_EQ(params.dtype, DType::u8);
  EXPECT_EQ(params.scale, float(4.0 / 255));
  EXPECT_EQ(params.zp, 64); // 63.75
}

TEST(SchemeTest, SymmetricMakesTheLargestMagnitude127) {
  const QuantParams params = chooseParams({-5, 3}, Scheme::symmetric);
  EXPECT_EQ(params.dtype, DType::i8);
  EXPECT_EQ(params.zp, 0);
  EXPECT_EQ(params.scale, float(5.0 / 127));
}

TEST(SchemeTest, SymmetricUint8HasAllBitsForWhatIsNeverNegative) {
  const QuantParams positive = chooseParams({0, 3}, Scheme::symmetricUint8);
  EXPECT_EQ(positive.dtype, DType::u8);
  EXPECT_EQ(positive.zp, 0);
  EXPECT_EQ(positive.scale, float(3.0 / 255));
  const QuantParams both = chooseParams({-1, 3}, Scheme::symmetricUint8);
  EXPECT_EQ(both.dtype, DType::i8);
  EXPECT_EQ(both.scale, float(3.0 / 127));
}

TEST(SchemeTest, PowerOfTwoRoundsScalesUp) {
  EXPECT_EQ(chooseParams({-127, 1}, Scheme::powerOfTwo).scale, 1);
  EXPECT_EQ(chooseParams({-127.5, 1}, Scheme::powerOfTwo).scale, 2);
  EXPECT_EQ(chooseParams({0, 0.3}, Scheme::powerOfTwo).scale, 0.00390625F);
  EXPECT_EQ(weightScale(1, Scheme::powerOfTwo), 0.015625F);
  EXPECT_EQ(weightScale(127, Scheme::powerOfTwo), 1);
}

TEST(SchemeTest, ZeroIsExactAndTheRangeIsHeldByEveryScheme) {
  const Range ranges[] = {{1, 3},     {-3, -1},    {0, 0},        {-1e-30, 2},
                          {-7, 1e-9}, {-1e-38, 0}, {-3e19, 3e19}, {0.1, 0.1}};
  for (Scheme scheme : everyScheme)
    for (const Range &range : ranges) {
      const QuantParams params = chooseParams(range, scheme);
      ASSERT_GT(params.scale, 0);
      ASSERT_TRUE(std::isnormal(params.scale));
      EXPECT_EQ(params.dequantize(params.quantize(0)), 0);
      for (double value : {range.low, range.high})
        EXPECT_LE(std::fabs(params.dequantize(params.quantize(value)) - value),
                  // half a step, and another by which the zero point is moved
                  params.scale * 1.0001)
            << schemeName(scheme).str() << " " << value;
    }
}

TEST(SchemeTest, QuantizeRoundsHalfToEvenAndSaturates) {
  QuantParams params;
  params.scale = 2;
  params.zp = 10;
  EXPECT_EQ(params.quantize(1), 10);
  EXPECT_EQ(params.quantize(3), 12);
  EXPECT_EQ(params.quantize(5), 12);
  EXPECT_EQ(params.quantize(1e9), 255);
  EXPECT_EQ(params.quantize(-1e9), 0);
  params.dtype = DType::i8;
  EXPECT_EQ(params.quantize(-1e9), -128);
  EXPECT_EQ(params.quantize(1e9), 127);
}

} // namespace
