// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Samples of element-wise work.

#include "core/conformance/abi/SamplePrograms.h"

namespace glowplug::conformance {

using image::ScalarOp;

static const int64_t plain[] = {2, 8, 16};

/// x op y over tensors of one shape.
static SampleProgram binary(const char *name, DType dtype, ScalarOp op,
                            std::vector<int64_t> shape) {
  return {name, [=](SampleBuilder &b) {
            const ValueId x = b.program.input("x", dtype, shape);
            const ValueId y = b.program.input("y", dtype, shape);
            b.program.output(b.program.map(op, {x, y}));
          }};
}

static SampleProgram unary(const char *name, DType dtype, ScalarOp op) {
  return {name, [=](SampleBuilder &b) {
            const ValueId x = b.program.input("x", dtype, plain);
            b.program.output(b.program.map(op, {x}));
          }};
}

static SampleProgram castTo(const char *name, DType from, DType to) {
  return {name, [=](SampleBuilder &b) {
            RegionBuilder region({from});
            region.yield(region.cast(to, region.parameter(0)));
            const ValueId x = b.program.input("x", from, plain);
            b.program.output(b.program.map(region, {x}).front());
          }};
}

/// y = max((a + b) * a - c, 0.5); z = b - y: broadcasts, two ops, outputs that
/// are inputs, and one twice.
static void buildChain(SampleBuilder &b) {
  const DType type = DType::f32;
  const ValueId a = b.program.input("a", type, {2, 3});
  const ValueId row = b.program.input("b", type, {1, 3});
  const ValueId column = b.program.input("c", type, {2, 1});
  RegionBuilder region({type, type, type});
  const ScalarId sum = region.add(region.parameter(0), region.parameter(1));
  const ScalarId product = region.mul(sum, region.parameter(0));
  const ScalarId rest = region.sub(product, region.parameter(2));
  region.yield(region.max(rest, region.constant(0.5f)));
  const ValueId y = b.program.map(region, {a, row, column}).front();
  const ValueId z = b.program.map(ScalarOp::sub, {row, y});
  for (const ValueId output : {z, y, y, row})
    b.program.output(output);
}

/// relu(x) by a table of 256 entries.
static void buildTable(SampleBuilder &b) {
  std::vector<int8_t> entries(256);
  for (size_t i = 0; i < 128; ++i)
    entries[i] = static_cast<int8_t>(i);
  RegionBuilder region({DType::i8});
  region.yield(
      region.table(region.parameter(0), Tensor::of<int8_t>({256}, entries)));
  const ValueId x = b.program.input("x", DType::i8, {1, 4, 8, 8});
  b.program.output(b.program.map(region, {x}).front());
}

static void buildRelu(SampleBuilder &b, DType dtype) {
  RegionBuilder region({dtype});
  region.yield(region.max(region.parameter(0), region.constantOf(dtype, 0)));
  const ValueId x = b.program.input("x", dtype, {1, 4, 8, 8});
  b.program.output(b.program.map(region, {x}).front());
}

/// Two results from one region.
static void buildTwoResults(SampleBuilder &b) {
  RegionBuilder region({DType::f32, DType::f32});
  region.yield(region.add(region.parameter(0), region.parameter(1)));
  region.yield(region.sub(region.parameter(0), region.parameter(1)));
  const ValueId x = b.program.input("x", DType::f32, {4, 8});
  const ValueId y = b.program.input("y", DType::f32, {4, 8});
  for (const ValueId result : b.program.map(region, {x, y}))
    b.program.output(result);
}

static void buildSelect(SampleBuilder &b) {
  RegionBuilder region({DType::boolean, DType::f32, DType::f32});
  region.yield(region.select(region.parameter(0), region.parameter(1),
                             region.parameter(2)));
  const ValueId c = b.program.input("c", DType::boolean, {4, 8});
  const ValueId x = b.program.input("x", DType::f32, {4, 8});
  const ValueId y = b.program.input("y", DType::f32, {4, 8});
  b.program.output(b.program.map(region, {c, x, y}).front());
}

static void buildQuantize(SampleBuilder &b) {
  RegionBuilder region({DType::f32});
  region.yield(region.quantize(region.parameter(0), region.constant(0.5f),
                               region.constant<uint8_t>(128)));
  const ValueId x = b.program.input("x", DType::f32, {4, 8});
  b.program.output(b.program.map(region, {x}).front());
}

void addMapPrograms(std::vector<SampleProgram> &programs) {
  programs.insert(
      programs.end(),
      {binary("map.add-f32", DType::f32, ScalarOp::add, {4, 8}),
       {"map.relu-i8", [](SampleBuilder &b) { buildRelu(b, DType::i8); }},
       {"map.relu-u8", [](SampleBuilder &b) { buildRelu(b, DType::u8); }},
       {"map.table-i8", buildTable},
       binary("map.add-i8", DType::i8, ScalarOp::add, {4, 8}),
       binary("map.add-u8", DType::u8, ScalarOp::add, {4, 8}),
       binary("map.mul-i16", DType::i16, ScalarOp::mul, {4, 8}),
       binary("map.max-i32", DType::i32, ScalarOp::max, {4, 8}),
       binary("map.min-u32", DType::u32, ScalarOp::min, {4, 8}),
       binary("map.sub-i64", DType::i64, ScalarOp::sub, {4, 8}),
       binary("map.add-f16", DType::f16, ScalarOp::add, {4, 8}),
       binary("map.add-bf16", DType::bf16, ScalarOp::add, {4, 8}),
       binary("map.mul-f64", DType::f64, ScalarOp::mul, {4, 8}),
       binary("map.and-boolean", DType::boolean, ScalarOp::bit_and, {4, 8}),
       binary("map.less-f32", DType::f32, ScalarOp::lt, {4, 8}),
       unary("map.exp-f32", DType::f32, ScalarOp::exp),
       unary("map.abs-i32", DType::i32, ScalarOp::abs),
       castTo("map.cast-f32-i8", DType::f32, DType::i8),
       castTo("map.cast-u8-f32", DType::u8, DType::f32),
       {"map.select-f32", buildSelect},
       {"map.quantize-u8", buildQuantize},
       {"chain.f32", buildChain},
       {"results.f32", buildTwoResults},
       binary("scalar.f32", DType::f32, ScalarOp::add, {}),
       binary("scalar.i8", DType::i8, ScalarOp::add, {}),
       binary("empty.f32", DType::f32, ScalarOp::add, {0, 8}),
       binary("empty.i8", DType::i8, ScalarOp::add, {0, 8}),
       binary("large.f32", DType::f32, ScalarOp::mul, {64, 1024}),
       binary("large.i8", DType::i8, ScalarOp::max, {64, 1024})});
}

} // namespace glowplug::conformance
