// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scalar ops, at the corners that the schema names.

#include "Testing.h"

#include "core/reference/Scalar.h"

using namespace glowplug;
using namespace glowplug::test;
using image::ScalarOp;

namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float inf = std::numeric_limits<float>::infinity();
constexpr int32_t minI32 = std::numeric_limits<int32_t>::min();
constexpr int32_t maxI32 = std::numeric_limits<int32_t>::max();

using Bytes = std::vector<int8_t>;
using Ints = std::vector<int32_t>;
using Floats = std::vector<float>;

/// NaN as a value that compares, for lists of expected floats.
Floats withoutNan(Floats values) {
  for (float &value : values)
    if (std::isnan(value))
      value = 12345;
  return values;
}

std::vector<bool> booleans(const std::vector<Boolean> &values) {
  std::vector<bool> result;
  for (Boolean value : values)
    result.push_back(static_cast<bool>(value));
  return result;
}

template <typename T>
T applyOne(ScalarOp op, T a, T b) {
  return apply<T>(op, std::vector<T>{a}, std::vector<T>{b}).at(0);
}

TEST(ScalarTest, IntegersWrap) {
  EXPECT_EQ(apply<int8_t>(ScalarOp::neg, Bytes{5, -128, 0}),
            (Bytes{-5, -128, 0}));
  EXPECT_EQ(apply<int8_t>(ScalarOp::abs, Bytes{5, -5, -128}),
            (Bytes{5, 5, -128}));
  EXPECT_EQ(applyOne<int8_t>(ScalarOp::add, 127, 1), -128);
  EXPECT_EQ(applyOne<int8_t>(ScalarOp::sub, -128, 1), 127);
  EXPECT_EQ(applyOne<int32_t>(ScalarOp::mul, maxI32, maxI32), 1);
  EXPECT_EQ(applyOne<uint16_t>(ScalarOp::mul, 65535, 65535), 1);
  EXPECT_EQ(applyOne<uint8_t>(ScalarOp::sub, 0, 1), 255);
  EXPECT_EQ(applyOne<int64_t>(ScalarOp::add, INT64_MAX, 1), INT64_MIN);
}

TEST(ScalarTest, SignOfNanIsNan) {
  EXPECT_EQ(
      withoutNan(apply<float>(ScalarOp::sign, Floats{3, -0.5f, 0, -inf, nan})),
      withoutNan({1, -1, 0, -1, nan}));
  EXPECT_EQ(apply<int32_t>(ScalarOp::sign, Ints{-7, 0, 7}), (Ints{-1, 0, 1}));
}

TEST(ScalarTest, RoundsToIntegers) {
  const Floats x = {0.5f, 1.5f, 2.5f, -0.5f, -1.5f, 2.7f, -2.7f};
  EXPECT_EQ(apply<float>(ScalarOp::floor, x), (Floats{0, 1, 2, -1, -2, 2, -3}));
  EXPECT_EQ(apply<float>(ScalarOp::ceil, x), (Floats{1, 2, 3, 0, -1, 3, -2}));
  EXPECT_EQ(apply<float>(ScalarOp::trunc, x), (Floats{0, 1, 2, 0, -1, 2, -2}));
  EXPECT_EQ(apply<float>(ScalarOp::round_even, x),
            (Floats{0, 2, 2, 0, -2, 3, -3}));
}

TEST(ScalarTest, FunctionsAreRoundedOnceFromDouble) {
  const Floats x = {0.25f, 0.7f};
  auto expect = [&](ScalarOp op, double (*function)(double)) {
    EXPECT_EQ(apply<float>(op, x), (Floats{static_cast<float>(function(x[0])),
                                           static_cast<float>(function(x[1]))}))
        << image::EnumNameScalarOp(op);
  };
  expect(ScalarOp::sqrt, std::sqrt);
  expect(ScalarOp::exp, std::exp);
  expect(ScalarOp::log, std::log);
  expect(ScalarOp::log1p, std::log1p);
  expect(ScalarOp::erf, std::erf);
  expect(ScalarOp::sin, std::sin);
  expect(ScalarOp::cos, std::cos);
  expect(ScalarOp::tan, std::tan);
  expect(ScalarOp::asin, std::asin);
  expect(ScalarOp::acos, std::acos);
  expect(ScalarOp::atan, std::atan);
  expect(ScalarOp::sinh, std::sinh);
  expect(ScalarOp::cosh, std::cosh);
  expect(ScalarOp::tanh, std::tanh);
  expect(ScalarOp::asinh, std::asinh);
  expect(ScalarOp::atanh, std::atanh);
  EXPECT_EQ(apply<float>(ScalarOp::acosh, Floats{1, 2}),
            (Floats{0, static_cast<float>(std::acosh(2.0))}));
}

