// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// 8-bit graphs with constant weights, as the tiled kernels take them, bit by
// bit against the reference interpreter.

#include "tests/unit/backends/cpu/plugin/IntegerGraph.h"

using namespace glowplug;
using namespace glowplug::cputest;
using image::ReduceKind;

namespace {

int64_t outSize(int64_t in, int64_t pads, int64_t size, int64_t stride,
                int64_t dilation) {
  return (in + pads - dilation * (size - 1) - 1) / stride + 1;
}

/// A number that divides \p x, seldom 1.
int64_t divisor(Random &random, int64_t x) {
  std::vector<int64_t> divisors;
  for (int64_t i = x == 1 ? 1 : 2; i <= x; ++i)
    if (x % i == 0)
      divisors.push_back(i);
  return divisors[random() % divisors.size()];
}

/// A convolution of \p x with random weights, zero points and tail.
ValueId addConv(IntegerGraph &g, ValueId x,
                std::optional<int64_t> groups = std::nullopt) {
  Random &random = g.random;
  const std::vector<int64_t> shape(g.b.shape(x));
  const size_t spatial = shape.size() - 2;
  ConvOptions options;
  int64_t outputs = pick(random, 1, 70);
  switch (groups ? 6 : random() % 6) {
  case 6:
    options.groups = *groups;
    outputs = *groups * (*groups == shape[1] ? 1 : pick(random, 1, 30));
    break;
  case 0:
    options.groups = outputs = shape[1];
    break;
  case 1: // often of whole channel blocks
    options.groups = shape[1] % 32 == 0 ? 2 : 1;
    outputs = options.groups * 16 * pick(random, 1, 3);
    break;
  case 2: // of any size, which begin and end inside of blocks
    options.groups = divisor(random, shape[1]);
    outputs = options.groups *
              pick(random, 1, std::max<int64_t>(2, 70 / options.groups));
    break;
  default:
    break;
  }
  std::vector<int64_t> weights{outputs, shape[1] / options.groups};
  std::vector<int64_t> result{shape[0], outputs};
  for (size_t d = 0; d < spatial; ++d) {
    const int64_t in = shape[d + 2];
    const int64_t size = pick(random, 0, 2) ? pick(random, 1, 4) : 1;
    const int64_t dilation = pick(random, 0, 3) ? 1 : 2;
    const int64_t stride = pick(random, 0, 2) ? 1 : pick(random, 1, 3);
    // Now and then more padding than the window is wide.
    int64_t low = pick(random, 0, 2) ? size / 2 : pick(random, 0, 5);
    int64_t high = pick(random, 0, 2) ? size / 2 : pick(random, 0, 5);
    while (in + low + high < dilation * (size - 1) + 1)
      ++high;
    weights.push_back(size);
    result.push_back(outSize(in, low + high, size, stride, dilation));
    options.strides.push_back(stride);
    options.dilations.push_back(dilation);
    options.padsLow.push_back(low);
    options.padsHigh.push_back(high);
  }
  if (auto points = g.zeroPoints(g.b.dtype(x), 1); !points.empty())
    options.lhsZp = points;
  const DType type = g.pickByte();
  options.rhsZp = g.zeroPoints(type, weights[0]);
  options.epilogue = g.tail(result, 1);
  return g.b.conv(x, g.constant(type, weights), options);
}

ValueId addPool(IntegerGraph &g, ValueId x) {
  Random &random = g.random;
  const std::vector<int64_t> shape(g.b.shape(x));
  const ReduceKind kind = std::array{ReduceKind::sum, ReduceKind::max,
                                     ReduceKind::min}[random() % 3];
  DimList sizes{1, 1};
  WindowOptions options;
  options.strides = options.dilations = {1, 1};
  options.padsLow = options.padsHigh = {0, 0};
  std::vector<int64_t> result{shape[0], shape[1]};
  for (size_t d = 2; d < shape.size(); ++d) {
    const int64_t size = pick(random, 1, std::min<int64_t>(3, shape[d]));
    const int64_t stride = pick(random, 1, 2);
    const int64_t low = pick(random, 0, size - 1);
    const int64_t high = pick(random, 0, size - 1);
    sizes.push_back(size);
    options.strides.push_back(stride);
    options.dilations.push_back(1);
    options.padsLow.push_back(low);
    options.padsHigh.push_back(high);
    result.push_back(outSize(shape[d], low + high, size, stride, 1));
  }
  if (kind == ReduceKind::sum)
    options.epilogue = g.tail(result, 1);
  else if (random() % 2)
    options.epilogue.region = g.clamp(g.b.dtype(x));
  return g.b.window(kind, x, sizes, options);
}

/// quantize(dequantize(x) + dequantize(y)), or y is one number per channel.
ValueId addSum(IntegerGraph &g, ValueId x) {
  Random &random = g.random;
  const std::vector<int64_t> shape(g.b.shape(x));
  std::vector<ValueId> operands{x};
  std::vector<DType> types{g.b.dtype(x)};
  if (auto other = g.findLike(x)) {
    operands.push_back(*other);
  } else {
    std::vector<int64_t> perChannel(shape.size(), 1);
    perChannel[1] = shape[1];
    operands.push_back(g.constant(g.pickByte(), perChannel));
  }
  types.push_back(g.b.dtype(operands[1]));
  RegionBuilder region(types);
  const auto real = [&](unsigned i) {
    return region.dequantize(
        region.parameter(i),
        region.constantOf(DType::f32, 0.01 * double(pick(random, 1, 9))),
        region.constantOf(types[i], double(pick(random, 0, 100))));
  };
  const DType type = g.pickByte();
  region.yield(region.quantize(region.add(real(0), real(1)),
                               region.constantOf(DType::f32, 0.05),
                               region.constantOf(type, 7)));
  return g.b.map(region, operands)[0];
}

ValueId addConcat(IntegerGraph &g, ValueId x) {
  std::vector<ValueId> operands{x};
  if (auto other = g.findLike(x); other && g.b.dtype(*other) == g.b.dtype(x))
    operands.push_back(*other);
  return g.b.concat(operands, 1);
}

ValueId addTranspose(IntegerGraph &g, ValueId x) {
  DimList permutation{0, 1};
  for (size_t d = g.b.shape(x).size() - 1; d >= 2; --d)
    permutation.push_back(int64_t(d));
  return g.b.transpose(x, permutation);
}

/// The mean of each plane, or an extreme: an output of its own.
void addPlaneReduce(IntegerGraph &g, ValueId x) {
  std::vector<int64_t> shape(g.b.shape(x));
  DimList dims;
  for (size_t d = 2; d < shape.size(); ++d) {
    dims.push_back(int64_t(d));
    shape[d] = 1;
  }
  const ReduceKind kind = std::array{ReduceKind::sum, ReduceKind::max,
                                     ReduceKind::min}[g.random() % 3];
  Epilogue epilogue;
  if (kind == ReduceKind::sum)
    epilogue = g.tail(shape, 1);
  else if (g.random() % 2)
    epilogue.region = g.clamp(g.b.dtype(x));
  g.b.output(g.b.reduce(kind, x, dims, epilogue));
}

void buildNetwork(IntegerGraph &g) {
  Random &random = g.random;
  std::vector<int64_t> shape{pick(random, 1, 2),
                             random() % 2   ? pick(random, 1, 4)
                             : random() % 2 ? 32
                                            : pick(random, 1, 70)};
  for (size_t d = random() % 4 ? 2 : 1; d > 0; --d)
    shape.push_back(pick(random, 1, 18));
  g.planes = {g.input(g.pickByte(), shape)};
  for (int64_t ops = pick(random, 1, 6); ops > 0; --ops) {
    const ValueId x =
        random() % 3 ? g.planes.back() : g.planes[random() % g.planes.size()];
    switch (random() % 10) {
    case 0:
      g.keep(addPool(g, x));
      break;
    case 1:
    case 2:
      g.keep(addSum(g, x));
      break;
    case 3:
      g.keep(addConcat(g, x));
      break;
    case 4:
      g.keep(addTranspose(g, x));
      break;
    case 5:
      addPlaneReduce(g, x);
      break;
    default:
      g.keep(addConv(g, x));
    }
  }
  g.b.output(g.planes.back());
}

} // namespace

