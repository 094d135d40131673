// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ops as layers: attributes, shapes, and what is over the limits of commands.

#include "tests/unit/backends/npu-sim/compiler/match/Testing.h"

#include <gmock/gmock.h>

namespace glowplug::matchtest {

namespace {

using image::ReduceKind;
using npusim::LayerKind;
using testing::HasSubstr;

DType pickType(Random &random) { return random() % 2 ? DType::u8 : DType::i8; }

std::int32_t pickZeroPoint(Random &random, DType type) {
  return static_cast<std::int32_t>(type == DType::u8 ? pick(random, 0, 255)
                                                     : pick(random, -128, 127));
}

/// A rescale of sums to bytes, or nothing, or both ends of the bytes.
Epilogue someEpilogue(Random &random, DType accumulator, int shift) {
  if (random() % 3 == 0)
    return {};
  RegionBuilder region(accumulator);
  ScalarId x = region.parameter(0);
  if (accumulator != DType::i32)
    x = region.sub(region.cast(DType::i32, x),
                   region.constant<std::int32_t>(11));
  region.yield(region.rescaleTosa(image::ScalarOp::rescale_tosa_double, x,
                                  region.constant(static_cast<std::int32_t>(
                                      pick(random, 1 << 30, INT32_MAX))),
                                  region.constant(shift),
                                  region.constant<std::int8_t>(-7)));
  return {region, {}};
}

TEST(Layers, Convolutions) {
  Random random(21);
  int depthwise = 0;
  for (int n = 0; n < 300 && !testing::Test::HasFailure(); ++n) {
    SCOPED_TRACE(n);
    Case test(random);
    const int dims = static_cast<int>(pick(random, 1, 2));
    const DType type = pickType(random), weightType = pickType(random);
    ConvOptions options;
    options.groups = pick(random, 1, 4);
    const std::int64_t inner = n % 3 == 0 ? 1 : pick(random, 1, 3),
                       outer = n % 3 == 0 ? 1 : pick(random, 1, 3);
    DimList input{pick(random, 1, 2), options.groups * inner},
        weights{options.groups * outer, inner};
    for (int d = 0; d < dims; ++d) {
      const std::int64_t kernel = pick(random, 1, 4),
                         dilation = n % 2 ? 1 : pick(random, 1, 3),
                         span = dilation * (kernel - 1) + 1;
      options.strides.push_back(pick(random, 1, 3));
      options.dilations.push_back(dilation);
      options.padsLow.push_back(pick(random, 0, span - 1));
      options.padsHigh.push_back(pick(random, 0, span - 1));
      weights.push_back(kernel);
      input.push_back(span + pick(random, 0, 6));
    }
    options.lhsZp = {pickZeroPoint(random, type)};
    options.rhsZp.resize(random() % 2 ? 1 : weights[0]);
    for (std::int32_t &each : options.rhsZp)
      each = pickZeroPoint(random, weightType);
    options.epilogue = someEpilogue(random, DType::i32, 40);
    test.b.output(test.b.conv(test.input(type, input),
                              test.constant(weightType, weights), options));
    depthwise += layerOf(test.b).kind == LayerKind::Depthwise;
    expectExact(test);
  }
  EXPECT_GT(depthwise, 10);
}

TEST(Layers, WhichConvolutionsAreDepthwise) {
  Random random(22);
  auto kindOf = [&](std::int64_t channels, std::int64_t results,
                    std::int64_t dilation) {
    Case test(random);
    ConvOptions options;
    options.groups = channels;
    options.dilations = {dilation, dilation};
    test.b.output(test.b.conv(test.input(DType::u8, {1, channels, 9, 9}),
                              test.constant(DType::i8, {results, 1, 3, 3}),
                              options));
    return layerOf(test.b).kind;
  };
  EXPECT_EQ(kindOf(8, 8, 1), LayerKind::Depthwise);
  EXPECT_EQ(kindOf(8, 16, 1), LayerKind::Conv);
  EXPECT_EQ(kindOf(8, 8, 2), LayerKind::Conv);
  EXPECT_EQ(kindOf(1, 1, 1), LayerKind::Conv);
}

TEST(Layers, Products) {
  Random random(23);
  for (int n = 0; n < 200 && !testing::Test::HasFailure(); ++n) {
    SCOPED_TRACE(n);
    Case test(random);
    const DType type = pickType(random), weightType = pickType(random);
    DimList lhs, rhs;
    const bool isShared = random() % 2;
    for (std::int64_t d = pick(random, 0, 2); d > 0; --d) {
      lhs.push_back(pick(random, 1, 3));
      rhs.push_back(isShared ? 1 : lhs.back());
    }
    const std::int64_t k = pick(random, 1, 20), columns = pick(random, 1, 9);
    lhs.insert(lhs.end(), {pick(random, 1, 5), k});
    rhs.insert(rhs.end(), {k, columns});
    MatMulOptions options;
    if (random() % 2)
      options.lhsZp = {pickZeroPoint(random, type)};
    options.rhsZp.resize(pick(random, 0, 1) * columns);
    for (std::int32_t &each : options.rhsZp)
      each = pickZeroPoint(random, weightType);
    options.epilogue = someEpilogue(random, DType::i32, 42);
    const ValueId x = test.input(type, lhs);
    const ValueId y = random() % 2 ? test.input(weightType, rhs)
                                   : test.constant(weightType, rhs);
    test.b.output(test.b.matmul(x, y, options));
    expectExact(test);
  }
}

/// Columns are the channels of a product.
TEST(Layers, OperandsOfProducts) {
  Random random(29);
  for (const DimList &rows : {DimList{2, 3, 5, 7}, DimList{1, 1, 1, 7},
                              DimList{2, 3, 1, 7}, DimList{1, 3, 5, 7}}) {
    Case test(random);
    RegionBuilder region({DType::i32, DType::u8, DType::i32});
    region.yield(
        region.sub(region.add(region.parameter(0), region.parameter(2)),
                   region.cast(DType::i32, region.parameter(1))));
    MatMulOptions options;
    const ValueId x = test.input(DType::u8, {2, 3, 5, 4});
    options.epilogue = {
        region,
        {test.input(DType::u8, rows), test.constant(DType::i32, {1, 1, 1, 7})}};
    test.b.output(
        test.b.matmul(x, test.constant(DType::i8, {1, 1, 4, 7}), options));
    expectExact(test);
    const npusim::Layer layer = layerOf(test.b);
    EXPECT_EQ(layer.channel, 3);
    EXPECT_EQ(layer.macs, 2 * 3 * 5 * 7 * 4);
  }
}

TEST(Layers, Pools) {
  Random random(24);
  int whole = 0;
  for (int n = 0; n < 400 && !testing::Test::HasFailure(); ++n) {
    SCOPED_TRACE(n);
    Case test(random);
    const int dims = static_cast<int>(pick(random, 1, 2));
    const DType type = pickType(random);
    DimList input{pick(random, 1, 2), pick(random, 1, 5)}, sizes{1, 1};
    WindowOptions options;
    options.strides = options.padsLow = options.padsHigh = {0, 0};
    options.strides = {1, 1};
    const bool isWhole = random() % 3 == 0;
    for (int d = 0; d < dims; ++d) {
      input.push_back(pick(random, 1, 9));
      const std::int64_t padLow = pick(random, 0, 3);
      sizes.push_back(isWhole ? input.back() + padLow + pick(random, 0, 2)
                              : padLow + pick(random, 1, input.back()));
      options.padsLow.push_back(padLow);
      options.padsHigh.push_back(isWhole ? sizes.back() - padLow - input.back()
                                         : pick(random, 0, sizes.back() - 1));
      options.strides.push_back(pick(random, 1, 20));
    }
    const ReduceKind kind = random() % 2 ? ReduceKind::sum : ReduceKind::max;
    options.epilogue =
        someEpilogue(random, kind == ReduceKind::sum ? DType::i32 : type,
                     kind == ReduceKind::sum ? 35 : 31);
    test.b.output(test.b.window(kind, test.input(type, input), sizes, options));
    const npusim::Matched matched = matchLast(Image(test.b));
    if (const auto *refusal = std::get_if<npusim::Refusal>(&matched)) {
      EXPECT_THAT(refusal->reason, testing::AnyOf(HasSubstr("padding alone"),
                                                  HasSubstr("over 15")));
      continue;
    }
    const auto &layer = std::get<npusim::Layer>(matched);
    whole += layer.kind == LayerKind::Reduce;
    if (isWhole)
      EXPECT_EQ(layer.kind, LayerKind::Reduce);
    expectExact(test);
  }
  EXPECT_GT(whole, 100);
}

TEST(Layers, Reductions) {
  Random random(25);
  for (const ReduceKind kind : {ReduceKind::sum, ReduceKind::max})
    for (const DimList &dims : {DimList{2}, DimList{2, 3}})
      for (int n = 0; n < 10; ++n) {
        Case test(random);
        const DType type = pickType(random);
        DimList input{2, 3, pick(random, 1, 5)};
        if (dims.size() == 2)
          input.push_back(pick(random, 1, 5));
        test.b.output(test.b.reduce(
            kind, test.input(type, input), dims,
            someEpilogue(random, kind == ReduceKind::sum ? DType::i32 : type,
                         33)));
        expectExact(test);
      }
}

TEST(Layers, Moves) {
  Random random(26);
  Case test(random);
  const ValueId x = test.input(DType::i8, {2, 3, 4, 5});
  const ValueId y = test.input(DType::i8, {2, 2, 4, 5});
  test.b.output(test.b.reshape(x, {6, 20}));
  test.b.output(test.b.transpose(x, {2, 0, 3, 1}));
  test.b.output(test.b.slice(x, {0, 1, 1, 0}, {2, 2, 2, 3}, {1, 1, 2, 2}));
  test.b.output(test.b.slice(x, {1, 0, 3, 0}, {1, 3, 1, 5}, {1, 1, -1, 1}));
  test.b.output(test.b.concat({x, y, x}, 1));
  test.b.output(test.b.pad(x, test.b.constant(Tensor::scalar<int8_t>(-9)),
                           {0, 1, 2, 0}, {1, 0, 3, 0}));
  test.b.output(
      test.b.broadcast(test.input(DType::u8, {2, 3, 1, 1}), {2, 3, 4, 5}));
  expectExact(test);
}

/// What one program of the last op is refused for.
template <typename Build>
std::string reasonOf(Build build) {
  Random random(27);
  Case test(random);
  test.b.output(build(test));
  const npusim::Refusal refusal = refusalOf(test.b);
  EXPECT_FALSE(refusal.splitEpilogue) << refusal.reason;
  return refusal.reason;
}

/// Options with one field other than the default.
template <typename Options, typename Field>
Options with(Field Options::*field, const Field &value) {
  Options options;
  options.*field = value;
  return options;
}

std::string refusedConv(const DimList &input, const DimList &weights,
                        const ConvOptions &options = {},
                        DType type = DType::u8) {
  return reasonOf([&](Case &test) {
    return test.b.conv(test.input(type, input), test.constant(type, weights),
                       options);
  });
}

TEST(Limits, Convolutions) {
  EXPECT_THAT(refusedConv({1, 1, 2, 2, 2}, {1, 1, 1, 1, 1}),
              HasSubstr("over 3 dims"));
  EXPECT_THAT(refusedConv({1, 1, 64, 2}, {1, 1, 64, 1}),
              HasSubstr("height is 64, over 63"));
  EXPECT_THAT(refusedConv({1, 1, 2, 99}, {1, 1, 1, 2},
                          with(&ConvOptions::strides, {1, 16})),
              HasSubstr("stride of columns is 16, over 15"));
  EXPECT_THAT(refusedConv({1, 1, 99, 2}, {1, 1, 2, 1},
                          with(&ConvOptions::dilations, {64, 1})),
              HasSubstr("dilation of rows is 64, over 63"));
  ConvOptions wide = with(&ConvOptions::padsLow, {0, 256});
  wide.dilations = {1, 5};
  EXPECT_THAT(refusedConv({1, 1, 300, 300}, {1, 1, 63, 63}, wide),
              HasSubstr("padding on the left is 256, over 255"));
  EXPECT_THAT(refusedConv({1, 1, 4, 4}, {1, 1, 2, 2},
                          with(&ConvOptions::padsLow, {2, 0})),
              HasSubstr("padding alone"));
  EXPECT_THAT(refusedConv({1, 1, 4, 4}, {1, 1, 2, 2},
                          with(&ConvOptions::padsHigh, {0, 2})),
              HasSubstr("padding alone"));
  EXPECT_THAT(
      refusedConv({1, 1, 4}, {1, 1, 1}, with(&ConvOptions::lhsZp, {-1})),
      HasSubstr("input's zero point is -1"));
  EXPECT_THAT(
      refusedConv({1, 1, 4}, {2, 1, 1}, with(&ConvOptions::rhsZp, {3, 256})),
      HasSubstr("zero point of the weights is 256"));
  EXPECT_THAT(refusedConv({0, 1, 4}, {2, 1, 1}), HasSubstr("no elements"));
  EXPECT_THAT(refusedConv({1, 1, 4}, {2, 1, 1}, {}, DType::i16),
              HasSubstr("the input is i16"));
  EXPECT_THAT(reasonOf([](Case &test) {
                return test.b.conv(test.input(DType::u8, {1, 1, 4}),
                                   test.input(DType::u8, {1, 1, 2}));
              }),
              HasSubstr("not a constant"));
}

/// The most products of a sum, with types and zero points of both sides.
void expectMostProducts(std::int64_t most, DType type, std::int32_t zeroPoint,
                        DType weightType, std::int32_t weightZeroPoint,
                        bool isConstant) {
  for (const std::int64_t k : {most, most + 1}) {
    Random random(28);
    Case test(random);
    MatMulOptions options;
    options.lhsZp = {zeroPoint};
    options.rhsZp = {weightZeroPoint};
    const ValueId x = test.input(type, {1, k});
    const ValueId w = isConstant ? test.constant(weightType, {k, 1})
                                 : test.input(weightType, {k, 1});
    test.b.output(test.b.matmul(x, w, options));
    if (k == most)
      layerOf(test.b);
    else
      EXPECT_THAT(refusalOf(test.b).reason, HasSubstr("may leave 32 bits"));
  }
}

TEST(Limits, ProductsOfASum) {
  expectMostProducts(33025, DType::u8, 0, DType::u8, 255, false);
  expectMostProducts(33025, DType::i8, 127, DType::i8, -128, true);
  expectMostProducts(65793, DType::u8, 0, DType::i8, 0, true);
  expectMostProducts(131071, DType::i8, 0, DType::i8, 0, true);
  expectMostProducts(131071, DType::u8, 128, DType::u8, 128, false);
  // Channels times the window.
  EXPECT_THAT(refusedConv({1, 9, 63, 63}, {1, 9, 63, 63}),
              HasSubstr("35721 products"));
}

TEST(Limits, Products) {
  auto refused = [](const DimList &lhs, const DimList &rhs,
                    const MatMulOptions &options = {}) {
    return reasonOf([&](Case &test) {
      return test.b.matmul(test.input(DType::u8, lhs),
                           test.input(DType::u8, rhs), options);
    });
  };
  EXPECT_THAT(refused({1, 2, 3}, {4, 3, 2}), HasSubstr("broadcast"));
  EXPECT_THAT(refused({2, 4, 2, 3}, {1, 4, 3, 2}), HasSubstr("broadcast"));
  EXPECT_THAT(refused({2, 3}, {3, 2}, with(&MatMulOptions::lhsZp, {1, 2})),
              HasSubstr("from row to row"));
  EXPECT_THAT(reasonOf([](Case &test) {
                return test.b.matmul(test.constant(DType::u8, {2, 3}),
                                     test.input(DType::u8, {3, 2}));
              }),
              HasSubstr("left side is a constant"));
}

TEST(Limits, Pools) {
  auto refused = [](ReduceKind kind, const DimList &input, const DimList &sizes,
                    const WindowOptions &options = {}) {
    return reasonOf([&](Case &test) {
      return test.b.window(kind, test.input(DType::u8, input), sizes, options);
    });
  };
  EXPECT_THAT(refused(ReduceKind::min, {1, 2, 3}, {1, 1, 2}),
              HasSubstr("to the min"));
  EXPECT_THAT(refused(ReduceKind::max, {1, 4, 3}, {1, 2, 2}),
              HasSubstr("over dim 1"));
  EXPECT_THAT(refused(ReduceKind::max, {1, 4, 3}, {1, 1, 2},
                      with(&WindowOptions::strides, {1, 2, 1})),
              HasSubstr("over dim 1"));
  EXPECT_THAT(refused(ReduceKind::max, {1, 4, 9}, {1, 1, 2},
                      with(&WindowOptions::dilations, {1, 1, 2})),
              HasSubstr("dilation"));
  EXPECT_THAT(refused(ReduceKind::sum, {3, 4}, {1, 2}), HasSubstr("rank 2"));
  auto reduced = [](const DimList &input, const DimList &dims) {
    return reasonOf([&](Case &test) {
      return test.b.reduce(ReduceKind::sum, test.input(DType::u8, input), dims);
    });
  };
  EXPECT_THAT(reduced({1, 2, 3, 4}, {1}), HasSubstr("other dims"));
  EXPECT_THAT(reduced({1, 2, 3, 4}, {3}), HasSubstr("other dims"));
  EXPECT_THAT(reduced({2, 2, 3, 4}, {0, 2, 3}), HasSubstr("other dims"));
}

TEST(Limits, Moves) {
  EXPECT_THAT(reasonOf([](Case &test) {
                return test.b.slice(test.input(DType::u8, {5}), {4}, {3}, {-2});
              }),
              HasSubstr("stride -2"));
  EXPECT_THAT(reasonOf([](Case &test) {
                return test.b.pad(test.input(DType::u8, {5}),
                                  test.b.constant(Tensor::scalar<uint8_t>(1)),
                                  {0}, {0}, {1});
              }),
              HasSubstr("between the elements"));
  EXPECT_THAT(reasonOf([](Case &test) {
                return test.b.pad(test.input(DType::u8, {5}),
                                  test.input(DType::u8, {}), {1}, {0});
              }),
              HasSubstr("not a constant"));
  EXPECT_THAT(reasonOf([](Case &test) {
                return test.b.reshape(test.input(DType::i32, {6}), {2, 3});
              }),
              HasSubstr("is i32"));
}

TEST(Limits, Others) {
  EXPECT_THAT(reasonOf([](Case &test) {
                return test.b.gather(test.input(DType::u8, {5}),
                                     test.input(Tensor::of<int32_t>({1}, {2})),
                                     0);
              }),
              HasSubstr("gather is not for this device"));
}

} // namespace

} // namespace glowplug::matchtest