TEST(ScalarTest, InvertIsBitwiseOrLogical) {
  EXPECT_EQ(apply<int8_t>(ScalarOp::invert, Bytes{0, 5}), (Bytes{-1, -6}));
  EXPECT_EQ(booleans(apply<Boolean>(
                ScalarOp::invert,
                std::vector<Boolean>{Boolean(true), Boolean(false)})),
            (std::vector<bool>{false, true}));
}

TEST(ScalarTest, TestsForNanAndInfinity) {
  const Floats x = {1, nan, inf, -inf};
  EXPECT_EQ(booleans(apply<Boolean>(ScalarOp::is_nan, x)),
            (std::vector<bool>{false, true, false, false}));
  EXPECT_EQ(booleans(apply<Boolean>(ScalarOp::is_inf, x)),
            (std::vector<bool>{false, false, true, true}));
}

TEST(ScalarTest, IntegerDivisionHasNoTraps) {
  EXPECT_EQ(apply<int32_t>(ScalarOp::div, Ints{7, -7, 7, minI32, 5},
                           Ints{2, 2, 0, -1, -1}),
            (Ints{3, -3, 0, minI32, -5}));
  EXPECT_EQ(apply<int32_t>(ScalarOp::rem, Ints{7, -7, 7, minI32, 7},
                           Ints{3, 3, 0, -1, -3}),
            (Ints{1, -1, 0, 0, 1}));
  EXPECT_EQ(applyOne<int8_t>(ScalarOp::div, -128, -1), -128);
  EXPECT_EQ(applyOne<int64_t>(ScalarOp::div, INT64_MIN, -1), INT64_MIN);
  EXPECT_EQ(applyOne<uint64_t>(ScalarOp::div, UINT64_MAX, 2), INT64_MAX);
}

TEST(ScalarTest, FloatRemainderHasTheSignOfTheDividend) {
  EXPECT_EQ(
      apply<float>(ScalarOp::rem, Floats{5.5f, -5.5f, 5.5f}, Floats{2, 2, -2}),
      (Floats{1.5f, -1.5f, 1.5f}));
}

TEST(ScalarTest, PowOfIntegers) {
  EXPECT_EQ(apply<int32_t>(ScalarOp::pow, Ints{2, -3, 7, 3, 0, 0},
                           Ints{10, 3, 0, 21, 0, 5}),
            (Ints{1024, -27, 1, 1870418611, 1, 0}));
  // Truncated quotients; 1 / 0 = 0.
  EXPECT_EQ(apply<int32_t>(ScalarOp::pow, Ints{1, -1, -1, 2, 0},
                           Ints{-5, -3, -4, -1, -1}),
            (Ints{1, -1, 1, 0, 0}));
  EXPECT_EQ(apply<float>(ScalarOp::pow, Floats{2, 4}, Floats{-1, 0.5f}),
            (Floats{0.5f, 2}));
}

TEST(ScalarTest, MinAndMaxPropagateNan) {
  const Floats a = {1, nan, 1, -inf};
  const Floats b = {2, 1, nan, inf};
  EXPECT_EQ(withoutNan(apply<float>(ScalarOp::min, a, b)),
            withoutNan({1, nan, nan, -inf}));
  EXPECT_EQ(withoutNan(apply<float>(ScalarOp::max, a, b)),
            withoutNan({2, nan, nan, inf}));
  EXPECT_EQ(applyOne<uint8_t>(ScalarOp::max, 200, 100), 200);
  EXPECT_EQ(applyOne<int8_t>(ScalarOp::min, -56, 100), -56);
}

TEST(ScalarTest, ShiftsByTheWidthOrMore) {
  EXPECT_EQ(apply<int8_t>(ScalarOp::shift_left, Bytes{1, 1, 1, 1},
                          Bytes{3, 7, 8, -1}),
            (Bytes{8, -128, 0, 0}));
  EXPECT_EQ(apply<int8_t>(ScalarOp::shift_right, Bytes{-128, -128, 127, -1},
                          Bytes{3, 8, 100, -1}),
            (Bytes{-16, -1, 0, -1}));
  EXPECT_EQ(applyOne<uint8_t>(ScalarOp::shift_right, 255, 8), 0);
  EXPECT_EQ(applyOne<uint64_t>(ScalarOp::shift_left, 1, 63), uint64_t{1} << 63);
}

