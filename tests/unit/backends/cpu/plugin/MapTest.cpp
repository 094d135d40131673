// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Maps over broadcast, moved and constant operands.

#include "tests/unit/backends/cpu/plugin/Testing.h"

using namespace glowplug;
using namespace glowplug::cputest;
using image::ScalarOp;

namespace {

/// a * b + c, and a < c.
RegionBuilder twoResults(DType type) {
  RegionBuilder region({type, type, type});
  ScalarId a = region.parameter(0), c = region.parameter(2);
  region.yield(region.add(region.mul(a, region.parameter(1)), c));
  region.yield(region.test(ScalarOp::lt, {a, c}));
  return region;
}

/// \p shape with about a third of its dims set to 1.
std::vector<int64_t> broadcastable(Random &random, std::vector<int64_t> shape) {
  for (int64_t &dim : shape)
    if (random() % 3 == 0)
      dim = 1;
  return shape;
}

} // namespace

TEST(CpuMap, BroadcastsAlongAnyDims) {
  for (const uint32_t seed : seeds(60)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    DType type = allTypes()[1 + random() % 12];
    size_t rank = random() % 6;
    std::vector<int64_t> shape = pickShape(random, rank, rank > 3 ? 7 : 40);
    ProgramBuilder b("map");
    std::vector<Tensor> inputs;
    std::vector<ValueId> values;
    for (int i = 0; i < 3; ++i) {
      // The shape of the result is that of one operand at least.
      auto dims = i == 0 ? shape : broadcastable(random, shape);
      inputs.push_back(randomTensor(random, type, dims));
      values.push_back(b.input("x", type, dims));
    }
    for (ValueId result : b.map(twoResults(type), values))
      b.output(result);
    expectAgreement(b, inputs);
  }
}

TEST(CpuMap, LargeTensorsInSeveralUnits) {
  Random random(1);
  for (std::vector<int64_t> shape :
       {std::vector<int64_t>{100003}, {7, 9001}, {3, 5, 7777}, {40000, 3}}) {
    ProgramBuilder b("map");
    std::vector<Tensor> inputs;
    std::vector<ValueId> values;
    for (int i = 0; i < 3; ++i) {
      auto dims = shape;
      if (i == 1)
        dims[0] = 1;
      inputs.push_back(randomTensor(random, DType::f32, dims));
      values.push_back(b.input("x", DType::f32, dims));
    }
    for (ValueId result : b.map(twoResults(DType::f32), values))
      b.output(result);
    expectAgreement(b, inputs);
  }
}

TEST(CpuMap, ConstantOperands) {
  Random random(2);
  for (DType type : {DType::f32, DType::i8, DType::bf16, DType::i64}) {
    Tensor x = randomTensor(random, type, {5, 33});
    Tensor row = randomTensor(random, type, {1, 7});
    Tensor one = randomTensor(random, type, {1, 1});
    ProgramBuilder b("constants");
    ValueId input = b.input("x", type, {5, 33});
    ValueId splat = b.splatBytes(type, {5, 33}, one.bytes());
    ValueId scalar = b.constant(one);
    for (ValueId result : b.map(twoResults(type), {input, splat, scalar}))
      b.output(result);
    // Nothing but constants.
    for (ValueId result :
         b.map(twoResults(type), {b.constant(row), scalar, scalar}))
      b.output(result);
    b.output(splat);
    expectAgreement(b, x);
  }
}

TEST(CpuMap, SegmentsAsOperands) {
  Random random(3);
  Tensor weights = randomTensor(random, DType::f32, {64});
  Tensor x = randomTensor(random, DType::f32, {4, 16});
  AlignedBytes segment(weights.bytes());
  AlignedBytes unused(64);
  ProgramBuilder b("segments");
  b.addSegment(unused);
  uint32_t index = b.addSegment(segment);
  ValueId input = b.input("x", DType::f32, {4, 16});
  ValueId whole = b.constantSegment(DType::f32, {4, 16}, index, 0);
  ValueId part = b.constantSegment(DType::f32, {1, 16}, index, 64);
  for (ValueId result : b.map(twoResults(DType::f32), {input, whole, part}))
    b.output(result);
  // A transposed constant is stored as such when compiled.
  b.output(b.transpose(whole, {1, 0}));
  llvm::ArrayRef<uint8_t> segments[] = {unused, segment};
  expectAgreement(b, x, {}, {}, segments);

  auto compiled = cpuBackend()->compile(imageOf(b), segments);
  ASSERT_TRUE(bool(compiled)) << llvm::toString(compiled.takeError());
  EXPECT_EQ(compiled->keptSegments, std::vector<uint32_t>{1});
}

TEST(CpuMap, EmptyTensorsAndRankZero) {
  ProgramBuilder b("empty");
  ValueId none = b.input("x", DType::f32, {3, 0, 2});
  ValueId one = b.input("y", DType::f32, {});
  b.output(b.map(ScalarOp::exp, none));
  b.output(b.map(ScalarOp::neg, one));
  b.output(b.reduce(image::ReduceKind::sum, none, {1}));
  b.output(b.reduce(image::ReduceKind::max, none, {1, 2}));
  b.output(b.concat({none, none}, 1));
  b.output(b.broadcast(b.reshape(one, {1, 1, 1}), {2, 3, 4}));
  expectAgreement(b, {llvm::cantFail(Tensor::zeros(DType::f32, {3, 0, 2})),
                      Tensor::scalar(2.5f)});
}

TEST(CpuMap, OutputsThatAreInputsOrOneAnother) {
  Random random(4);
  Tensor x = randomTensor(random, DType::i16, {6, 10});
  ProgramBuilder b("outputs");
  ValueId input = b.input("x", DType::i16, {6, 10});
  ValueId y = b.map(ScalarOp::neg, input);
  b.output(input);
  b.output(y);
  b.output(y);
  b.output(b.reshape(y, {60}));
  b.output(b.reshape(input, {2, 30}));
  b.output(b.map(ScalarOp::abs, y));
  expectAgreement(b, x);
}

TEST(CpuMap, CompositesRunTheirBodies) {
  Random random(5);
  ProgramBuilder b("composites");
  BodyBuilder &inner = b.addBody();
  ValueId p = inner.input("p", DType::f32, {4, 8});
  ValueId q = inner.input("q", DType::f32, {4, 8});
  inner.output(inner.map(ScalarOp::sub, {p, q}));
  inner.output(q); // an input as an output
  BodyBuilder &outer = b.addBody();
  ValueId r = outer.input("r", DType::f32, {4, 8});
  auto parts =
      outer.composite("inner", inner, {r, outer.map(ScalarOp::abs, r)});
  outer.output(outer.map(ScalarOp::mul, {parts[0], parts[1]}));
  ValueId x = b.input("x", DType::f32, {4, 8});
  ValueId once = b.composite("outer", outer, x)[0];
  b.output(b.composite("outer", outer, once)[0]);
  expectAgreement(b, randomTensor(random, DType::f32, {4, 8}));
}
