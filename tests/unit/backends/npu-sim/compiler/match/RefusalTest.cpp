// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Regions that are nearly what a command can do.

#include "tests/unit/backends/npu-sim/compiler/match/Testing.h"

#include <gmock/gmock.h>

namespace glowplug::matchtest {

namespace {

using image::ScalarOp;
using testing::HasSubstr;

const std::vector<int64_t> shape{2, 4, 3, 5}, channels{1, 4, 1, 1};

/// An epilogue of a convolution with 1 x 1 weights and some operands.
class EpilogueTest : public testing::Test {
protected:
  enum Parameter { sums, bias, bytes, more, rows, real, parameterCount };

  EpilogueTest()
      : region({DType::i32, DType::i32, DType::u8, DType::u8, DType::i32,
                DType::f32}) {}

  ScalarId at(Parameter index) { return region.parameter(index); }
  ScalarId word(std::int32_t value) { return region.constant(value); }
  ScalarId less(ScalarId x, std::int32_t zeroPoint) {
    return region.sub(region.cast(DType::i32, x), word(zeroPoint));
  }
  ScalarId rescale(ScalarId x, int shift, ScalarId zeroPoint,
                   bool twice = false) {
    return region.rescaleTosa(twice ? ScalarOp::rescale_tosa_double
                                    : ScalarOp::rescale_tosa_single,
                              x, word(1 << 30), word(shift), zeroPoint);
  }
  ScalarId toBytes(ScalarId x, int shift = 38) {
    return rescale(x, shift, region.constant<std::uint8_t>(3));
  }
  ScalarId toWords(ScalarId x, int shift = 30, bool twice = false) {
    return rescale(x, shift, word(0), twice);
  }

  void add(ScalarId result) {
    region.yield(result);
    const ValueId x = test.input(DType::u8, {2, 1, 3, 5});
    const ValueId w = test.constant(DType::i8, {4, 1, 1, 1});
    ConvOptions options;
    options.epilogue.region = region;
    options.epilogue.extras = {
        test.constant(DType::i32, channels), test.input(DType::u8, shape),
        test.input(DType::u8, shape), test.constant(DType::i32, {1, 1, 3, 5}),
        test.constant(DType::f32, channels)};
    test.b.output(test.b.conv(x, w, options));
  }
  /// The epilogue that yields \p result is refused, for a reason with
  /// \p words in it.
  void expectRefusal(ScalarId result, const char *words) {
    add(result);
    const npusim::Refusal refusal = refusalOf(test.b);
    EXPECT_THAT(refusal.reason, HasSubstr(words));
    EXPECT_TRUE(refusal.splitEpilogue);
  }
  void expectTaken(ScalarId result) {
    add(result);
    expectExact(test);
  }

