// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sliding windows against their definition.

#include "Testing.h"

using namespace glowplug;
using namespace glowplug::test;
using image::ReduceKind;

namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float inf = std::numeric_limits<float>::infinity();

Tensor window(ReduceKind kind, const Tensor &input, const DimList &sizes,
              const WindowOptions &options = {}) {
  ProgramBuilder b("window");
  b.output(b.window(kind, b.input("x", input.dtype(), input.shape()), sizes,
                    options));
  return run(b, {input})[0];
}

WindowOptions padded(const DimList &low, const DimList &high) {
  WindowOptions options;
  options.padsLow = low;
  options.padsHigh = high;
  return options;
}

TEST(WindowTest, PaddingIsTheIdentity) {
  Tensor x = Tensor::of<float>({3}, {-1, -2, -3});
  WindowOptions options = padded({1}, {1});
  EXPECT_EQ(elementsOf<float>(window(ReduceKind::max, x, {3}, options)),
            (std::vector<float>{-1, -1, -2}));
  EXPECT_EQ(elementsOf<float>(window(ReduceKind::sum, x, {3}, options)),
            (std::vector<float>{-3, -6, -5}));
  EXPECT_EQ(elementsOf<float>(window(ReduceKind::min, x, {3}, options)),
            (std::vector<float>{-2, -3, -3}));
  // Windows that lie in the padding altogether.
  options = padded({3}, {0});
  EXPECT_EQ(elementsOf<float>(window(ReduceKind::max, x, {3}, options))[0],
            -inf);
  EXPECT_EQ(
      elementsOf<uint8_t>(window(ReduceKind::min, Tensor::of<uint8_t>({1}, {7}),
                                 {2}, padded({2}, {0}))),
      (std::vector<uint8_t>{255, 7}));
}

TEST(WindowTest, SumsRunInTheAccumulatorType) {
  EXPECT_EQ(elementsOf<int32_t>(window(
                ReduceKind::sum, Tensor::of<int8_t>({3}, {100, 100, -1}), {2})),
            (std::vector<int32_t>{200, 99}));
  EXPECT_EQ(elementsOf<float>(
                window(ReduceKind::sum,
                       Tensor::of<float>({3}, {0x1p30f, 1, -0x1p30f}), {3})),
            std::vector<float>{1});
}

TEST(WindowTest, NanPropagates) {
  Tensor x = Tensor::of<float>({4}, {nan, 1, 2, 3});
  for (ReduceKind kind : {ReduceKind::max, ReduceKind::min, ReduceKind::sum}) {
    auto out = elementsOf<float>(window(kind, x, {2}));
    EXPECT_TRUE(std::isnan(out[0]));
    EXPECT_FALSE(std::isnan(out[1]));
  }
}

TEST(WindowTest, TakesRankZeroAndEmptyTensors) {
  EXPECT_EQ(
      elementsOf<float>(window(ReduceKind::sum, Tensor::scalar(3.0f), {})),
      std::vector<float>{3});
  Tensor empty = llvm::cantFail(Tensor::zeros(DType::f32, {2, 0}));
  EXPECT_EQ(elementsOf<float>(
                window(ReduceKind::max, empty, {1, 1}, padded({0, 1}, {0, 1}))),
            (std::vector<float>(4, -inf)));
}

TEST(WindowTest, TakesWindowsFarLargerThanTheInput) {
  const int64_t huge = int64_t{1} << 40;
  Tensor x = Tensor::of<float>({2, 2}, {1, 2, 3, 4});
  WindowOptions options = padded({huge, 0}, {huge - 2, 0});
  EXPECT_EQ(
      elementsOf<float>(window(ReduceKind::sum, x, {2 * huge, 2}, options)),
      std::vector<float>{10});
  options = padded({0, huge}, {0, huge - 2});
  options.dilations = {1, 1};
  EXPECT_EQ(
      elementsOf<float>(window(ReduceKind::sum, x, {1, 2 * huge}, options)),
      (std::vector<float>{3, 7}));
}

TEST(WindowTest, AppliesItsEpilogue) {
  ProgramBuilder b("window");
  ValueId x = b.input("x", DType::u8, {1, 3});
  RegionBuilder region({DType::i32});
  region.yield(region.cast(
      DType::u8, region.div(region.parameter(0), region.constant(int32_t{2}))));
  WindowOptions options;
  options.epilogue.region = region;
  b.output(b.window(ReduceKind::sum, x, {1, 2}, options));
  auto out = run(b, {Tensor::of<uint8_t>({1, 3}, {200, 201, 1})});
  EXPECT_EQ(elementsOf<uint8_t>(out[0]), (std::vector<uint8_t>{200, 101}));
}

/// One window by the formula, at \p position of the result.
double combine(ReduceKind kind, const Tensor &x, const DimList &sizes,
               const WindowOptions &o, llvm::ArrayRef<int64_t> position) {
  double result = kind == ReduceKind::sum   ? 0
                  : kind == ReduceKind::max ? -inf
                                            : inf;
  std::vector<int64_t> tap(sizes.size(), 0);
  while (true) {
    int64_t index = 0;
    bool inside = true;
    for (size_t i = 0; i < sizes.size(); ++i) {
      const int64_t at =
          position[i] * o.strides[i] + tap[i] * o.dilations[i] - o.padsLow[i];
      inside &= at >= 0 && at < x.shape()[i];
      index = index * x.shape()[i] + at;
    }
    if (inside) {
      const double value = x.elements<double>()[index];
      result = kind == ReduceKind::sum   ? result + value
               : kind == ReduceKind::max ? std::max(result, value)
                                         : std::min(result, value);
    }
    size_t i = sizes.size();
    while (i-- > 0) {
      if (++tap[i] < sizes[i])
        break;
      tap[i] = 0;
    }
    if (i == static_cast<size_t>(-1))
      return result;
  }
}

TEST(WindowTest, AgreesWithTheDefinition) {
  Random random(9);
  for (int round = 0; round < 150; ++round) {
    const ReduceKind kind = std::array{ReduceKind::sum, ReduceKind::max,
                                       ReduceKind::min}[round % 3];
    std::vector<int64_t> shape;
    DimList sizes;
    WindowOptions o;
    for (int64_t i = pick(random, 1, 4); i > 0; --i) {
      sizes.push_back(pick(random, 1, 3));
      o.strides.push_back(pick(random, 1, 3));
      o.dilations.push_back(pick(random, 1, 3));
      o.padsLow.push_back(pick(random, 0, 4));
      o.padsHigh.push_back(pick(random, 0, 4));
      const int64_t reach = (sizes.back() - 1) * o.dilations.back() + 1;
      shape.push_back(std::max<int64_t>(1, reach - o.padsLow.back() -
                                               o.padsHigh.back() +
                                               pick(random, 0, 4)));
    }
    Tensor x = randomTensor<double>(random, shape);
    Tensor out = window(kind, x, sizes, o);
    llvm::SmallVector<int64_t, 4> position(shape.size(), 0);
    for (double element : out.elements<double>()) {
      ASSERT_EQ(element, combine(kind, x, sizes, o, position)) << round;
      for (size_t i = shape.size(); i-- > 0;) {
        if (++position[i] < out.shape()[i])
          break;
        position[i] = 0;
      }
    }
  }
}

} // namespace
