// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reductions over whole dims.

#include "Testing.h"

using namespace glowplug;
using namespace glowplug::test;
using image::ReduceKind;

namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float inf = std::numeric_limits<float>::infinity();

/// Reduces \p input over \p dims.
Tensor reduce(ReduceKind kind, const Tensor &input, const DimList &dims) {
  ProgramBuilder b("reduce");
  b.output(b.reduce(kind, b.input("x", input.dtype(), input.shape()), dims));
  return run(b, {input})[0];
}

TEST(ReduceTest, KeepsReducedDimsAsOnes) {
  Tensor x = Tensor::of<float>({2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
  Tensor middle = reduce(ReduceKind::sum, x, {1});
  EXPECT_EQ(shapeOf(middle), (std::vector<int64_t>{2, 1, 2}));
  EXPECT_EQ(elementsOf<float>(middle), (std::vector<float>{4, 6, 12, 14}));
  EXPECT_EQ(elementsOf<float>(reduce(ReduceKind::sum, x, {0, 2})),
            (std::vector<float>{14, 22}));
  EXPECT_EQ(elementsOf<float>(reduce(ReduceKind::prod, x, {0, 1, 2})),
            (std::vector<float>{40320}));
  EXPECT_EQ(elementsOf<float>(reduce(ReduceKind::max, x, {0})),
            (std::vector<float>{5, 6, 7, 8}));
  EXPECT_EQ(elementsOf<float>(reduce(ReduceKind::min, x, {2})),
            (std::vector<float>{1, 3, 5, 7}));
}

TEST(ReduceTest, SumsRunInTheAccumulatorType) {
  EXPECT_EQ(elementsOf<int32_t>(reduce(ReduceKind::sum,
                                       Tensor::of<int8_t>({3}, {100, 100, 100}),
                                       {0})),
            std::vector<int32_t>{300});
  EXPECT_EQ(
      elementsOf<uint32_t>(reduce(
          ReduceKind::sum, Tensor::of<uint32_t>({2}, {UINT32_MAX, 2}), {0})),
      std::vector<uint32_t>{1});
  EXPECT_EQ(elementsOf<int32_t>(reduce(
                ReduceKind::prod, Tensor::of<int32_t>({2}, {1 << 30, 4}), {0})),
            std::vector<int32_t>{0});
  // 2^11 and 2^11 ones: a sum in half would stay at 2^11.
  Tensor halves = llvm::cantFail(Tensor::zeros(DType::f16, 4096));
  for (Half &element : halves.mutableElements<Half>())
    element = Half(1);
  EXPECT_EQ(elementsOf<Half>(reduce(ReduceKind::sum, halves, {0}))[0].toFloat(),
            4096);
}

TEST(ReduceTest, ExtremesKeepTheirType) {
  EXPECT_EQ(elementsOf<uint8_t>(reduce(
                ReduceKind::max, Tensor::of<uint8_t>({3}, {1, 200, 3}), {0})),
            std::vector<uint8_t>{200});
  EXPECT_EQ(elementsOf<int8_t>(reduce(
                ReduceKind::min, Tensor::of<int8_t>({3}, {1, -56, 3}), {0})),
            std::vector<int8_t>{-56});
}

TEST(ReduceTest, NanPropagates) {
  for (ReduceKind kind : image::EnumValuesReduceKind()) {
    EXPECT_TRUE(std::isnan(elementsOf<float>(
        reduce(kind, Tensor::of<float>({3}, {1, nan, 2}), {0}))[0]));
    EXPECT_TRUE(std::isnan(elementsOf<float>(
        reduce(kind, Tensor::of<float>({2}, {nan, 2}), {0}))[0]));
  }
}

TEST(ReduceTest, OfNothingIsTheIdentity) {
  auto empty = [](DType type) {
    return llvm::cantFail(Tensor::zeros(type, {2, 0}));
  };
  auto floats = [&](ReduceKind kind) {
    return elementsOf<float>(reduce(kind, empty(DType::f32), {1}));
  };
  EXPECT_EQ(floats(ReduceKind::sum), (std::vector<float>{0, 0}));
  EXPECT_EQ(floats(ReduceKind::prod), (std::vector<float>{1, 1}));
  EXPECT_EQ(floats(ReduceKind::min), (std::vector<float>{inf, inf}));
  EXPECT_EQ(floats(ReduceKind::max), (std::vector<float>{-inf, -inf}));
  EXPECT_EQ(elementsOf<int8_t>(reduce(ReduceKind::min, empty(DType::i8), {1})),
            (std::vector<int8_t>{127, 127}));
  EXPECT_EQ(elementsOf<int8_t>(reduce(ReduceKind::max, empty(DType::i8), {1})),
            (std::vector<int8_t>{-128, -128}));
  EXPECT_EQ(
      elementsOf<Half>(reduce(ReduceKind::max, empty(DType::f16), {1}))[0].bits,
      0xfc00);
  EXPECT_EQ(elementsOf<Boolean>(
                reduce(ReduceKind::min, empty(DType::boolean), {1}))[0]
                .byte,
            1);
  EXPECT_EQ(shapeOf(reduce(ReduceKind::sum, empty(DType::f32), {0})),
            (std::vector<int64_t>{1, 0}));
}

TEST(ReduceTest, OfBooleansIsAllOrAny) {
  const Boolean no(false);
  const Boolean yes(true);
  Tensor x = Tensor::of<Boolean>({3, 2}, {yes, yes, yes, no, no, no});
  auto bytes = [&](ReduceKind kind) {
    std::vector<int> result;
    for (Boolean value : elementsOf<Boolean>(reduce(kind, x, {1})))
      result.push_back(value.byte);
    return result;
  };
  EXPECT_EQ(bytes(ReduceKind::min), (std::vector<int>{1, 0, 0}));
  EXPECT_EQ(bytes(ReduceKind::max), (std::vector<int>{1, 1, 0}));
}

TEST(ReduceTest, AppliesItsEpilogue) {
  ProgramBuilder b("reduce");
  ValueId x = b.input("x", DType::u8, {2, 2});
  ValueId count = b.input("count", DType::f32, {1, 1});
  RegionBuilder region({DType::i32, DType::f32});
  region.yield(region.div(region.cast(DType::f32, region.parameter(0)),
                          region.parameter(1)));
  b.output(b.reduce(ReduceKind::sum, x, {1}, {region, {count}}));
  auto out = run(b, {Tensor::of<uint8_t>({2, 2}, {200, 201, 1, 2}),
                     Tensor::of<float>({1, 1}, {2})});
  EXPECT_EQ(elementsOf<float>(out[0]), (std::vector<float>{200.5f, 1.5f}));
}

// Whatever dims are reduced: each input element reaches its result.
TEST(ReduceTest, AgreesWithTheDefinitionOverRandomDims) {
  Random random(7);
  for (int round = 0; round < 60; ++round) {
    std::vector<int64_t> shape;
    for (int64_t i = pick(random, 1, 5); i > 0; --i)
      shape.push_back(pick(random, 1, 5));
    DimList dims;
    for (size_t i = 0; i < shape.size(); ++i)
      if (random() % 2)
        dims.push_back(static_cast<int64_t>(i));
    if (dims.empty())
      dims.push_back(0);
    Tensor x = randomTensor<int32_t>(random, shape);
    Tensor out = reduce(ReduceKind::sum, x, dims);
    std::vector<uint32_t> expected(out.elementCount(), 0);
    for (int64_t i = 0; i < x.elementCount(); ++i) {
      int64_t rest = i;
      int64_t index = 0;
      int64_t stride = 1;
      for (size_t d = shape.size(); d-- > 0;) {
        index += rest % shape[d] % out.shape()[d] * stride;
        rest /= shape[d];
        stride *= out.shape()[d];
      }
      expected[index] += static_cast<uint32_t>(x.elements<int32_t>()[i]);
    }
    ASSERT_EQ(elementsOf<int32_t>(out),
              std::vector<int32_t>(expected.begin(), expected.end()))
        << round;
  }
}

} // namespace
