// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolutions against their definition, over random attributes.

#include "Testing.h"

using namespace glowplug;
using namespace glowplug::test;

namespace {

constexpr float inf = std::numeric_limits<float>::infinity();

TEST(ConvTest, CorrelatesASmallImage) {
  ProgramBuilder b("conv");
  ValueId x = b.input("x", DType::f32, {1, 1, 3, 3});
  ValueId w = b.input("w", DType::f32, {1, 1, 2, 2});
  b.output(b.conv(x, w));
  ConvOptions options;
  options.padsLow = {1, 0};
  options.strides = {2, 2};
  b.output(b.conv(x, w, options));
  auto out =
      run(b, {Tensor::of<float>({1, 1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9}),
              Tensor::of<float>({1, 1, 2, 2}, {1, 10, 100, 1000})});
  EXPECT_EQ(elementsOf<float>(out[0]),
            (std::vector<float>{5421, 6532, 8754, 9865}));
  EXPECT_EQ(shapeOf(out[1]), (std::vector<int64_t>{1, 1, 2, 1}));
  EXPECT_EQ(elementsOf<float>(out[1]), (std::vector<float>{2100, 8754}));
}

TEST(ConvTest, PaddingCountsAsTheZeroPoint) {
  ProgramBuilder b("conv");
  ValueId x = b.input("x", DType::u8, {1, 1, 2});
  ValueId w = b.input("w", DType::i8, {2, 1, 3});
  ConvOptions options;
  options.padsLow = {1};
  options.padsHigh = {1};
  options.lhsZp = {100};
  options.rhsZp = {0, 1};
  b.output(b.conv(x, w, options));
  auto out = run(b, {Tensor::of<uint8_t>({1, 1, 2}, {101, 98}),
                     Tensor::of<int8_t>({2, 1, 3}, {1, 2, 3, 1, 2, 3})});
  EXPECT_EQ(elementsOf<int32_t>(out[0]),
            (std::vector<int32_t>{2 - 6, 1 - 4, 1 - 4, 0 - 2}));
}

TEST(ConvTest, PaddingContributesNothingToInfiniteWeights) {
  ProgramBuilder b("conv");
  ValueId x = b.input("x", DType::f32, {1, 1, 2});
  ValueId w = b.input("w", DType::f32, {1, 1, 2});
  ConvOptions options;
  options.padsLow = {1};
  b.output(b.conv(x, w, options));
  ConvOptions stretched;
  stretched.strides = {2};
  b.output(b.convTranspose(x, w, stretched));
  auto out = run(b, {Tensor::of<float>({1, 1, 2}, {1, 2}),
                     Tensor::of<float>({1, 1, 2}, {inf, 1})});
  EXPECT_EQ(elementsOf<float>(out[0]), (std::vector<float>{1, inf}));
  EXPECT_EQ(elementsOf<float>(out[1]), (std::vector<float>{inf, 1, inf, 2}));
}

TEST(ConvTest, HasNoOutputWhereTheKernelDoesNotFit) {
  ProgramBuilder b("conv");
  ConvOptions options;
  options.strides = {2};
  b.output(b.conv(b.input("x", DType::f32, {1, 1, 2}),
                  b.input("w", DType::f32, {1, 1, 3}), options));
  auto out = run(b, {Tensor::of<float>({1, 1, 2}, {1, 2}),
                     Tensor::of<float>({1, 1, 3}, {1, 2, 3})});
  EXPECT_EQ(shapeOf(out[0]), (std::vector<int64_t>{1, 1, 0}));
}

TEST(ConvTest, OfNoChannelsIsZero) {
  ProgramBuilder b("conv");
  b.output(b.conv(b.input("x", DType::f32, {1, 0, 4}),
                  b.input("w", DType::f32, {2, 0, 3})));
  auto out = run(b, {llvm::cantFail(Tensor::zeros(DType::f32, {1, 0, 4})),
                     llvm::cantFail(Tensor::zeros(DType::f32, {2, 0, 3}))});
  EXPECT_EQ(elementsOf<float>(out[0]), std::vector<float>(4, 0));
}

TEST(ConvTest, AppliesBiasResidualAndActivation) {
  ProgramBuilder b("conv");
  ValueId x = b.input("x", DType::f32, {1, 1, 3});
  ValueId w = b.input("w", DType::f32, {2, 1, 1});
  ValueId bias = b.input("bias", DType::f32, {1, 2, 1});
  ValueId residual = b.input("residual", DType::f32, {1, 2, 3});
  RegionBuilder region({DType::f32, DType::f32, DType::f32});
  ScalarId sum =
      region.add(region.add(region.parameter(0), region.parameter(1)),
                 region.parameter(2));
  region.yield(region.max(sum, region.constant(0.0f)));
  ConvOptions options;
  options.epilogue = {region, {bias, residual}};
  b.output(b.conv(x, w, options));
  auto out = run(b, {Tensor::of<float>({1, 1, 3}, {1, 2, 3}),
                     Tensor::of<float>({2, 1, 1}, {1, -1}),
                     Tensor::of<float>({1, 2, 1}, {10, 2}),
                     Tensor::of<float>({1, 2, 3}, {0, 1, 2, 0, 1, 2})});
  EXPECT_EQ(elementsOf<float>(out[0]),
            (std::vector<float>{11, 13, 15, 1, 1, 1}));
}

/// One convolution with random attributes.
struct Case {
  int64_t batch, groups, inputChannels, outputChannels; // channels of a group
  std::vector<int64_t> input, kernel, strides, low, high, dilations;
  int32_t inputZp = 0;
  std::vector<int32_t> weightsZp;

