// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The interpreter as a whole: inputs, constants, lifetimes and precision.

#include "Testing.h"

using namespace glowplug;
using namespace glowplug::test;
using image::ScalarOp;

namespace {

/// A program that adds its two inputs.
ProgramBuilder &addition(ProgramBuilder &b) {
  ValueId x = b.input("x", DType::f32, {2});
  ValueId y = b.input("y", DType::f32, {2});
  b.output(b.map(ScalarOp::add, {x, y}));
  return b;
}

TEST(InterpreterTest, RefusesInputsThatDoNotMatch) {
  ProgramBuilder b("add");
  addition(b);
  Tensor fits = Tensor::of<float>({2}, {1, 2});
  EXPECT_EQ(runError(b, {fits}), "needs 2 inputs, but got 1");
  EXPECT_EQ(runError(b, {fits, Tensor::of<float>({1, 2}, {1, 2})}),
            "input 1 'y': needs f32[2], but got f32[1,2]");
  EXPECT_EQ(runError(b, {Tensor::of<int32_t>({2}, {1, 2}), fits}),
            "input 0 'x': needs f32[2], but got i32[2]");
  EXPECT_EQ(runError(b, {fits, Tensor()}),
            "input 1 'y': needs f32[2], but got none[]");
  EXPECT_EQ(runError(b, {Tensor::of<double>({2}, {1, 2}), fits}),
            "input 0 'x': needs f32[2], but got f64[2]");
}

TEST(InterpreterTest, RefusesBooleansThatAreNeither) {
  ProgramBuilder b("not");
  b.output(b.map(ScalarOp::invert, {b.input("x", DType::boolean, {2})}));
  uint8_t bytes[2] = {1, 2};
  Tensor bad = llvm::cantFail(
      Tensor::borrow(DType::boolean, {2}, llvm::ArrayRef(bytes)));
  EXPECT_EQ(runError(b, {bad}), "input 0 'x': a boolean is 0 or 1, but got 2");
}

TEST(InterpreterTest, ReadsConstants) {
  alignas(8) uint8_t data[128] = {};
  const float floats[3] = {1.5f, 2.5f, 3.5f};
  std::memcpy(data + 64, floats, sizeof(floats));
  ProgramBuilder b("constants");
  uint32_t segment = b.addSegment(llvm::ArrayRef(data));
  b.output(b.constant(Tensor::of<int16_t>({3}, {1, -2, 3})));
  b.output(b.constant(Tensor::of<double>({2, 1}, {0.5, 0.5}))); // a splat
  b.output(b.constantSegment(DType::f32, {3}, segment, 64));
  b.output(b.splat<int8_t>({0, 4}, 7));
  b.output(b.constant(llvm::cantFail(Tensor::zeros(DType::f32, {0}))));
  std::vector<llvm::ArrayRef<uint8_t>> segments = {data};
  auto out = run(b, {}, {}, segments);
  EXPECT_EQ(elementsOf<int16_t>(out[0]), (std::vector<int16_t>{1, -2, 3}));
  EXPECT_EQ(elementsOf<double>(out[1]), (std::vector<double>{0.5, 0.5}));
  EXPECT_EQ(elementsOf<float>(out[2]), (std::vector<float>{1.5f, 2.5f, 3.5f}));
  EXPECT_EQ(shapeOf(out[3]), (std::vector<int64_t>{0, 4}));
  EXPECT_EQ(out[4].elementCount(), 0);
}

TEST(InterpreterTest, ReadsSegmentsAtAnyAddress) {
  alignas(8) uint8_t data[17] = {};
  const double value = 2.25;
  std::memcpy(data + 1, &value, sizeof(value));
  ProgramBuilder b("constants");
  b.output(b.constantSegment(DType::f64, {2}, b.addSegment(16, {}), 0));
  std::vector<llvm::ArrayRef<uint8_t>> segments = {
      llvm::ArrayRef(data).drop_front(1)};
  EXPECT_EQ(elementsOf<double>(run(b, {}, {}, segments)[0]),
            (std::vector<double>{2.25, 0}));
}

TEST(InterpreterTest, RefusesSegmentsThatDoNotMatch) {
  uint8_t data[64] = {1, 2};
  ProgramBuilder b("constants");
  uint32_t segment = b.addSegment(llvm::ArrayRef(data));
  b.setLocation("mask");
  b.output(b.constantSegment(DType::boolean, {64}, segment, 0));
  EXPECT_EQ(runError(b, {}), "needs 1 segments, but got 0");
  std::vector<llvm::ArrayRef<uint8_t>> segments = {
      llvm::ArrayRef(data).drop_back()};
  EXPECT_EQ(runError(b, {}, segments), "segment 0: needs 64 bytes, but got 63");
  segments = {data};
  EXPECT_EQ(runError(b, {}, segments),
            "op 0 'mask' (Constant): a boolean is 0 or 1, but got 2");
}

TEST(InterpreterTest, OutputsHaveBytesOfTheirOwn) {
  uint8_t data[64] = {5};
  ProgramBuilder b("outputs");
  ValueId x = b.input("x", DType::u8, {64});
  ValueId constant =
      b.constantSegment(DType::u8, {64}, b.addSegment(llvm::ArrayRef(data)), 0);
  ValueId reshaped = b.reshape(x, {8, 8});
  for (ValueId value : {x, constant, reshaped, reshaped})
    b.output(value);
  Tensor input = llvm::cantFail(Tensor::zeros(DType::u8, 64));
  std::vector<llvm::ArrayRef<uint8_t>> segments = {data};
  auto out = run(b, {input}, {}, segments);
  ASSERT_EQ(out.size(), 4u);
  for (size_t i = 0; i < out.size(); ++i) {
    EXPECT_TRUE(out[i].ownsBytes());
    out[i].mutableBytes()[0] = static_cast<uint8_t>(100 + i);
  }
  for (size_t i = 0; i < out.size(); ++i)
    EXPECT_EQ(out[i].bytes()[0], 100 + i);
  EXPECT_EQ(input.bytes()[0], 0);
  EXPECT_EQ(data[0], 5);
}

TEST(InterpreterTest, FreesValuesAfterTheirLastUse) {
  ProgramBuilder b("chain");
  ValueId x = b.input("x", DType::f32, {8});
  ValueId first = b.map(ScalarOp::neg, {x});
  ValueId second = b.map(ScalarOp::neg, {first});
  ValueId third = b.map(ScalarOp::add, {first, second});
  b.map(ScalarOp::neg, {second}); // never used
  b.output(b.map(ScalarOp::neg, {third}));
  // Keeps every result, and counts who else does.
  std::vector<Tensor> kept;
  std::vector<std::vector<long>> holders;
  InterpreterOptions options;
  options.observe = [&](const image::Body &, uint32_t, llvm::ArrayRef<Tensor>,
                        llvm::ArrayRef<Tensor> results) {
    holders.emplace_back();
    for (const Tensor &tensor : kept)
      holders.back().push_back(tensor.shareCount());
    kept.push_back(results[0]);
  };
  run(b, {Tensor::of<float>({8}, {1, 2, 3, 4, 5, 6, 7, 8})}, options);
  // A value with holders beside `kept` is alive, as is an operand.
  auto alive = [&](size_t op) {
    std::vector<bool> result;
    for (long count : holders[op])
      result.push_back(count > 1);
    return result;
  };
  EXPECT_EQ(alive(1), (std::vector<bool>{true}));
  EXPECT_EQ(alive(2), (std::vector<bool>{true, true}));
  EXPECT_EQ(alive(3), (std::vector<bool>{false, true, true}));
  EXPECT_EQ(alive(4), (std::vector<bool>{false, false, true, false}));
}

TEST(InterpreterTest, ShowsEachOpToTheObserver) {
  ProgramBuilder b("observed");
  BodyBuilder &body = b.addBody();
  ValueId a = body.input("a", DType::f32, {1});
  body.output(body.map(ScalarOp::exp, {a}));
  ValueId x = b.input("x", DType::f32, {1});
  b.output(b.composite("exp", body, {b.map(ScalarOp::neg, {x})})[0]);
  std::vector<std::string> seen;
  InterpreterOptions options;
  options.observe = [&](const image::Body &body, uint32_t op,
                        llvm::ArrayRef<Tensor> operands,
                        llvm::ArrayRef<Tensor> results) {
    seen.push_back(std::to_string(body.ops()->size()) + ":" +
                   std::to_string(op) + ":" +
                   std::to_string(operands[0].elements<float>()[0]) + ":" +
                   results[0].typeString());
  };
  run(b, {Tensor::of<float>({1}, {0.5f})}, options);
  EXPECT_EQ(seen, (std::vector<std::string>{"2:0:0.500000:f32[1]",
                                            "1:0:-0.500000:f32[1]",
                                            "2:1:-0.500000:f32[1]"}));
}

TEST(InterpreterTest, WidePrecisionNeverRoundsToADeclaredType) {
  ProgramBuilder b("wide");
  ValueId x = b.input("x", DType::f16, {1});
  RegionBuilder region({DType::f16});
  ScalarId third = region.div(region.parameter(0), region.constant(Half(3)));
  ScalarId narrow = region.cast(DType::bf16, third);
  region.yield(narrow).yield(region.cast(DType::i32, region.parameter(0)));
  auto results = b.map(region, {x});
  b.output(results[0]);
  b.output(results[1]);
  ValueId constant = b.constant(Tensor::of<BFloat16>({1}, {BFloat16(0.5)}));
  b.output(b.map(ScalarOp::mul, {results[0], constant}));
  InterpreterOptions options;
  options.precision = Precision::wide;
  auto out = run(b, {Tensor::of<Half>({1}, {Half(7)})}, options);
  EXPECT_EQ(elementsOf<double>(out[0]), std::vector<double>{7.0 / 3});
  EXPECT_EQ(elementsOf<int32_t>(out[1]), std::vector<int32_t>{7});
  EXPECT_EQ(elementsOf<double>(out[2]), std::vector<double>{7.0 / 6});
  // An input that is wide already is taken as it is.
  out = run(b, {Tensor::of<double>({1}, {0.1})}, options);
  EXPECT_EQ(elementsOf<double>(out[0]), std::vector<double>{0.1 / 3});
}

TEST(InterpreterTest, SinglePrecisionRoundsToNoHalf) {
  ProgramBuilder b("single");
  ValueId x = b.input("x", DType::f16, {1});
  RegionBuilder region({DType::f16});
  ScalarId third = region.div(region.parameter(0), region.constant(Half(3)));
  ScalarId wide = region.cast(DType::f64, region.parameter(0));
  region.yield(region.cast(DType::bf16, third));
  region.yield(region.cast(DType::f32, third));
  region.yield(region.div(wide, region.constant(3.0)));
  auto results = b.map(region, {x});
  for (ValueId result : results)
    b.output(result);
  ValueId constant = b.constant(Tensor::of<BFloat16>({1}, {BFloat16(0.5)}));
  b.output(b.map(ScalarOp::mul, {results[0], constant}));
  InterpreterOptions options;
  options.precision = Precision::single;
  auto out = run(b, {Tensor::of<Half>({1}, {Half(7)})}, options);
  EXPECT_EQ(elementsOf<float>(out[0]), std::vector<float>{7.0f / 3});
  EXPECT_EQ(elementsOf<float>(out[1]), std::vector<float>{7.0f / 3});
  EXPECT_EQ(elementsOf<double>(out[2]), std::vector<double>{7.0 / 3});
  EXPECT_EQ(elementsOf<float>(out[3]), std::vector<float>{7.0f / 6});
}

TEST(InterpreterTest, IntegersOfIntegersRoundAsDeclaredInWidePrecision) {
  // 5 * 0.1f is 0.5 in single precision, and a little more in double: the two
  // round to 0 and to 1.
  ProgramBuilder b("wide");
  ValueId q = b.input("q", DType::i8, {1});
  ValueId scale = b.reshape(b.constant(Tensor::of<float>({}, {0.1f})), {1});
  auto dequantize = [](RegionBuilder &r, ScalarId q, ScalarId scale) {
    return r.mul(r.cast(DType::f32, q), scale);
  };
  auto quantize = [](RegionBuilder &r, ScalarId x) {
    return r.quantize(x, r.constant(1.0f), r.constant(int8_t(0)));
  };
  RegionBuilder whole({DType::i8, DType::f32});
  whole.yield(quantize(
      whole, dequantize(whole, whole.parameter(0), whole.parameter(1))));
  b.output(b.map(whole, {q, scale})[0]);

  // In two ops, there is a computed float in between.
  RegionBuilder first({DType::i8, DType::f32});
  first.yield(dequantize(first, first.parameter(0), first.parameter(1)));
  ValueId computed = b.map(first, {q, scale})[0];
  RegionBuilder second({DType::f32});
  second.yield(quantize(second, second.parameter(0)));
  b.output(b.map(second, {computed})[0]);

  InterpreterOptions options;
  const std::vector<Tensor> inputs = {Tensor::of<int8_t>({1}, {5})};
  auto declared = run(b, inputs, options);
  options.precision = Precision::wide;
  auto wide = run(b, inputs, options);
  EXPECT_EQ(elementsOf<int8_t>(declared[0]), std::vector<int8_t>{0});
  EXPECT_EQ(elementsOf<int8_t>(wide[0]), std::vector<int8_t>{0});
  EXPECT_EQ(elementsOf<int8_t>(declared[1]), std::vector<int8_t>{0});
  EXPECT_EQ(elementsOf<int8_t>(wide[1]), std::vector<int8_t>{1});
}

TEST(InterpreterTest, WidePrecisionAccumulatesInDouble) {
  ProgramBuilder b("wide");
  ValueId x = b.input("x", DType::f32, {1, 2});
  ValueId y = b.input("y", DType::f32, {2, 1});
  b.output(b.matmul(x, y));
  b.output(b.reduce(image::ReduceKind::sum, x, {1}));
  InterpreterOptions options;
  options.precision = Precision::wide;
  auto out = run(b,
                 {Tensor::of<float>({1, 2}, {1, 0x1p-40f}),
                  Tensor::of<float>({2, 1}, {1, 1})},
                 options);
  EXPECT_EQ(elementsOf<double>(out[0]), std::vector<double>{1 + 0x1p-40});
  EXPECT_EQ(elementsOf<double>(out[1]), std::vector<double>{1 + 0x1p-40});
}

TEST(InterpreterTest, RunsOutOfMemoryWithAMessage) {
  ProgramBuilder b("huge");
  b.setLocation("grow");
  ValueId x = b.input("x", DType::f32, {1});
  b.output(b.broadcast(x, {int64_t{1} << 58}));
  EXPECT_EQ(runError(b, {Tensor::of<float>({1}, {1})}),
            "op 0 'grow' (Broadcast): out of memory: f32[288230376151711744] "
            "needs 1152921504606846976 bytes");
}

} // namespace