TEST(ScalarTest, BitsOfIntegersAndBooleans) {
  EXPECT_EQ(applyOne<uint8_t>(ScalarOp::bit_and, 12, 10), 8);
  EXPECT_EQ(applyOne<uint8_t>(ScalarOp::bit_or, 12, 10), 14);
  EXPECT_EQ(applyOne<uint8_t>(ScalarOp::bit_xor, 12, 10), 6);
  const std::vector<Boolean> a = {Boolean(false), Boolean(true), Boolean(true)};
  const std::vector<Boolean> b = {Boolean(true), Boolean(false), Boolean(true)};
  EXPECT_EQ(booleans(apply<Boolean>(ScalarOp::bit_and, a, b)),
            (std::vector<bool>{false, false, true}));
  EXPECT_EQ(booleans(apply<Boolean>(ScalarOp::bit_xor, a, b)),
            (std::vector<bool>{true, true, false}));
}

TEST(ScalarTest, ComparisonsWithNanAreFalseButNe) {
  const Floats a = {1, 2, nan, nan};
  const Floats b = {1, 1, 1, nan};
  auto compare = [&](ScalarOp op) {
    return booleans(apply<Boolean>(op, a, b));
  };
  using Bools = std::vector<bool>;
  EXPECT_EQ(compare(ScalarOp::eq), (Bools{true, false, false, false}));
  EXPECT_EQ(compare(ScalarOp::ne), (Bools{false, true, true, true}));
  EXPECT_EQ(compare(ScalarOp::lt), (Bools{false, false, false, false}));
  EXPECT_EQ(compare(ScalarOp::le), (Bools{true, false, false, false}));
  EXPECT_EQ(compare(ScalarOp::gt), (Bools{false, true, false, false}));
  EXPECT_EQ(compare(ScalarOp::ge), (Bools{true, true, false, false}));
  EXPECT_EQ(booleans(apply<Boolean>(ScalarOp::lt, std::vector<uint8_t>{200},
                                    std::vector<uint8_t>{100})),
            (Bools{false}));
}

TEST(ScalarTest, SelectTakesTheSecondWhereTrue) {
  EXPECT_EQ(apply<float>(ScalarOp::select,
                         std::vector<Boolean>{Boolean(true), Boolean(false)},
                         Floats{1, 2}, Floats{3, 4}),
            (Floats{1, 4}));
}

TEST(ScalarTest, CastsFromFloatSaturate) {
  const Floats x = {1.9f, -1.9f, 300, -300, nan, inf, -inf};
  EXPECT_EQ(apply<int8_t>(ScalarOp::cast, x),
            (Bytes{1, -1, 127, -128, 0, 127, -128}));
  EXPECT_EQ(apply<uint8_t>(ScalarOp::cast, x),
            (std::vector<uint8_t>{1, 0, 255, 0, 0, 255, 0}));
  EXPECT_EQ(apply<int64_t>(ScalarOp::cast, Floats{0x1p63f, -0x1p63f, 0x1p62f}),
            (std::vector<int64_t>{INT64_MAX, INT64_MIN, int64_t{1} << 62}));
  EXPECT_EQ(apply<uint64_t>(ScalarOp::cast, Floats{0x1p64f, 0x1p63f, -1}),
            (std::vector<uint64_t>{UINT64_MAX, uint64_t{1} << 63, 0}));
  EXPECT_EQ(
      booleans(apply<Boolean>(ScalarOp::cast, Floats{0, -0.0f, 0.1f, nan})),
      (std::vector<bool>{false, false, true, true}));
}

TEST(ScalarTest, CastsBetweenIntegersWrap) {
  EXPECT_EQ(apply<int8_t>(ScalarOp::cast, Ints{128, -129, 255, 256}),
            (Bytes{-128, 127, -1, 0}));
  EXPECT_EQ(apply<uint32_t>(ScalarOp::cast, Bytes{-1}),
            (std::vector<uint32_t>{UINT32_MAX}));
  EXPECT_EQ(booleans(apply<Boolean>(ScalarOp::cast, Ints{0, 256})),
            (std::vector<bool>{false, true}));
  EXPECT_EQ(apply<float>(ScalarOp::cast, std::vector<Boolean>{Boolean(true)}),
            (Floats{1}));
}