  explicit Case(Random &random) {
    batch = pick(random, 1, 2);
    groups = pick(random, 1, 3);
    inputChannels = pick(random, 1, 4);
    outputChannels = pick(random, 1, 6);
    for (int64_t i = pick(random, 1, 3); i > 0; --i) {
      kernel.push_back(pick(random, 1, 3));
      strides.push_back(pick(random, 1, 3));
      dilations.push_back(pick(random, 1, 2));
      low.push_back(pick(random, 0, 2));
      high.push_back(pick(random, 0, 2));
      const int64_t reach = (kernel.back() - 1) * dilations.back() + 1;
      input.push_back(pick(random, reach, reach + 5));
    }
  }

  ConvOptions options() const {
    ConvOptions options;
    options.strides = strides;
    options.padsLow = low;
    options.padsHigh = high;
    options.dilations = dilations;
    options.groups = groups;
    return options;
  }
  std::vector<int64_t> inputShape() const {
    std::vector<int64_t> shape = {batch, groups * inputChannels};
    shape.insert(shape.end(), input.begin(), input.end());
    return shape;
  }
  std::vector<int64_t> weightsShape(bool transposed) const {
    std::vector<int64_t> shape = {groups * outputChannels, inputChannels};
    if (transposed)
      shape = {groups * inputChannels, outputChannels};
    shape.insert(shape.end(), kernel.begin(), kernel.end());
    return shape;
  }
};

/// Calls \p function with every position of \p shape, in row-major order.
template <typename Function>
void forEach(const std::vector<int64_t> &shape, Function function) {
  std::vector<int64_t> position(shape.size(), 0);
  int64_t count = 1;
  for (int64_t dim : shape)
    count *= dim;
  for (; count > 0; --count) {
    function(position);
    for (size_t i = shape.size(); i-- > 0;) {
      if (++position[i] < shape[i])
        break;
      position[i] = 0;
    }
  }
}

/// Row-major index of \p position within \p shape; -1 outside of it.
int64_t indexOf(const std::vector<int64_t> &shape,
                const std::vector<int64_t> &position) {
  int64_t index = 0;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (position[i] < 0 || position[i] >= shape[i])
      return -1;
    index = index * shape[i] + position[i];
  }
  return index;
}

/// conv by the formula of the schema, one output element at a time.
template <typename X, typename W, typename Sum, typename Result>
std::vector<Result> convolve(const Case &c, const Tensor &x, const Tensor &w,
                             llvm::ArrayRef<int64_t> outputShape) {
  std::vector<Result> result;
  forEach(outputShape.vec(), [&](const std::vector<int64_t> &at) {
    const int64_t group = at[1] / c.outputChannels;
    const Sum weightZp =
        c.weightsZp.empty() ? Sum(0) : static_cast<Sum>(c.weightsZp[at[1]]);
    Sum sum = 0;
    for (int64_t channel = 0; channel < c.inputChannels; ++channel)
      forEach(c.kernel, [&](const std::vector<int64_t> &tap) {
        std::vector<int64_t> from = {at[0], group * c.inputChannels + channel};
        std::vector<int64_t> weight = {at[1], channel};
        for (size_t i = 0; i < tap.size(); ++i) {
          from.push_back(at[i + 2] * c.strides[i] + tap[i] * c.dilations[i] -
                         c.low[i]);
          weight.push_back(tap[i]);
        }
        const int64_t index = indexOf(c.inputShape(), from);
        if (index < 0)
          return;
        sum += (static_cast<Sum>(x.elements<X>()[index]) -
                static_cast<Sum>(c.inputZp)) *
               (static_cast<Sum>(
                    w.elements<W>()[indexOf(c.weightsShape(false), weight)]) -
                weightZp);
      });
    result.push_back(static_cast<Result>(sum));
  });
  return result;
}