  Random random{1};
  Case test{random};
  RegionBuilder region;
};

TEST_F(EpilogueTest, Plain) { expectTaken(toBytes(at(sums))); }

TEST_F(EpilogueTest, BiasBehindRescale) {
  expectRefusal(toBytes(region.add(toWords(at(sums)), word(5))),
                "after a rescale");
}
TEST_F(EpilogueTest, BiasBehindProduct) {
  const ScalarId product = region.mul(at(sums), less(at(bytes), 7));
  expectRefusal(toBytes(region.add(product, word(5))), "after a rescale");
}
TEST_F(EpilogueTest, BiasBehindSum) {
  const ScalarId sum = region.add(at(sums), less(at(bytes), 7));
  expectTaken(toBytes(region.add(sum, word(5))));
}
TEST_F(EpilogueTest, TwoBiases) {
  expectRefusal(toBytes(region.add(region.add(at(sums), at(bias)), at(bias))),
                "two biases");
}
TEST_F(EpilogueTest, BiasForEachPlace) {
  expectRefusal(toBytes(region.add(at(sums), at(rows))), "for each channel");
}
TEST_F(EpilogueTest, MultiplierForEachPlace) {
  const ScalarId zeroPoint = region.constant<std::uint8_t>(3);
  expectRefusal(region.rescaleTosa(ScalarOp::rescale_tosa_single, at(sums),
                                   at(rows), word(38), zeroPoint),
                "for each channel");
}
TEST_F(EpilogueTest, SubFromConstant) {
  expectRefusal(toBytes(region.sub(word(9), at(sums))), "sub from a constant");
}
TEST_F(EpilogueTest, SubFromBytes) {
  expectRefusal(toBytes(region.sub(less(at(bytes), 3), at(sums))),
                "second operand");
}
TEST_F(EpilogueTest, AddBothWays) {
  expectTaken(toBytes(region.add(less(at(bytes), 3), at(sums))));
}
TEST_F(EpilogueTest, ThreeSums) {
  const ScalarId sum = region.add(at(sums), less(at(bytes), 3));
  expectRefusal(toBytes(region.add(sum, less(at(more), 3))),
                "result of another one");
}
TEST_F(EpilogueTest, TwoRescalesOfSums) {
  expectRefusal(toBytes(toWords(at(sums))), "after that of the result");
}
TEST_F(EpilogueTest, TwoRescalesOfASum) {
  expectRefusal(toBytes(toWords(region.add(at(sums), less(at(bytes), 3)))),
                "after that of the result");
}
TEST_F(EpilogueTest, ARescaledFactor) {
  expectRefusal(toBytes(region.mul(at(sums), toWords(less(at(bytes), 3)))),
                "a factor that is not bytes");
}
TEST_F(EpilogueTest, ARescaleOfSumsBeforeASum) {
  expectRefusal(toBytes(region.add(toWords(at(sums)), less(at(bytes), 3))),
                "result of another one");
}
TEST_F(EpilogueTest, SumsBehindATable) {
  // The operand's table would be the first command, where the sums are read.
  const ScalarId looked =
      region.table(at(bytes), randomTensor(random, DType::u8, 256));
  expectRefusal(toBytes(region.add(at(sums), less(looked, 3))),
                "neither is an operand");
}
TEST_F(EpilogueTest, TwoResultsOfCommands) {
  const ScalarId first = toBytes(at(sums));
  const ScalarId second =
      region.table(at(bytes), randomTensor(random, DType::u8, 256));
  expectRefusal(toBytes(region.add(less(first, 3), less(second, 3)), 33),
                "neither is an operand");
}
TEST_F(EpilogueTest, SquareOfBytes) {
  const ScalarId q = toBytes(at(sums));
  // The two would be read from one bank at once.
  expectRefusal(toBytes(region.mul(less(q, 3), less(q, 100))),
                "neither is an operand");
}
TEST_F(EpilogueTest, LeastOfOneScalar) {
  const ScalarId q = toBytes(at(sums));
  expectTaken(region.min(region.min(q, q), at(bytes)));
}
TEST_F(EpilogueTest, MixedRecipes) {
  const ScalarId b = toWords(less(at(bytes), 3), 30, true);
  expectRefusal(toBytes(region.add(at(sums), b)), "tosa_double");
}
TEST_F(EpilogueTest, RecipeOfEachCommand) {
  const ScalarId q = toBytes(at(sums));
  expectTaken(rescale(less(q, 3), 31, region.constant<std::int8_t>(-5), true));
}
TEST_F(EpilogueTest, ZeroPointOfWords) {
  expectRefusal(rescale(at(sums), 33, word(1)), "i32 with a zero point");
}
TEST_F(EpilogueTest, Constant) {
  expectRefusal(region.constant<std::uint8_t>(1), "constant result");
}
TEST_F(EpilogueTest, OperandAlone) {
  expectRefusal(region.max(at(bytes), region.constant<std::uint8_t>(1)),
                "does not depend on the sums");
}
TEST_F(EpilogueTest, MultiplierComputed) {
  expectRefusal(region.rescaleTosa(ScalarOp::rescale_tosa_single, at(sums),
                                   at(sums), word(38),
                                   region.constant<std::uint8_t>(0)),
                "computed multiplier");
}
TEST_F(EpilogueTest, LimitOfWords) {
  expectRefusal(toBytes(region.max(at(sums), word(0))), "max of i32");
}
TEST_F(EpilogueTest, BytesThatWrap) {
  expectRefusal(region.add(toBytes(at(sums)), at(bytes)), "add of type u8");
}
TEST_F(EpilogueTest, CastThatWraps) {
  expectRefusal(region.cast(DType::u8, at(sums)), "cast from i32");
}
TEST_F(EpilogueTest, Floats) {
  expectRefusal(region.dequantize(toBytes(at(sums)), at(real),
                                  region.constant<std::uint8_t>(3)),
                "dequantize of type f32");
}
TEST_F(EpilogueTest, LargeTable) {
  expectRefusal(
      region.table(toBytes(at(sums)), randomTensor(random, DType::i32, 256)),
      "table with entries of i32");
}
TEST_F(EpilogueTest, FloatRecipe) {
  add(region.rescaleFp32Rne(at(sums), at(real),
                            region.constant<std::uint8_t>(3)));
  const npusim::Refusal refusal = refusalOf(test.b);
  EXPECT_EQ(refusal.reason,
            "recipe fp32_rne; this device has tosa_single and tosa_double");
  EXPECT_FALSE(refusal.splitEpilogue);
}
TEST_F(EpilogueTest, LongChain) {
  ScalarId q = toBytes(at(sums));
  for (int i = 0; i < 40; ++i)
    q = toBytes(region.add(less(q, 3), less(at(bytes), i)), 31);
  expectRefusal(q, "over 32 steps");
}
TEST_F(EpilogueTest, ManyScalars) {
  ScalarId x = at(sums);
  for (int i = 0; i < 20000; ++i)
    x = region.add(x, word(1));
  expectRefusal(toBytes(x), "over 1024");
}
TEST_F(EpilogueTest, UnusedScalarsDoNotCount) {
  for (int i = 0; i < 20000; ++i)
    region.add(at(sums), at(rows));
  expectTaken(toBytes(at(sums)));
}

// A multiplication by 2^k in front of a rescale, at the ends of what is exact.
// With 2^30 / 2^s the results are x * 2^(k + 30 - s).

/// A case of its own for each: \p k, the shift, and whether it rounds twice.
struct Doubling {
  int k, shift;
  bool twice, isTaken;
};

class DoublingTest : public testing::TestWithParam<Doubling> {};

TEST_P(DoublingTest, FoldsWhereItIsExact) {
  const auto [k, shift, twice, isTaken] = GetParam();
  Random random(2);
  Case test(random);
  RegionBuilder region({DType::u8, DType::u8});
  auto word = [&](std::int32_t value) { return region.constant(value); };
  auto scaled = [&](unsigned index) {
    const ScalarId x =
        region.sub(region.cast(DType::i32, region.parameter(index)), word(128));
    return region.rescaleTosa(
        twice ? ScalarOp::rescale_tosa_double : ScalarOp::rescale_tosa_single,
        region.mul(x, word(1 << k)), word(1500000001), word(shift), word(0));
  };
  region.yield(region.rescaleTosa(
      twice ? ScalarOp::rescale_tosa_double : ScalarOp::rescale_tosa_single,
      region.add(scaled(0), scaled(1)), word(1 << 30), word(k + 62 - shift),
      region.constant<std::uint8_t>(7)));
  const ValueId x = test.input(DType::u8, shape),
                y = test.input(DType::u8, shape);
  test.b.output(test.b.mapTo(shape, region, {x, y}));
  if (isTaken)
    expectExact(test);
  else
    EXPECT_THAT(refusalOf(test.b).reason, HasSubstr("multiplication by"));
}

INSTANTIATE_TEST_SUITE_P(
    Npu, DoublingTest,
    testing::Values(Doubling{20, 33, false, true}, Doubling{20, 31, true, true},
                    Doubling{20, 32, true, false},
                    Doubling{24, 33, false, true},  // -128 * 2^24 = -2^31
                    Doubling{25, 33, false, false}, // wraps
                    Doubling{20, 22, false, true},
                    Doubling{20, 21, false, false}, // the shift would be 1
                    Doubling{0, 40, true, true}));

/// 2^k after a sum or a rescale: the range of what it multiplies decides.
TEST(Doublings, RangesOfSumsAndRescales) {
  for (const bool isLarge : {false, true}) {
    for (const int form : {0, 1, 2, 3}) {
      SCOPED_TRACE(form * 2 + isLarge);
      Random random(3);
      Case test(random);
      RegionBuilder region({DType::i8, DType::u8});
      auto word = [&](std::int32_t value) { return region.constant(value); };
      auto at = [&](unsigned index) {
        return region.cast(DType::i32, region.parameter(index));
      };
      ScalarId x = at(0);
      int bits = 0; // the range is -2^(bits - 1) at least, less than twice that
      switch (form) {
      case 0: // -128 .. 382
        x = region.add(x, at(1)), bits = 10;
        break;
      case 1: // -383 .. 127
        x = region.sub(x, at(1)), bits = 10;
        break;
      case 2: // -32640 .. 32385
        x = region.mul(x, at(1)), bits = 16;
        break;
      default: // -512 .. 508
        x = region.rescaleTosa(ScalarOp::rescale_tosa_single, x, word(1 << 30),
                               word(28), word(0));
        bits = 10;
        break;
      }
      const int k = 32 - bits + isLarge;
      region.yield(region.rescaleTosa(
          ScalarOp::rescale_tosa_single, region.mul(x, word(1 << k)),
          word(1 << 30), word(54), region.constant<std::uint8_t>(128)));
      const ValueId a = test.input(DType::i8, {1, 16, 64, 64}),
                    b = test.input(DType::u8, {1, 16, 64, 64});
      test.b.output(test.b.mapTo({1, 16, 64, 64}, region, {a, b}));
      if (isLarge)
        EXPECT_THAT(refusalOf(test.b).reason, HasSubstr("may wrap"));
      else
        expectExact(test);
    }
  }
}

/// Products of numbers of both signs have their extremes at any two ends: here
/// 257 * -128, which 2^16 leaves no room for, though 257 * 127 has.
TEST(Doublings, RangeOfProducts) {
  for (const std::int32_t bias : {1, 2}) {
    Random random(6);
    Case test(random);
    RegionBuilder region({DType::u8, DType::i8});
    const ScalarId a = region.add(region.cast(DType::i32, region.parameter(0)),
                                  region.constant(bias));
    const ScalarId x =
        region.mul(a, region.cast(DType::i32, region.parameter(1)));
    region.yield(region.rescaleTosa(
        ScalarOp::rescale_tosa_single,
        region.mul(x, region.constant<std::int32_t>(1 << 16)),
        region.constant<std::int32_t>(1 << 30),
        region.constant<std::int32_t>(54), region.constant<std::int8_t>(0)));
    const ValueId u = test.input(DType::u8, {1, 16, 64, 64}),
                  s = test.input(DType::i8, {1, 16, 64, 64});
    test.b.output(test.b.mapTo({1, 16, 64, 64}, region, {u, s}));
    if (bias == 2)
      EXPECT_THAT(refusalOf(test.b).reason, HasSubstr("may wrap"));
    else
      expectExact(test);
  }
}

TEST(Doublings, WithoutARescale) {
  for (const int form : {0, 1, 2}) {
    Random random(4);
    Case test(random);
    RegionBuilder region({DType::i32, DType::u8});
    const ScalarId doubled =
        region.mul(region.parameter(0), region.constant<std::int32_t>(2));
    ScalarId x = doubled;
    if (form == 1)
      x = region.add(x, region.constant<std::int32_t>(2));
    if (form == 2)
      x = region.add(x, region.cast(DType::i32, region.parameter(1)));
    region.yield(x);
    ConvOptions options;
    options.epilogue = {region, {test.input(DType::u8, shape)}};
    test.b.output(test.b.conv(test.input(DType::u8, {2, 1, 3, 5}),
                              test.constant(DType::i8, {4, 1, 1, 1}), options));
    EXPECT_THAT(refusalOf(test.b).reason, HasSubstr("power of two"));
  }
}

TEST(Broadcasts, OfOperands) {
  struct Operand {
    std::vector<int64_t> shape;
    bool isTaken;
  };
  for (const Operand &operand :
       {Operand{{2, 4, 3, 5}, true}, Operand{{1, 4, 1, 1}, true},
        Operand{{2, 4, 1, 1}, true}, Operand{{1, 4, 3, 5}, true},
        Operand{{2, 1, 3, 5}, false}, Operand{{1, 1, 1, 1}, false},
        Operand{{2, 4, 3, 1}, true}, Operand{{1, 4, 1, 5}, true}}) {
    SCOPED_TRACE(testing::PrintToString(operand.shape));
    Random random(5);
    Case test(random);
    RegionBuilder region({DType::i32, DType::u8});
    region.yield(region.add(region.parameter(0),
                            region.cast(DType::i32, region.parameter(1))));
    ConvOptions options;
    options.epilogue = {region, {test.input(DType::u8, operand.shape)}};
    test.b.output(test.b.conv(test.input(DType::u8, {2, 1, 3, 5}),
                              test.constant(DType::i8, {4, 1, 1, 1}), options));
    if (operand.isTaken)
      expectExact(test);
    else
      EXPECT_THAT(refusalOf(test.b).reason, HasSubstr("broadcast"));
  }
}

/// A byte for all elements is a number, which makes it a zero point here; or it
/// is an operand, where a number would have to be added after a scale.
TEST(Splats, NumbersOrOperands) {
  for (const bool isNumber : {true, false})
    for (const std::vector<int64_t> &splat : {shape, channels, {1, 1, 1, 1}}) {
      SCOPED_TRACE(testing::PrintToString(splat) + (isNumber ? " number" : ""));
      Random random(8);
      Case test(random);
      RegionBuilder region({DType::u8, DType::u8, DType::u8});
      auto word = [&](std::int32_t value) { return region.constant(value); };
      auto at = [&](unsigned index) {
        return region.cast(DType::i32, region.parameter(index));
      };
      auto scaled = [&](ScalarId x) {
        return region.rescaleTosa(ScalarOp::rescale_tosa_single, x,
                                  word(1234567890), word(29), word(0));
      };
      const ScalarId x = scaled(region.sub(at(0), at(1)));
      const ScalarId y = scaled(isNumber ? at(2) : at(1));
      region.yield(region.rescaleTosa(ScalarOp::rescale_tosa_single,
                                      region.add(x, y), word(1 << 30), word(33),
                                      region.constant<std::uint8_t>(9)));
      const ValueId a = test.input(DType::u8, shape),
                    b = test.b.splat<std::uint8_t>(splat, 77),
                    c = test.input(DType::u8, shape);
      test.b.output(test.b.mapTo(shape, region, {a, b, c}));
      const npusim::Matched matched = matchLast(Image(test.b));
      if (!isNumber) {
        // The one splat cannot be both.
        EXPECT_TRUE(std::holds_alternative<npusim::Refusal>(matched));
        continue;
      }
      EXPECT_TRUE(std::holds_alternative<npusim::Layer>(matched));
      expectExact(test);
    }
}

TEST(Splats, OperandsBehindAScale) {
  Random random(9);
  for (const std::vector<int64_t> &splat : {shape, channels, {1, 1, 1, 1}}) {
    SCOPED_TRACE(testing::PrintToString(splat));
    Case test(random);
    RegionBuilder region({DType::u8, DType::u8});
    auto word = [&](std::int32_t value) { return region.constant(value); };
    auto less = [&](unsigned index, std::int32_t zeroPoint) {
      return region.sub(region.cast(DType::i32, region.parameter(index)),
                        word(zeroPoint));
    };
    const ScalarId x =
        region.rescaleTosa(ScalarOp::rescale_tosa_double, less(0, 100),
                           word(1 << 30), word(30), word(0));
    region.yield(region.rescaleTosa(
        ScalarOp::rescale_tosa_double, region.add(x, less(1, 5)), word(1 << 30),
        word(33), region.constant<std::uint8_t>(9)));
    test.b.output(test.b.mapTo(
        shape, region,
        {test.input(DType::u8, shape), test.b.splat<std::uint8_t>(splat, 77)}));
    if (splat[1] == shape[1])
      expectExact(test);
    else
      EXPECT_THAT(refusalOf(test.b).reason, HasSubstr("after a rescale"));
  }
}

/// The channels of a map are what no operand is broadcast along.
TEST(Broadcasts, OfMaps) {
  struct Operands {
    std::vector<int64_t> a, b;
    int channel; ///< -1: refused
  };
  for (const Operands &each :
       {Operands{{2, 4, 3, 5}, {2, 4, 3, 5}, 1},
        Operands{{2, 4, 3, 5}, {2, 4, 1, 1}, 1},
        Operands{{2, 4, 3, 5}, {2, 1, 3, 5}, 3},
        Operands{{2, 4, 1, 5}, {2, 1, 3, 5}, 3},
        Operands{{2, 4, 1, 5}, {2, 1, 3, 1}, 0},
        Operands{{1, 4, 1, 5}, {2, 1, 3, 1}, -1}, Operands{{7}, {7}, 0},
        Operands{{3, 7}, {1, 7}, 1}, Operands{{3, 1}, {3, 7}, 0},
        Operands{{1, 1}, {3, 7}, -1}, Operands{{}, {}, 0}}) {
    SCOPED_TRACE(testing::PrintToString(each.a) +
                 testing::PrintToString(each.b));
    Random random(7);
    Case test(random);
    RegionBuilder region({DType::u8, DType::u8});
    region.yield(region.max(region.parameter(0), region.parameter(1)));
    std::vector<int64_t> result;
    for (std::size_t d = 0; d < each.a.size(); ++d)
      result.push_back(std::max(each.a[d], each.b[d]));
    const ValueId a = test.input(DType::u8, each.a),
                  b = test.input(DType::u8, each.b);
    test.b.output(test.b.mapTo(result, region, {a, b}));
    if (each.channel < 0) {
      EXPECT_THAT(refusalOf(test.b).reason, HasSubstr("broadcast"));
      continue;
    }
    EXPECT_EQ(layerOf(test.b).channel, each.channel);
    expectExact(test);
  }
}

} // namespace

} // namespace glowplug::matchtest
