// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Windows, matrix products and convolutions of any type and shape.

#include "tests/unit/backends/cpu/plugin/Testing.h"

#include <cmath>

using namespace glowplug;
using namespace glowplug::cputest;
using image::ReduceKind;

namespace {

Tensor magnitudes(const Tensor &tensor) {
  Tensor result = llvm::cantFail(tensor.clone());
  auto bytes = result.mutableBytes();
  const size_t size = dtypeBytes(tensor.dtype());
  for (size_t i = size - 1; i < bytes.size(); i += size)
    bytes[i] &= 0x7f; // the sign
  return result;
}

/// The bound of a sum of \p depth products: each product and each addition
/// rounds once in the accumulator's type, and the result once more.
Limit sumLimit(const ProgramBuilder &b, llvm::ArrayRef<Tensor> inputs,
               int64_t depth) {
  DType type = inputs[0].dtype();
  if (!isFloat(type))
    return {};
  std::vector<Tensor> absolute;
  for (const Tensor &input : inputs)
    absolute.push_back(magnitudes(input));
  double unit = type == DType::f64 ? 0x1p-53 : 0x1p-24;
  return {1, unit * static_cast<double>(depth + 1),
          runReference(imageOf(b), absolute)};
}

/// A type that contractions take.
DType pickType(Random &random) { return allTypes()[1 + random() % 12]; }

std::vector<int32_t> pickZeroPoints(Random &random, DType type, size_t count) {
  std::vector<int32_t> points;
  if (isFloat(type) || random() % 3 == 0)
    return points;
  points.resize(random() % 2 ? 1 : count);
  for (int32_t &point : points)
    point = static_cast<int32_t>(isSignedInteger(type) ? pick(random, -100, 100)
                                                       : pick(random, 0, 200));
  return points;
}

} // namespace

TEST(CpuWindow, AllKindsAndShapes) {
  for (const uint32_t seed : seeds(150)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    auto kind =
        std::array{ReduceKind::sum, ReduceKind::min, ReduceKind::max}[seed % 3];
    DType type = pickType(random);
    size_t rank = random() % 5;
    std::vector<int64_t> shape = pickShape(random, rank, rank < 3 ? 40 : 9);
    DimList sizes;
    WindowOptions options;
    int64_t taps = 1;
    for (int64_t dim : shape) {
      int64_t size = pick(random, 1, 4), dilation = pick(random, 1, 2);
      int64_t low = pick(random, 0, 3), high = pick(random, 0, 3);
      while (dim + low + high < dilation * (size - 1) + 1)
        ++high;
      sizes.push_back(size);
      taps *= size;
      options.strides.push_back(pick(random, 1, 3));
      options.dilations.push_back(dilation);
      options.padsLow.push_back(low);
      options.padsHigh.push_back(high);
    }
    ProgramBuilder b("window");
    b.output(b.window(kind, b.input("x", type, shape), sizes, options));
    Tensor x = kind == ReduceKind::sum ? randomTensor(random, type, shape)
                                       : specialTensor(random, type, shape);
    expectAgreement(b, x,
                    kind == ReduceKind::sum ? sumLimit(b, x, taps) : Limit{});
  }
}

TEST(CpuMatMul, AllTypesAndShapes) {
  for (const uint32_t seed : seeds(120)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    DType type = pickType(random);
    int64_t m = pick(random, 1, 40), n = pick(random, 1, 70);
    int64_t k = pick(random, 1, 90);
    std::vector<int64_t> lhs = pickShape(random, random() % 3, 4), rhs = lhs;
    for (size_t d = 0; d < lhs.size(); ++d)
      (random() % 2 ? lhs : rhs)[d] = random() % 2 ? 1 : lhs[d];
    for (size_t d = 0; d < lhs.size(); ++d)
      if (lhs[d] != 1 && rhs[d] != 1)
        rhs[d] = lhs[d];
    lhs.insert(lhs.end(), {m, k});
    rhs.insert(rhs.end(), {k, n});
    MatMulOptions options;
    options.lhsZp = pickZeroPoints(random, type, static_cast<size_t>(m));
    options.rhsZp = pickZeroPoints(random, type, static_cast<size_t>(n));
    ProgramBuilder b("matmul");
    ValueId x = b.input("x", type, lhs), y = b.input("y", type, rhs);
    b.output(b.matmul(x, y, options));
    std::vector<Tensor> inputs{randomTensor(random, type, lhs),
                               randomTensor(random, type, rhs)};
    expectAgreement(b, inputs, sumLimit(b, inputs, k));
  }
}