TEST(ScalarTest, BitcastKeepsBits) {
  EXPECT_EQ(apply<uint32_t>(ScalarOp::bitcast, Floats{-0.0f, 1, -inf}),
            (std::vector<uint32_t>{0x80000000, 0x3f800000, 0xff800000}));
  EXPECT_EQ(apply<float>(ScalarOp::bitcast, Ints{0x3f800001, 1}),
            (Floats{0x1.000002p0f, 0x1p-149f}));
  EXPECT_EQ(apply<int8_t>(ScalarOp::bitcast, std::vector<uint8_t>{255, 1}),
            (Bytes{-1, 1}));
  EXPECT_EQ(apply<int16_t>(ScalarOp::bitcast, std::vector<Half>{Half(-2.0f)}),
            (std::vector<int16_t>{int16_t(0xc000 - 0x10000)}));
}

/// The bits are those of the declared types, though the interpreter holds other
/// ones.
TEST(ScalarTest, BitcastOfHeldNumbers) {
  const double x = 1.5;
  uint16_t bits = 0;
  const auto *from = reinterpret_cast<const uint8_t *>(&x);
  reference::bitcastLoop({DType::u16, DType::u16}, {DType::f16, DType::f64})(
      &from, reinterpret_cast<uint8_t *>(&bits), 1);
  EXPECT_EQ(bits, 0x3e00);
  float back = 0;
  from = reinterpret_cast<const uint8_t *>(&bits);
  reference::bitcastLoop({DType::bf16, DType::f32}, {DType::u16, DType::u16})(
      &from, reinterpret_cast<uint8_t *>(&back), 1);
  EXPECT_EQ(back, 0x1p-3f);
}

TEST(ScalarTest, CastsToFloatRoundOnce) {
  // 2^24 + 1 is a tie in f32, and the 64-bit one lies just above a tie.
  EXPECT_EQ(apply<float>(ScalarOp::cast, Ints{(1 << 24) + 1}),
            (Floats{0x1p24f}));
  EXPECT_EQ(apply<float>(ScalarOp::cast,
                         std::vector<int64_t>{(int64_t{1} << 62) +
                                              (int64_t{1} << 38) + 1}),
            (Floats{0x1.000002p62f}));
  EXPECT_EQ(apply<float>(ScalarOp::cast, std::vector<double>{1e300}),
            (Floats{inf}));
  // 1 + 2^-11 + 2^-40 would round to f32 first and then, as a tie, to 1.
  EXPECT_EQ(
      apply<Half>(ScalarOp::cast, std::vector<double>{1 + 0x1p-11 + 0x1p-40})
          .at(0)
          .bits,
      0x3c01);
}

TEST(ScalarTest, SixteenBitArithmeticRoundsOnce) {
  const auto half = [](double x) { return std::vector<Half>{Half(x)}; };
  EXPECT_EQ(apply<Half>(ScalarOp::add, half(2048), half(1)).at(0).toFloat(),
            2048);
  EXPECT_EQ(apply<Half>(ScalarOp::add, half(2050), half(1)).at(0).toFloat(),
            2052);
  EXPECT_EQ(apply<Half>(ScalarOp::mul, half(300), half(300)).at(0).bits,
            0x7c00);
  EXPECT_EQ(apply<Half>(ScalarOp::div, half(1), half(3)).at(0).bits, 0x3555);
  EXPECT_EQ(apply<BFloat16>(ScalarOp::add, std::vector{BFloat16(256)},
                            std::vector{BFloat16(1)})
                .at(0)
                .toFloat(),
            256);
}

TEST(ScalarTest, QuantizeRoundsToEvenAndSaturates) {
  const Floats x = {0.5f, 1.5f, -0.5f, 1000, -1000, nan, inf};
  const Floats scale(x.size(), 1);
  EXPECT_EQ(apply<uint8_t>(ScalarOp::quantize, x, scale,
                           std::vector<uint8_t>(x.size(), 10)),
            (std::vector<uint8_t>{10, 12, 10, 255, 0, 10, 255}));
  EXPECT_EQ(apply<int8_t>(ScalarOp::quantize, x, scale, Bytes(x.size(), -10)),
            (Bytes{-10, -8, -10, 127, -128, -10, 127}));
  EXPECT_EQ(apply<int32_t>(ScalarOp::quantize, Floats{0x1p31f, -0x1p31f},
                           Floats{1, 1}, Ints{-1, -1}),
            (Ints{maxI32, minI32}));
}

// Where the exact quotient lies just above 10.5, but in float is that tie.
TEST(ScalarTest, QuantizeDividesInTheTypeOfItsOperand) {
  float scale = 0.1f;
  float x = 0;
  do {
    scale = std::nextafter(scale, 1.0f);
    x = 10.5f * scale;
  } while (x / scale != 10.5f ||
           static_cast<double>(x) <= 10.5 * static_cast<double>(scale));
  EXPECT_EQ(
      apply<int8_t>(ScalarOp::quantize, Floats{x}, Floats{scale}, Bytes{0}),
      (Bytes{10}));
}

