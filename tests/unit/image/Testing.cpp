// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A program with every kind of op.

#include "Testing.h"

using namespace glowplug;
using image::ReduceKind;
using image::ScalarOp;

/// relu(accumulator + bias) as f32.
static Epilogue biasAndRelu(DType accumulator, ValueId bias) {
  RegionBuilder region({accumulator, DType::f32});
  ScalarId sum = region.add(region.cast(DType::f32, region.parameter(0)),
                            region.parameter(1));
  region.yield(region.max(sum, region.constant(0.0f)));
  return {region, {bias}};
}

static void addContractions(ProgramBuilder &b) {
  ValueId bias = b.input("bias", DType::f32, {1, 1, 1, 1});
  ValueId x = b.input("x", DType::u8, {1, 2, 4, 5});
  ValueId w = b.input("w", DType::i8, {4, 1, 3, 3});
  ConvOptions conv;
  conv.padsLow = {1, 0};
  conv.padsHigh = {1, 2};
  conv.strides = {1, 2};
  conv.groups = 2;
  conv.lhsZp = {128};
  conv.rhsZp = {1, 2, 3, 4};
  conv.epilogue = biasAndRelu(DType::i32, bias);
  b.output(b.conv(x, w, conv));
  ConvOptions transposed;
  transposed.strides = {2, 1};
  transposed.padsLow = {1, -1};
  b.output(b.convTranspose(b.input("x", DType::f16, {1, 2, 3, 3}),
                           b.input("w", DType::f16, {2, 3, 2, 2}), transposed));
  MatMulOptions matmul;
  matmul.rhsZp = {3};
  b.output(b.matmul(b.input("x", DType::i8, {2, 3, 4}),
                    b.input("y", DType::i16, {1, 4, 2}), matmul));
}

static void addReductions(ProgramBuilder &b) {
  ValueId x = b.input("x", DType::f32, {2, 3, 4});
  ValueId bias = b.input("bias", DType::f32, {1, 1, 1});
  b.output(b.reduce(ReduceKind::sum, x, {0, 2}, biasAndRelu(DType::f32, bias)));
  b.output(b.argReduce(ReduceKind::max, x, 1, true));
  b.output(b.scan(ReduceKind::prod, x, 2, {true, true}));
  auto [values, positions] = b.sort(x, 1, true);
  b.output(values);
  b.output(positions);
  WindowOptions window;
  window.padsLow = {0, 1, 1};
  window.strides = {1, 2, 1};
  window.dilations = {1, 1, 2};
  b.output(b.window(ReduceKind::max, x, {1, 2, 2}, window));
}

static void addMovement(ProgramBuilder &b) {
  ValueId x = b.input("x", DType::bf16, {2, 3});
  ValueId zero = b.constant(Tensor::scalar(BFloat16(0)));
  b.output(b.transpose(x, {1, 0}));
  b.output(b.reshape(x, {3, 1, 2}));
  b.output(b.broadcast(b.input("y", DType::i64, {1, 2}), {4, 2}));
  b.output(b.slice(x, {1, 2}, {2, 2}, {-1, -2}));
  b.output(b.pad(x, zero, {1, 0}, {0, 2}, {1, 0}));
  b.output(b.concat({x, x}, 1));
  ValueId indices = b.input("indices", DType::i32, {2});
  b.output(b.gather(x, indices, 1));
  b.output(b.scatter(image::ScatterKind::add, x, indices,
                     b.input("updates", DType::bf16, {2, 3})));
}

static void addComposites(ProgramBuilder &b) {
  BodyBuilder &inner = b.addBody();
  ValueId a = inner.input("a", DType::f64, {2});
  inner.output(inner.map(ScalarOp::exp, {a}));
  BodyBuilder &outer = b.addBody();
  ValueId c = outer.input("c", DType::f64, {2});
  outer.output(outer.composite("inner", inner, {c})[0]);
  outer.output(c);
  for (ValueId result :
       b.composite("outer", outer, {b.input("x", DType::f64, {2})},
                   {{"ints", {1, 2}, {}, ""}, {"text", {}, {}, "tanh"}}, 3))
    b.output(result);
}

static void addDetection(ProgramBuilder &b) {
  auto [indices, count] =
      b.nonMaxSuppression(b.input("boxes", DType::f32, {1, 3, 4}),
                          b.input("scores", DType::f32, {1, 2, 3}),
                          b.constant(Tensor::of<int64_t>({}, {2})),
                          b.splat({}, 0.5f), b.splat({}, 0.1f), /*most=*/2);
  b.output(indices);
  b.output(count);
}

static void addControlFlow(ProgramBuilder &b) {
  b.require(controlFlowFeature);
  BodyBuilder &same = b.addBody();
  same.output(same.input("x", DType::f32, {2}));
  BodyBuilder &body = b.addBody();
  ValueId iteration = body.input("i", DType::i64, {});
  ValueId carried = body.input("carried", DType::f32, {2});
  body.output(body.map(ScalarOp::lt, {iteration, body.splat<int64_t>({}, 2)}));
  body.output(body.map(ScalarOp::neg, {carried}));
  body.output(iteration);
  ValueId condition = b.input("condition", DType::boolean, {});
  ValueId x = b.input("start", DType::f32, {2});
  b.output(b.choice(condition, same, same, {x})[0]);
  for (ValueId result : b.loop(b.input("trips", DType::i64, {}), condition,
                               body, {x}, /*carried=*/1, /*most=*/3))
    b.output(result);
}

void test::addEveryOp(ProgramBuilder &b) {
  b.setLocation("everything");
  addContractions(b);
  addReductions(b);
  addMovement(b);
  addDetection(b);
  addControlFlow(b);
  addComposites(b);
  uint32_t segment = b.addSegment(256, {1, 2, 3});
  b.output(b.constantSegment(DType::f32, {2, 8}, segment, 64));
  b.output(b.constant(Tensor::of<int32_t>({3}, {1, 2, 3})));
  RegionBuilder region({DType::f32, DType::f32, DType::i8});
  ScalarId q = region.quantize(region.parameter(0), region.parameter(1),
                               region.parameter(2));
  ScalarId same = region.test(ScalarOp::eq, {q, region.parameter(2)});
  region.yield(region.select(same, region.constant(int8_t{3}), q));
  region.yield(region.dequantize(q, region.parameter(1), region.parameter(2)));
  ValueId x = b.input("x", DType::f32, {4, 2});
  ValueId scale = b.input("scale", DType::f32, {1, 2});
  ValueId zeroPoint = b.splat<int8_t>({1, 2}, -4);
  for (ValueId result : b.map(region, {x, scale, zeroPoint}))
    b.output(result);
}