TEST(CpuMatMul, QuantizedWithEpilogue) {
  Random random(1);
  ProgramBuilder b("quantized");
  ValueId x = b.input("x", DType::u8, {5, 30});
  ValueId y = b.input("y", DType::u8, {30, 37});
  ValueId bias = b.input("bias", DType::i32, {1, 37});
  ValueId scale = b.input("scale", DType::f32, {1, 37});
  RegionBuilder region({DType::i32, DType::i32, DType::f32});
  ScalarId sum = region.add(region.parameter(0), region.parameter(1));
  ScalarId zero = region.constantOf(DType::i32, 0);
  ScalarId real =
      region.dequantize(sum, region.constantOf(DType::f32, 1e-4), zero);
  region.yield(region.quantize(region.mul(real, region.parameter(2)),
                               region.constantOf(DType::f32, 0.05),
                               region.constantOf(DType::u8, 128)));
  MatMulOptions options{{3}, {128}, {region, {bias, scale}}};
  b.output(b.matmul(x, y, options));
  expectAgreement(b, {randomTensor(random, DType::u8, {5, 30}),
                      randomTensor(random, DType::u8, {30, 37}),
                      randomTensor(random, DType::i32, {1, 37}),
                      randomTensor(random, DType::f32, {1, 37})});
}

TEST(CpuMatMul, TransposedConstantOnTheRight) {
  Random random(2);
  Tensor weights = randomTensor(random, DType::f32, {48, 64});
  Tensor x = randomTensor(random, DType::f32, {33, 64});
  AlignedBytes segment(weights.bytes());
  ProgramBuilder b("transposed");
  uint32_t index = b.addSegment(segment);
  ValueId input = b.input("x", DType::f32, {33, 64});
  ValueId w = b.constantSegment(DType::f32, {48, 64}, index, 0);
  b.output(b.matmul(input, b.transpose(w, {1, 0})));
  llvm::ArrayRef<uint8_t> segments[] = {segment};
  AlignedBytes image = imageOf(b);
  // |a b| <= 4, so that a sum of 64 of them is at most 256.
  std::vector<Tensor> sums{llvm::cantFail(Tensor::zeros(DType::f32, {33, 48}))};
  for (float &sum : sums[0].mutableElements<float>())
    sum = 256;
  expectAgreement(b, x, {1, 65 * 0x1p-24, sums}, {}, segments);
}

namespace {

struct RandomConv {
  std::vector<int64_t> input, weights;
  ConvOptions options;
  int64_t depth = 1;
};

RandomConv pickConv(Random &random, bool isTransposed) {
  RandomConv conv;
  size_t spatial = 1 + random() % 3;
  int64_t groups = pick(random, 1, 3);
  int64_t groupIn = pick(random, 1, 6), groupOut = pick(random, 1, 6);
  conv.options.groups = groups;
  conv.input = {pick(random, 1, 2), groups * groupIn};
  conv.weights = isTransposed
                     ? std::vector<int64_t>{groups * groupIn, groupOut}
                     : std::vector<int64_t>{groups * groupOut, groupIn};
  conv.depth = groupIn;
  for (size_t d = 0; d < spatial; ++d) {
    int64_t in = pick(random, 1, spatial == 3 ? 6 : 20);
    int64_t size = pick(random, 1, 4), dilation = pick(random, 1, 2);
    int64_t stride = pick(random, 1, 3);
    int64_t low = pick(random, isTransposed ? -1 : 0, 2);
    int64_t high = pick(random, isTransposed ? -1 : 0, 2);
    int64_t reach = dilation * (size - 1) + 1;
    if (isTransposed)
      while ((in - 1) * stride + reach - low - high < 1)
        --high;
    else
      while (in + low + high < reach)
        ++high;
    conv.input.push_back(in);
    conv.weights.push_back(size);
    conv.options.strides.push_back(stride);
    conv.options.dilations.push_back(dilation);
    conv.options.padsLow.push_back(low);
    conv.options.padsHigh.push_back(high);
    conv.depth *= size;
  }
  return conv;
}

} // namespace

