// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The integer recipes and tables through the interpreter: that it hands the
// right operands to <glowplug/arithmetic.h>, which has tests of its own.

#include "Testing.h"

#include <glowplug/arithmetic.h>

using namespace glowplug;
using namespace glowplug::test;
using image::ScalarOp;

namespace {

using Ints = std::vector<int32_t>;
using Floats = std::vector<float>;

template <typename T>
class RescaleTest : public testing::Test {};
using NarrowTypes = testing::Types<int8_t, uint8_t, int16_t, uint16_t>;
TYPED_TEST_SUITE(RescaleTest, NarrowTypes);

/// Operands that differ from element to element.
template <typename T>
struct Operands {
  Ints x, multipliers, shifts;
  Floats scales;
  std::vector<T> zeroPoints;

  explicit Operands(int count = 3000) {
    Random random(11);
    for (int i = 0; i < count; ++i) {
      x.push_back(static_cast<int32_t>(random()) >> pick(random, 0, 30));
      multipliers.push_back(static_cast<int32_t>(random()));
      shifts.push_back(static_cast<int32_t>(pick(random, 0, 64)));
      scales.push_back(std::ldexp(1.0f + 0.5f * static_cast<float>(i % 2),
                                  static_cast<int>(pick(random, -24, 0))));
      zeroPoints.push_back(static_cast<T>(random()));
    }
    scales[0] = std::numeric_limits<float>::quiet_NaN();
    scales[1] = std::numeric_limits<float>::infinity();
    scales[2] = -scales[2];
  }
  static constexpr arithmetic::Range range =
      arithmetic::rangeOf(8 * sizeof(T), std::is_signed_v<T>);
};

TYPED_TEST(RescaleTest, FollowsArithmetic) {
  const Operands<TypeParam> of;
  std::vector<TypeParam> fp32, once, twice;
  for (size_t i = 0; i < of.x.size(); ++i) {
    fp32.push_back(static_cast<TypeParam>(arithmetic::rescaleFp32Rne(
        of.x[i], of.scales[i], of.zeroPoints[i], of.range)));
    once.push_back(static_cast<TypeParam>(arithmetic::rescaleTosaSingle(
        of.x[i], of.multipliers[i], of.shifts[i], of.zeroPoints[i], of.range)));
    twice.push_back(static_cast<TypeParam>(arithmetic::rescaleTosaDouble(
        of.x[i], of.multipliers[i], of.shifts[i], of.zeroPoints[i], of.range)));
  }
  EXPECT_EQ(apply<TypeParam>(ScalarOp::rescale_fp32_rne, of.x, of.scales,
                             of.zeroPoints),
            fp32);
  EXPECT_EQ(apply<TypeParam>(ScalarOp::rescale_tosa_single, of.x,
                             of.multipliers, of.shifts, of.zeroPoints),
            once);
  EXPECT_EQ(apply<TypeParam>(ScalarOp::rescale_tosa_double, of.x,
                             of.multipliers, of.shifts, of.zeroPoints),
            twice);
}

TEST(RescaleTest, TosaGives32Bits) {
  EXPECT_EQ(apply<int32_t>(ScalarOp::rescale_tosa_single,
                           Ints{INT32_MAX, INT32_MIN, 100}, Ints{8, 8, 6},
                           Ints{2, 2, 2}, Ints{0, 0, -7}),
            (Ints{INT32_MAX, INT32_MIN, 143}));
}

/// Floats held as doubles change no integer.
TEST(RescaleTest, WideIsTheSame) {
  const Operands<uint8_t> of;
  const std::vector<Tensor> inputs{Tensor::of<int32_t>(3000, of.x),
                                   Tensor::of<float>(3000, of.scales),
                                   Tensor::of<uint8_t>(3000, of.zeroPoints)};
  ProgramBuilder b("wide");
  const ValueId x = b.input("x", DType::i32, {3000});
  const ValueId scale = b.input("scale", DType::f32, {3000});
  const ValueId zp = b.input("zp", DType::u8, {3000});
  b.output(b.map(ScalarOp::rescale_fp32_rne, {x, scale, zp}));
  InterpreterOptions wide;
  wide.precision = Precision::wide;
  EXPECT_EQ(elementsOf<uint8_t>(run(b, inputs, wide)[0]),
            elementsOf<uint8_t>(run(b, inputs)[0]));
}

TEST(TableTest, IndexIsTheBitsOfTheOperand) {
  Floats entries(256);
  for (int i = 0; i < 256; ++i)
    entries[i] = static_cast<float>(i) + 0.5f;
  const Tensor table = Tensor::of<float>(256, entries);
  ProgramBuilder b("table");
  RegionBuilder ofSigned({DType::i8}), ofUnsigned({DType::u8});
  ofSigned.yield(ofSigned.table(ofSigned.parameter(0), table));
  ofUnsigned.yield(ofUnsigned.table(ofUnsigned.parameter(0), table));
  b.output(b.map(ofSigned, b.input("x", DType::i8, {4}))[0]);
  b.output(b.map(ofUnsigned, b.input("y", DType::u8, {3}))[0]);
  const std::vector<Tensor> inputs{
      Tensor::of<int8_t>(4, std::vector<int8_t>{0, 127, -128, -1}),
      Tensor::of<uint8_t>(3, std::vector<uint8_t>{0, 128, 255})};
  const std::vector<Tensor> outputs = run(b, inputs);
  EXPECT_EQ(elementsOf<float>(outputs[0]),
            (Floats{0.5f, 127.5f, 128.5f, 255.5f}));
  EXPECT_EQ(elementsOf<float>(outputs[1]), (Floats{0.5f, 128.5f, 255.5f}));
  InterpreterOptions wide;
  wide.precision = Precision::wide;
  EXPECT_EQ(elementsOf<double>(run(b, inputs, wide)[0]),
            (std::vector<double>{0.5, 127.5, 128.5, 255.5}));
}

} // namespace