template <typename X, typename W, typename Sum, typename Result>
void checkRandomConvs(uint32_t seed) {
  Random random(seed);
  for (int round = 0; round < 60; ++round) {
    Case c(random);
    Tensor x = randomTensor<X>(random, c.inputShape());
    Tensor w = randomTensor<W>(random, c.weightsShape(false));
    ConvOptions options = c.options();
    if (std::is_integral_v<X>) {
      c.inputZp = static_cast<int32_t>(pick(random, -128, 255));
      options.lhsZp = {c.inputZp};
      for (int64_t i = 0; i < c.groups * c.outputChannels; ++i)
        c.weightsZp.push_back(static_cast<int32_t>(pick(random, -128, 255)));
      options.rhsZp = c.weightsZp;
    }
    ProgramBuilder b("conv");
    ValueId y =
        b.conv(b.input("x", dtypeOf<X>, c.inputShape()),
               b.input("w", dtypeOf<W>, c.weightsShape(false)), options);
    b.output(y);
    InterpreterOptions interpreter;
    interpreter.threads = static_cast<unsigned>(pick(random, 1, 3));
    ASSERT_EQ(elementsOf<Result>(run(b, {x, w}, interpreter)[0]),
              (convolve<X, W, Sum, Result>(c, x, w, b.shape(y))))
        << "round " << round;
  }
}

TEST(ConvTest, AgreesWithTheDefinition) {
  checkRandomConvs<float, float, double, float>(11);
  checkRandomConvs<double, double, double, double>(12);
  checkRandomConvs<uint8_t, int8_t, int32_t, int32_t>(13);
  checkRandomConvs<int8_t, int8_t, int32_t, int32_t>(14);
  checkRandomConvs<int16_t, uint8_t, uint32_t, int32_t>(15);
  checkRandomConvs<uint64_t, uint64_t, uint64_t, uint64_t>(16);
}

/// conv_transpose as the gradient of conv: each input element adds its weights
/// to the outputs it meets. The uncropped result, then the crop.
std::vector<double> spread(const Case &c, const Tensor &x, const Tensor &w,
                           llvm::ArrayRef<int64_t> outputShape) {
  const std::vector<int64_t> shape = outputShape.vec();
  int64_t count = 1;
  for (int64_t dim : shape)
    count *= dim;
  std::vector<double> result(count, 0);
  forEach(c.inputShape(), [&](const std::vector<int64_t> &at) {
    for (int64_t channel = 0; channel < c.outputChannels; ++channel)
      forEach(c.kernel, [&](const std::vector<int64_t> &tap) {
        std::vector<int64_t> to = {
            at[0], at[1] / c.inputChannels * c.outputChannels + channel};
        std::vector<int64_t> weight = {at[1], channel};
        for (size_t i = 0; i < tap.size(); ++i) {
          to.push_back(at[i + 2] * c.strides[i] + tap[i] * c.dilations[i] -
                       c.low[i]);
          weight.push_back(tap[i]);
        }
        const int64_t index = indexOf(shape, to);
        if (index >= 0)
          result[index] +=
              x.elements<double>()[indexOf(c.inputShape(), at)] *
              w.elements<double>()[indexOf(c.weightsShape(true), weight)];
      });
  });
  return result;
}

TEST(ConvTransposeTest, AgreesWithTheGradient) {
  Random random(21);
  for (int round = 0; round < 100; ++round) {
    Case c(random);
    for (size_t i = 0; i < c.low.size(); ++i) {
      const int64_t full = (c.input[i] - 1) * c.strides[i] +
                           c.dilations[i] * (c.kernel[i] - 1) + 1;
      c.low[i] = pick(random, -2, full / 2);
      c.high[i] = pick(random, -2, full / 2);
    }
    Tensor x = randomTensor<double>(random, c.inputShape());
    Tensor w = randomTensor<double>(random, c.weightsShape(true));
    // Few bits, so that every order of the sum is exact.
    for (Tensor *tensor : {&x, &w})
      for (double &element : tensor->mutableElements<double>())
        element = std::floor(element * 64);
    ProgramBuilder b("conv");
    ValueId y = b.convTranspose(b.input("x", DType::f64, c.inputShape()),
                                b.input("w", DType::f64, c.weightsShape(true)),
                                c.options());
    b.output(y);
    ASSERT_EQ(elementsOf<double>(run(b, {x, w})[0]),
              spread(c, x, w, b.shape(y)))
        << "round " << round;
  }
}

TEST(ConvTest, GivesTheSameBitsOnAnyNumberOfThreads) {
  Random random(31);
  ProgramBuilder b("conv");
  ConvOptions options;
  options.padsLow = options.padsHigh = {1, 1};
  b.output(b.conv(b.input("x", DType::f32, {1, 16, 30, 31}),
                  b.input("w", DType::f32, {24, 16, 3, 3}), options));
  std::vector<Tensor> inputs = {randomTensor<float>(random, {1, 16, 30, 31}),
                                randomTensor<float>(random, {24, 16, 3, 3})};
  Tensor one = run(b, inputs)[0];
  for (unsigned threads : {2, 3, 7}) {
    InterpreterOptions interpreter;
    interpreter.threads = threads;
    EXPECT_EQ(run(b, inputs, interpreter)[0].bytes(), one.bytes()) << threads;
  }
}

} // namespace