TEST(CpuInteger, RandomNetworks) {
  for (const uint32_t seed : seeds(40)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    IntegerGraph g(seed);
    buildNetwork(g);
    g.expectExact();
    if (testing::Test::HasFailure())
      return;
  }
}

TEST(CpuInteger, RandomConvolutions) {
  for (const uint32_t seed : seeds(40)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    IntegerGraph g(1000 + seed);
    std::vector<int64_t> shape{pick(g.random, 1, 2), pick(g.random, 1, 70)};
    for (size_t d = g.random() % 4 ? 2 : 1; d > 0; --d)
      shape.push_back(pick(g.random, 1, 20));
    g.b.output(addConv(g, g.input(g.pickByte(), shape)));
    g.expectExact();
    if (testing::Test::HasFailure())
      return;
  }
}

/// Groups that are not whole blocks, with many sizes on both sides.
TEST(CpuInteger, RandomGroups) {
  for (const uint32_t seed : seeds(60)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    IntegerGraph g(4000 + seed);
    const int64_t groups = pick(g.random, 2, 9);
    const std::vector<int64_t> shape{
        pick(g.random, 1, 2), groups * pick(g.random, 1, 30),
        pick(g.random, 1, 9), pick(g.random, 1, 33)};
    g.b.output(addConv(g, g.input(g.pickByte(), shape), groups));
    g.expectExact();
    if (testing::Test::HasFailure())
      return;
  }
}