TEST(CpuConv, AllTypesAndShapes) {
  for (const uint32_t seed : seeds(150)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    DType type = seed % 2 ? DType::f32 : pickType(random);
    RandomConv conv = pickConv(random, false);
    if (auto points = pickZeroPoints(random, type, 1); !points.empty())
      conv.options.lhsZp = points;
    conv.options.rhsZp =
        pickZeroPoints(random, type, static_cast<size_t>(conv.weights[0]));
    ProgramBuilder b("conv");
    ValueId x = b.input("x", type, conv.input);
    ValueId w = b.input("w", type, conv.weights);
    b.output(b.conv(x, w, conv.options));
    std::vector<Tensor> inputs{randomTensor(random, type, conv.input),
                               randomTensor(random, type, conv.weights)};
    expectAgreement(b, inputs, sumLimit(b, inputs, conv.depth));
  }
}

TEST(CpuConv, TransposedOfAllTypesAndShapes) {
  for (const uint32_t seed : seeds(100)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    DType type = seed % 2 ? DType::f32 : pickType(random);
    RandomConv conv = pickConv(random, true);
    ProgramBuilder b("transposed");
    ValueId x = b.input("x", type, conv.input);
    ValueId w = b.input("w", type, conv.weights);
    b.output(b.convTranspose(x, w, conv.options));
    std::vector<Tensor> inputs{randomTensor(random, type, conv.input),
                               randomTensor(random, type, conv.weights)};
    expectAgreement(b, inputs, sumLimit(b, inputs, conv.depth));
  }
}

/// A stride says how far apart inputs are, and how many phases there may be:
/// not how many there are.
TEST(CpuConv, TransposedWithStridesBeyondTheResult) {
  RandomConv huge, beyond;
  huge.input = {1, 3, 1};
  huge.weights = {3, 16, 2};
  huge.options.strides = {(int64_t{1} << 58) + 1};
  huge.options.dilations = {2};
  huge.options.padsLow = {1};
  beyond.input = {1, 2, 2, 3};
  beyond.weights = {2, 4, 2, 3};
  beyond.options.strides = {7, 100};
  beyond.options.padsLow = {3, 99};
  beyond.options.padsHigh = {2, 98};
  for (const RandomConv &conv : {huge, beyond}) {
    Random random(1);
    ProgramBuilder b("transposed");
    ValueId x = b.input("x", DType::i32, conv.input);
    ValueId w = b.input("w", DType::i32, conv.weights);
    b.output(b.convTranspose(x, w, conv.options));
    expectAgreement(b, {randomTensor(random, DType::i32, conv.input),
                        randomTensor(random, DType::i32, conv.weights)});
  }
}

TEST(CpuConv, TransposedOfTooManyPhasesIsRefused) {
  ProgramBuilder b("transposed");
  ValueId x = b.input("x", DType::f32, {1, 1, 2, 2});
  ValueId w = b.input("w", DType::f32, {1, 1, 1, 1});
  ConvOptions options;
  options.strides = {64, 65};
  options.padsLow = {0, 0};
  options.padsHigh = {-63, -64}; // of a result of [128, 130]
  b.output(b.convTranspose(x, w, options));
  const AlignedBytes image = imageOf(b);
  auto verdicts = cpuBackend()->check(image);
  ASSERT_TRUE(static_cast<bool>(verdicts));
  EXPECT_EQ(verdicts->front().reason,
            "more than 4096 phases, as the strides say");
}

/// Infinite weights and NaN reach the outputs that they belong to, and no
/// others: a strided one has no zeros between its inputs.
TEST(CpuConv, TransposedWithInfiniteWeights) {
  const float values[] = {0, 1, 2, -1, INFINITY, -INFINITY, NAN};
  for (const uint32_t seed : seeds(30)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    RandomConv conv = pickConv(random, true);
    ProgramBuilder b("transposed");
    ValueId x = b.input("x", DType::f32, conv.input);
    ValueId w = b.input("w", DType::f32, conv.weights);
    b.output(b.convTranspose(x, w, conv.options));
    const auto fill = [&](llvm::ArrayRef<int64_t> shape, size_t count) {
      Tensor tensor = llvm::cantFail(Tensor::zeros(DType::f32, shape));
      for (float &element : tensor.mutableElements<float>())
        element = values[random() % count];
      return tensor;
    };
    std::vector<Tensor> inputs{fill(conv.input, 4), fill(conv.weights, 7)};
    expectAgreement(b, inputs);
  }
}

