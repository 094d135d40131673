// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Samples of reductions, data movement, constants and composites.

#include "core/conformance/abi/SamplePrograms.h"

namespace glowplug::conformance {

using image::ReduceKind;

static const int64_t grid[] = {1, 4, 8, 8};

/// A program of one op over one input.
template <typename Build>
static SampleProgram simple(const char *name, DType dtype, Build build) {
  return {name, [=](SampleBuilder &b) {
            const ValueId x = b.program.input("x", dtype, grid);
            b.program.output(build(b.program, x));
          }};
}

static void addMovement(std::vector<SampleProgram> &programs, DType dtype,
                        const std::array<const char *, 6> &names) {
  auto add = [&](const char *name, auto build) {
    programs.push_back(simple(name, dtype, build));
  };
  using B = BodyBuilder;
  add(names[0], [](B &b, ValueId x) { return b.reshape(x, {4, 64}); });
  add(names[1], [](B &b, ValueId x) { return b.transpose(x, {0, 2, 3, 1}); });
  add(names[2], [](B &b, ValueId x) {
    return b.slice(x, {0, 1, 2, 0}, {1, 2, 4, 4}, {1, 1, 1, 2});
  });
  add(names[3], [dtype](B &b, ValueId x) {
    const std::vector<uint8_t> zero(dtypeBytes(dtype), 0);
    return b.pad(x, b.splatBytes(dtype, {}, zero), {0, 0, 1, 1}, {0, 0, 1, 1});
  });
  add(names[4], [](B &b, ValueId x) { return b.concat({x, x}, 1); });
  add(names[5], [](B &b, ValueId x) {
    const ValueId row = b.slice(x, {0, 0, 0, 0}, {1, 4, 1, 8});
    return b.broadcast(row, {1, 4, 8, 8});
  });
}

static void buildGather(SampleBuilder &b) {
  const ValueId x = b.program.input("x", DType::f32, {4, 8});
  const ValueId indices = b.program.input("indices", DType::i64, {3});
  b.program.output(b.program.gather(x, indices, 0));
}

static void buildScatter(SampleBuilder &b) {
  const ValueId x = b.program.input("x", DType::f32, {4, 8});
  const ValueId indices = b.program.input("indices", DType::i64, {3});
  const ValueId updates = b.program.input("updates", DType::f32, {3, 8});
  b.program.output(
      b.program.scatter(image::ScatterKind::add, x, indices, updates));
}

static void buildSort(SampleBuilder &b) {
  const ValueId x = b.program.input("x", DType::f32, {4, 8});
  for (const ValueId result : b.program.sort(x, 1))
    b.program.output(result);
}

/// A composite that no plugin knows: who takes it by its body may do so.
static void buildComposite(SampleBuilder &b) {
  BodyBuilder &body = b.program.addBody();
  const ValueId inner = body.input("x", DType::f32, {4, 8});
  body.output(body.map(image::ScalarOp::neg, {inner}));
  const ValueId x = b.program.input("x", DType::f32, {4, 8});
  b.program.output(
      b.program.composite("com.example.negate", body, {x}).front());
}

/// Constants of all kinds: alike, inside of the image, and in a segment.
static void buildConstants(SampleBuilder &b, DType dtype) {
  ProgramBuilder &p = b.program;
  const ValueId x = p.input("x", dtype, {4, 8});
  const std::vector<uint8_t> zero(dtypeBytes(dtype), 0);
  ValueId y =
      p.map(image::ScalarOp::add, {x, p.splatBytes(dtype, {1, 1}, zero)});
  if (dtype == DType::i8)
    y = p.map(image::ScalarOp::add,
              {y, p.constant(Tensor::of<int8_t>(
                      {1, 8}, {0, 1, 2, 3, -1, -2, -3, -4}))});
  y = p.map(image::ScalarOp::add, {y, b.weights(dtype, {4, 8})});
  p.output(y);
}

void addOtherPrograms(std::vector<SampleProgram> &programs) {
  using B = BodyBuilder;
  addMovement(programs, DType::f32,
              {"move.reshape-f32", "move.transpose-f32", "move.slice-f32",
               "move.pad-f32", "move.concat-f32", "move.broadcast-f32"});
  addMovement(programs, DType::i8,
              {"move.reshape-i8", "move.transpose-i8", "move.slice-i8",
               "move.pad-i8", "move.concat-i8", "move.broadcast-i8"});
  programs.insert(
      programs.end(),
      {simple("reduce.sum-f32", DType::f32,
              [](B &b, ValueId x) {
                return b.reduce(ReduceKind::sum, x, {2, 3});
              }),
       simple("reduce.max-i8", DType::i8,
              [](B &b, ValueId x) {
                return b.reduce(ReduceKind::max, x, {2, 3});
              }),
       simple("reduce.sum-i8", DType::i8,
              [](B &b, ValueId x) {
                return b.reduce(ReduceKind::sum, x, {2, 3});
              }),
       simple(
           "reduce.arg-f32", DType::f32,
           [](B &b, ValueId x) { return b.argReduce(ReduceKind::max, x, 1); }),
       simple("reduce.scan-f32", DType::f32,
              [](B &b, ValueId x) { return b.scan(ReduceKind::sum, x, 3); }),
       simple("window.max-f32", DType::f32,
              [](B &b, ValueId x) {
                WindowOptions options;
                options.strides = {1, 1, 2, 2};
                return b.window(ReduceKind::max, x, {1, 1, 2, 2}, options);
              }),
       simple("window.max-i8", DType::i8,
              [](B &b, ValueId x) {
                WindowOptions options;
                options.strides = {1, 1, 2, 2};
                return b.window(ReduceKind::max, x, {1, 1, 2, 2}, options);
              }),
       simple("window.sum-f32", DType::f32,
              [](B &b, ValueId x) {
                return b.window(ReduceKind::sum, x, {1, 1, 3, 3});
              }),
       {"index.gather-f32", buildGather},
       {"index.scatter-f32", buildScatter},
       {"index.sort-f32", buildSort},
       {"composite.f32", buildComposite},
       {"constant.f32",
        [](SampleBuilder &b) { buildConstants(b, DType::f32); }},
       {"constant.i8",
        [](SampleBuilder &b) { buildConstants(b, DType::i8); }}});
}

} // namespace glowplug::conformance