TEST(ScalarTest, FmaRoundsOnce) {
  // 2^24 + 1 = 24929 * 673 is a tie between two floats; what is added decides,
  // however small.
  EXPECT_EQ(apply<float>(ScalarOp::fma, Floats{24929, 24929, 24929},
                         Floats{673, 673, 673}, Floats{-0x1p-90f, 0, 0x1p-90f}),
            (Floats{0x1p24f, 0x1p24f, 0x1p24f + 2}));
  EXPECT_EQ(apply<float>(ScalarOp::fma, Floats{1 + 0x1p-12f},
                         Floats{1 + 0x1p-12f}, Floats{-1 - 0x1p-11f}),
            (Floats{0x1p-24f}));
  EXPECT_EQ(apply<double>(ScalarOp::fma, std::vector<double>{1 + 0x1p-27},
                          std::vector<double>{1 + 0x1p-27},
                          std::vector<double>{-1 - 0x1p-26}),
            (std::vector<double>{0x1p-54}));
  // 259 = 7 * 37 is a tie between two numbers of 8 bits.
  auto brain = [](float value) { return convert<BFloat16>(value); };
  for (auto [addend, expected] :
       {std::pair(-0x1p-90f, 258.0f), std::pair(0.0f, 260.0f),
        std::pair(0x1p-90f, 260.0f)})
    EXPECT_EQ(convert<float>(apply<BFloat16>(
                  ScalarOp::fma, std::vector{brain(7)}, std::vector{brain(37)},
                  std::vector{brain(addend)})[0]),
              expected);
  EXPECT_EQ(withoutNan(apply<float>(
                ScalarOp::fma, Floats{inf, inf, 1e30f, -1e30f, nan},
                Floats{1, 0, 1e30f, 1e30f, 1}, Floats{1, 1, 1, inf, 1})),
            withoutNan({inf, nan, inf, inf, nan}));
}

TEST(ScalarTest, DequantizeTakesTheExactDifference) {
  EXPECT_EQ(apply<float>(ScalarOp::dequantize, std::vector<uint8_t>{0, 255},
                         Floats{0.5f, 0.5f}, std::vector<uint8_t>{128, 128}),
            (Floats{-64, 63.5f}));
  EXPECT_EQ(
      apply<float>(ScalarOp::dequantize, Ints{maxI32}, Floats{1}, Ints{minI32}),
      (Floats{0x1p32f}));
}

// Products of 31 and 24 bits that lie above a tie between two floats by 1 in
// 55 bits. Rounded to double first they would be that tie, and go down.
TEST(ScalarTest, DequantizeSeesPastTheDouble) {
  Ints q;
  Floats scales;
  Floats expected;
  for (uint64_t scale = (1 << 23) + 1; q.size() < 100; scale += 2) {
    uint64_t inverse = scale; // modulo 2^64, by Newton's iteration
    for (int i = 0; i < 6; ++i)
      inverse *= 2 - scale * inverse;
    const uint64_t factor = ((uint64_t{1} << 30) + 1) * inverse & maxI32;
    const uint64_t product = factor * scale;
    const uint64_t kept = product >> 31;
    if (product >> 54 != 1 || kept % 2 != 0)
      continue;
    ASSERT_EQ(product - (kept << 31), (uint64_t{1} << 30) + 1);
    q.push_back(static_cast<int32_t>(factor));
    scales.push_back(static_cast<float>(scale));
    expected.push_back(static_cast<float>(kept + 1) * 0x1p31f);
  }
  EXPECT_EQ(apply<float>(ScalarOp::dequantize, q, scales, Ints(q.size(), 0)),
            expected);
}

// Against long double, which holds a product of 33 and 24 bits.
TEST(ScalarTest, DequantizeRoundsOnce) {
  Random random(5);
  Tensor q = randomTensor<int32_t>(random, 20000);
  Tensor zeroPoint = randomTensor<int32_t>(random, 20000);
  Tensor scale = randomTensor<float>(random, 20000);
  Floats expected;
  for (int i = 0; i < 20000; ++i)
    expected.push_back(static_cast<float>(
        (static_cast<long double>(q.elements<int32_t>()[i]) -
         static_cast<long double>(zeroPoint.elements<int32_t>()[i])) *
        static_cast<long double>(scale.elements<float>()[i])));
  EXPECT_EQ(apply<float>(ScalarOp::dequantize, q.elements<int32_t>().vec(),
                         scale.elements<float>().vec(),
                         zeroPoint.elements<int32_t>().vec()),
            expected);
}

} // namespace