TEST(CpuConv, EpiloguesWithExtras) {
  for (const uint32_t seed : seeds(20)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    RandomConv conv = pickConv(random, false);
    ProgramBuilder b("epilogue");
    ValueId x = b.input("x", DType::i8, conv.input);
    ValueId w = b.input("w", DType::i8, conv.weights);
    std::vector<int64_t> result(b.shape(b.conv(x, w, conv.options)));
    std::vector<int64_t> bias(result.size(), 1);
    bias[1] = result[1];
    RegionBuilder region({DType::i32, DType::i32, DType::i16});
    ScalarId sum = region.add(region.parameter(0), region.parameter(1));
    region.yield(region.max(
        region.add(sum, region.cast(DType::i32, region.parameter(2))),
        region.constantOf(DType::i32, 0)));
    conv.options.epilogue = {
        region,
        {b.input("b", DType::i32, bias), b.input("r", DType::i16, result)}};
    b.output(b.conv(x, w, conv.options));
    expectAgreement(b, {randomTensor(random, DType::i8, conv.input),
                        randomTensor(random, DType::i8, conv.weights),
                        randomTensor(random, DType::i32, bias),
                        randomTensor(random, DType::i16, result)});
  }
}

TEST(CpuConv, TransposedWithConstantWeightsAndEpilogue) {
  for (const uint32_t seed : seeds(20)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    RandomConv conv = pickConv(random, true);
    Tensor weights = randomTensor(random, DType::f32, conv.weights);
    AlignedBytes segment(weights.bytes());
    llvm::ArrayRef<uint8_t> segments[] = {segment};
    RegionBuilder region({DType::f32, DType::f32});
    region.yield(region.max(region.parameter(0), region.parameter(1)));
    std::vector<int64_t> floor(conv.input.size(), 1);
    ProgramBuilder b("transposed");
    ValueId x = b.input("x", DType::f32, conv.input);
    ValueId low = b.input("low", DType::f32, floor);
    uint32_t index = b.addSegment(segment);
    ValueId w = b.constantSegment(DType::f32, conv.weights, index, 0);
    conv.options.epilogue = {region, {low}};
    b.output(b.convTranspose(x, w, conv.options));
    std::vector<Tensor> inputs{randomTensor(random, DType::f32, conv.input),
                               randomTensor(random, DType::f32, floor)};
    // Every factor is at most 2 in size.
    std::vector<Tensor> sums = runReference(imageOf(b), inputs, segments);
    for (float &sum : sums[0].mutableElements<float>())
      sum = static_cast<float>(4 * conv.depth);
    expectAgreement(
        b, inputs,
        {1, 0x1p-24 * static_cast<double>(conv.depth + 1), std::move(sums)}, {},
        segments);
  }
}

/// Sums of nothing are 0, and the epilogue still runs.
TEST(CpuConv, NothingToSum) {
  RegionBuilder region({DType::f32});
  region.yield(
      region.add(region.parameter(0), region.constantOf(DType::f32, 1.5)));
  ConvOptions options;
  options.epilogue.region = region;
  MatMulOptions product;
  product.epilogue.region = region;
  ProgramBuilder b("empty");
  ValueId x = b.input("x", DType::f32, {2, 0, 7});
  ValueId y = b.input("y", DType::f32, {0, 7});
  b.output(b.conv(x, b.input("w", DType::f32, {4, 0, 3}), options));
  b.output(b.convTranspose(x, b.input("v", DType::f32, {0, 4, 3}), options));
  b.output(b.matmul(b.transpose(y, {1, 0}), y, product));
  auto empty = [](llvm::ArrayRef<int64_t> shape) {
    return llvm::cantFail(Tensor::zeros(DType::f32, shape));
  };
  expectAgreement(
      b, {empty({2, 0, 7}), empty({0, 7}), empty({4, 0, 3}), empty({0, 4, 3})});
}
