// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Maps: broadcasting, several results, and every type that a scalar op takes.

#include "Testing.h"

#include "core/image/Verify.h"
#include "core/reference/Scalar.h"

using namespace glowplug;
using namespace glowplug::test;
using image::ScalarOp;

namespace {

TEST(MapTest, BroadcastsDimsOfOne) {
  ProgramBuilder b("map");
  ValueId x = b.input("x", DType::i32, {2, 3});
  ValueId row = b.input("row", DType::i32, {1, 3});
  ValueId column = b.input("column", DType::i32, {2, 1});
  b.output(b.map(ScalarOp::add, {x, row}));
  b.output(b.map(ScalarOp::mul, {row, column}));
  auto out = run(b, {Tensor::of<int32_t>({2, 3}, {1, 2, 3, 4, 5, 6}),
                     Tensor::of<int32_t>({1, 3}, {10, 20, 30}),
                     Tensor::of<int32_t>({2, 1}, {2, 3})});
  EXPECT_EQ(elementsOf<int32_t>(out[0]),
            (std::vector<int32_t>{11, 22, 33, 14, 25, 36}));
  EXPECT_EQ(elementsOf<int32_t>(out[1]),
            (std::vector<int32_t>{20, 40, 60, 30, 60, 90}));
}

TEST(MapTest, YieldsSeveralResultsOfSeveralTypes) {
  ProgramBuilder b("map");
  ValueId x = b.input("x", DType::f32, {3});
  RegionBuilder region({DType::f32});
  ScalarId square = region.mul(region.parameter(0), region.parameter(0));
  region.yield(square)
      .yield(region.cast(DType::i8, region.parameter(0)))
      .yield(region.parameter(0));
  for (ValueId result : b.map(region, {x}))
    b.output(result);
  auto out = run(b, {Tensor::of<float>({3}, {1.5f, -2.5f, 200})});
  EXPECT_EQ(elementsOf<float>(out[0]),
            (std::vector<float>{2.25f, 6.25f, 40000}));
  EXPECT_EQ(elementsOf<int8_t>(out[1]), (std::vector<int8_t>{1, -2, 127}));
  EXPECT_EQ(elementsOf<float>(out[2]), (std::vector<float>{1.5f, -2.5f, 200}));
}

TEST(MapTest, FillsFromNoOperandAtAll) {
  ProgramBuilder b("map");
  RegionBuilder region({});
  region.yield(region.constant(int16_t{-3}));
  b.output(b.mapTo({300}, region, {}));
  auto out = run(b, {});
  EXPECT_EQ(elementsOf<int16_t>(out[0]), std::vector<int16_t>(300, -3));
}

TEST(MapTest, TakesEmptyTensorsAndRankZero) {
  ProgramBuilder b("map");
  ValueId empty = b.input("empty", DType::f32, {2, 0, 3});
  ValueId one = b.input("one", DType::f32, {1, 1, 1});
  ValueId scalar = b.input("scalar", DType::f32, {});
  b.output(b.map(ScalarOp::add, {empty, one}));
  b.output(b.map(ScalarOp::neg, {scalar}));
  auto out = run(b, {llvm::cantFail(Tensor::zeros(DType::f32, {2, 0, 3})),
                     Tensor::of<float>({1, 1, 1}, {1}), Tensor::scalar(2.0f)});
  EXPECT_EQ(shapeOf(out[0]), (std::vector<int64_t>{2, 0, 3}));
  EXPECT_EQ(elementsOf<float>(out[1]), std::vector<float>{-2});
}

/// The element of \p tensor at \p position, with dims of 1 broadcast.
float at(const Tensor &tensor, llvm::ArrayRef<int64_t> position) {
  int64_t index = 0;
  for (size_t i = 0; i < position.size(); ++i)
    index =
        index * tensor.shape()[i] + (tensor.shape()[i] == 1 ? 0 : position[i]);
  return tensor.elements<float>()[index];
}

// Shapes of several blocks, so that blocks begin and end anywhere in a row.
TEST(MapTest, AgreesWithPlainIndexingOnRandomBroadcasts) {
  Random random(3);
  for (int round = 0; round < 60; ++round) {
    llvm::SmallVector<int64_t, 4> shape;
    for (int64_t i = pick(random, 1, 4); i > 0; --i)
      shape.push_back(pick(random, 1, 9));
    std::vector<Tensor> inputs;
    ProgramBuilder b("map");
    std::vector<ValueId> operands;
    for (int i = 0; i < 3; ++i) {
      llvm::SmallVector<int64_t, 4> part(shape);
      for (int64_t &dim : part)
        if (random() % 3 == 0)
          dim = 1;
      inputs.push_back(randomTensor<float>(random, part));
      operands.push_back(b.input("x", DType::f32, part));
    }
    RegionBuilder region({DType::f32, DType::f32, DType::f32});
    region.yield(
        region.add(region.mul(region.parameter(0), region.parameter(1)),
                   region.parameter(2)));
    b.output(b.mapTo(shape, region, operands));
    Tensor out = run(b, inputs)[0];

    llvm::SmallVector<int64_t, 4> position(shape.size(), 0);
    for (float element : out.elements<float>()) {
      const float product = at(inputs[0], position) * at(inputs[1], position);
      ASSERT_EQ(element, product + at(inputs[2], position)) << round;
      for (size_t i = shape.size(); i-- > 0;) {
        if (++position[i] < shape[i])
          break;
        position[i] = 0;
      }
    }
  }
}

TEST(MapTest, GivesTheSameBitsOnAnyNumberOfThreads) {
  Random random(4);
  ProgramBuilder b("map");
  ValueId x = b.input("x", DType::f32, {100, 1003});
  ValueId y = b.input("y", DType::f32, {100, 1});
  RegionBuilder region({DType::f32, DType::f32});
  region.yield(region.unary(
      ScalarOp::tanh, region.mul(region.parameter(0), region.parameter(1))));
  b.output(b.map(region, {x, y})[0]);
  std::vector<Tensor> inputs = {randomTensor<float>(random, {100, 1003}),
                                randomTensor<float>(random, {100, 1})};
  Tensor one = run(b, inputs)[0];
  for (unsigned threads : {2, 3, 7}) {
    InterpreterOptions options;
    options.threads = threads;
    EXPECT_EQ(run(b, inputs, options)[0].bytes(), one.bytes()) << threads;
  }
}

/// All types, and for each scalar op all combinations of them, are either
/// refused by the verifier or computed by the interpreter.
TEST(MapTest, ComputesExactlyWhatTheVerifierAccepts) {
  const std::vector<DType> all = [] {
    std::vector<DType> types;
    for (unsigned i = 1; i < dtypeCount; ++i)
      types.push_back(static_cast<DType>(i));
    return types;
  }();
  unsigned accepted = 0;
  auto check = [&](ScalarOp op, DType result, llvm::ArrayRef<DType> operands) {
    ProgramBuilder b("map");
    RegionBuilder region(operands);
    std::vector<ScalarId> scalars;
    std::vector<ValueId> values;
    for (DType type : operands) {
      scalars.push_back(region.parameter(scalars.size()));
      values.push_back(b.input("x", type, {1}));
    }
    if (op == ScalarOp::table && operands.size() == 1)
      region.yield(region.table(scalars[0],
                                llvm::cantFail(Tensor::zeros(result, {256}))));
    else
      region.yield(region.instruction(op, result, scalars));
    b.output(b.mapTo({1}, region, values));
    llvm::Error error = verifyImage(b.finish());
    const bool valid = !error;
    llvm::consumeError(std::move(error));
    accepted += valid;
    EXPECT_EQ(valid, reference::scalarLoop(op, result, operands) != nullptr)
        << image::EnumNameScalarOp(op) << " to " << dtypeName(result).str()
        << " from " << dtypeName(operands[0]).str();
  };
  for (ScalarOp op : image::EnumValuesScalarOp()) {
    if (op == ScalarOp::none || op == ScalarOp::constant)
      continue;
    for (DType a : all)
      for (DType result : all) {
        check(op, result, {a});
        check(op, result, {a, a});
        check(op, result, {a, result});
        check(op, result, {a, a, result});
        check(op, result, {a, result, a});
        check(op, result, {a, result, result});
        check(op, result, {a, DType::f32, result}); // fp32_rne
        check(op, result, {a, a, a, result});       // the TOSA recipes
      }
  }
  EXPECT_GT(accepted, 500u);
}

} // namespace