TEST(CpuInteger, RandomDepthwiseConvolutions) {
  for (const uint32_t seed : seeds(20)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    IntegerGraph g(3000 + seed);
    const std::vector<int64_t> shape{
        1, pick(g.random, 2, 40), pick(g.random, 1, 9), pick(g.random, 1, 33)};
    g.b.output(addConv(g, g.input(g.pickByte(), shape), shape[1]));
    g.expectExact();
    if (testing::Test::HasFailure())
      return;
  }
}

TEST(CpuInteger, RandomProducts) {
  for (const uint32_t seed : seeds(60)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    IntegerGraph g(2000 + seed);
    Random &random = g.random;
    const int64_t m = pick(random, 1, 40);
    const int64_t n = pick(random, 1, 70);
    const int64_t k = pick(random, 1, 90);
    std::vector<int64_t> lhs = pickShape(random, random() % 3, 3);
    std::vector<int64_t> rhs(lhs.size(), 1);
    std::vector<int64_t> result = lhs;
    lhs.insert(lhs.end(), {m, k});
    rhs.insert(rhs.end(), {k, n});
    result.insert(result.end(), {m, n});
    const ValueId x = g.input(g.pickByte(), lhs);
    const DType type = g.pickByte();
    MatMulOptions options;
    options.lhsZp = g.zeroPoints(g.b.dtype(x), random() % 4 ? 1 : m);
    options.rhsZp = g.zeroPoints(type, n);
    options.epilogue = g.tail(result, result.size() - 1);
    g.b.output(g.b.matmul(x, g.constant(type, rhs), options));
    g.expectExact();
    if (testing::Test::HasFailure())
      return;
  }
}

/// Sums past 2^24, where f32 alone would round, and past 2^31, which wrap.
TEST(CpuInteger, LargeSums) {
  for (const int32_t zeroPoint : {0, -70000, 2000000000}) {
    SCOPED_TRACE(zeroPoint);
    IntegerGraph g(3);
    const std::vector<int64_t> shape{1, 300, 5, 5};
    ConvOptions options;
    options.padsLow = options.padsHigh = {1, 1};
    options.lhsZp = {zeroPoint};
    options.epilogue = g.tail({1, 33, 5, 5}, 1);
    const ValueId x = g.input(DType::u8, shape);
    g.b.output(g.b.conv(x, g.constant(DType::i8, {33, 300, 3, 3}), options));
    options.epilogue = {};
    g.b.output(g.b.conv(x, g.extremes(DType::i8, {33, 300, 3, 3}), options));
    g.expectExact();
  }
}
