// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The programs.

#include "tests/unit/backends/cpu/compiler/Twins.h"

#include <cstring>

namespace glowplug::cpu::test {
namespace {

constexpr DType f32 = gp_image_dtype_f32;
constexpr DType i32 = gp_image_dtype_i32;
constexpr DType i64 = gp_image_dtype_i64;
constexpr DType i8 = gp_image_dtype_i8;
constexpr DType u8 = gp_image_dtype_u8;

/// A program under construction. Every result is an output of it.
struct Builder {
  Program program;

  ValueId value(DType type, Shape shape) {
    program.values.push_back({type, std::move(shape)});
    return static_cast<ValueId>(program.values.size() - 1);
  }
  ValueId input(DType type, Shape shape) {
    program.inputs.push_back(value(type, std::move(shape)));
    return program.inputs.back();
  }
  ValueId splat(DType type, Shape shape, uint32_t bits) {
    ConstantOp constant;
    constant.splat = true;
    constant.data.resize(byteSize(type));
    std::memcpy(constant.data.data(), &bits, constant.data.size());
    const ValueId id = value(type, std::move(shape));
    program.ops.push_back({std::move(constant), {}, {id}, ""});
    return id;
  }
  ValueId add(Attributes attributes, std::vector<ValueId> operands, DType type,
              Shape shape) {
    const ValueId id = value(type, std::move(shape));
    program.ops.push_back(
        {std::move(attributes), std::move(operands), {id}, ""});
    program.outputs.push_back(id);
    return id;
  }
};

/// op(parameter, constant with these bits)
Region region(DType type, ScalarOp op, uint64_t bits) {
  return {{type},
          {{gp_image_scalar_op_constant, type, {}, bits}, {op, type, {0, 1}}},
          {2}};
}

/// acc + extra
Region addExtra() {
  return {{f32, f32}, {{gp_image_scalar_op_add, f32, {0, 1}}}, {2}};
}

Region table(uint8_t first) {
  Instruction lookup{gp_image_scalar_op_table, u8, {0}};
  lookup.table.assign(256, 1);
  lookup.table[0] = first;
  return {{u8}, {lookup}, {1}};
}

/// Epilogues for an f32 accumulator.
std::vector<Region> epilogues() {
  return {{},
          region(f32, gp_image_scalar_op_max, 0),
          region(f32, gp_image_scalar_op_min, 0),
          region(f32, gp_image_scalar_op_max, 0x3f800000)};
}

ConvOp sameSizeConv() {
  ConvOp conv;
  conv.strides = conv.dilations = conv.padsLow = conv.padsHigh = {1, 1};
  return conv;
}

/// Convolutions of \p channels channels to as many.
void addConvs(Builder &b, int64_t channels) {
  const Shape shape{1, channels, 8, 8};
  const ValueId x = b.input(f32, shape);
  const ValueId w = b.splat(f32, {channels, channels, 3, 3}, 0x3f000000);
  for (const Region &epilogue : epilogues()) {
    ConvOp conv = sameSizeConv();
    conv.epilogue = epilogue;
    b.add(conv, {x, w}, f32, shape);
  }
  ConvOp other = sameSizeConv();
  other.padsLow = {0, 1};
  other.padsHigh = {2, 1};
  b.add(other, {x, w}, f32, shape);
  other.padsLow = {1, 0};
  other.padsHigh = {1, 2};
  b.add(other, {x, w}, f32, shape);
  other = sameSizeConv();
  other.dilations = other.padsLow = other.padsHigh = {2, 2};
  b.add(other, {x, w}, f32, shape);
  other = sameSizeConv();
  other.groups = channels;
  const ValueId depthwise = b.splat(f32, {channels, 1, 3, 3}, 0x3f000000);
  b.add(other, {x, depthwise}, f32, shape);
  for (int64_t stride : {1, 2}) {
    other = sameSizeConv();
    other.strides = {stride, stride};
    b.add(other, {x, w}, f32, {1, channels, 8 / stride, 8 / stride});
  }
  other = sameSizeConv();
  other.epilogue = addExtra();
  for (const Shape &extra :
       {shape, Shape{1, channels, 1, 1}, Shape{1, 1, 8, 8}, Shape{1, 1, 1, 1}})
    b.add(other, {x, w, b.input(f32, extra)}, f32, shape);
}

void addByteConvs(Builder &b) {
  const Shape shape{1, 8, 8, 8};
  for (DType type : {u8, i8}) {
    const ValueId x = b.input(type, shape);
    for (uint32_t weight : {1, 100}) {
      const ValueId w = b.splat(i8, {8, 8, 3, 3}, weight);
      for (int64_t inputZero : {0, 1, 2})
        for (int64_t weightZero : {0, 1, -100}) {
          ConvOp conv = sameSizeConv();
          conv.lhsZeroPoints = {inputZero};
          conv.rhsZeroPoints = {weightZero};
          b.add(conv, {x, w}, i32, shape);
        }
    }
  }
}

void addProducts(Builder &b) {
  const ValueId x = b.input(f32, {2, 8, 8});
  const ValueId one = b.splat(f32, {1, 8, 8}, 0x3f000000);
  for (ValueId y : {one, b.input(f32, {2, 8, 8}), b.input(f32, {1, 8, 8})}) {
    for (const Region &epilogue : epilogues())
      b.add(MatMulOp{{}, {}, epilogue}, {x, y}, f32, {2, 8, 8});
    b.add(TransposeOp{{0, 2, 1}}, {y}, f32, b.program.values[y].shape);
    b.add(MatMulOp{}, {x, b.program.outputs.back()}, f32, {2, 8, 8});
  }
  for (const Shape &extra : {Shape{2, 8, 8}, Shape{1, 1, 8}, Shape{1, 8, 1}})
    b.add(MatMulOp{{}, {}, addExtra()}, {x, one, b.input(f32, extra)}, f32,
          {2, 8, 8});
}

void addByteProducts(Builder &b) {
  for (DType lhs : {u8, i8})
    for (DType rhs : {u8, i8}) {
      const ValueId x = b.input(lhs, {2, 8, 8});
      for (ValueId y : {b.splat(rhs, {1, 8, 8}, 3), b.input(rhs, {2, 8, 8}),
                        b.input(rhs, {1, 8, 8})})
        for (int64_t lhsZero : {0, 1, 2})
          for (const Ints &rhsZero : {Ints{0}, Ints{5}, Ints{6}, Ints(8, 5),
                                      Ints{1, 2, 3, 4, 5, 6, 7, 8}})
            b.add(MatMulOp{{lhsZero}, rhsZero, {}}, {x, y}, i32, {2, 8, 8});
    }
}

void addWindows(Builder &b) {
  const Shape shape{1, 4, 8, 8};
  for (DType type : {f32, i32, u8, i8}) {
    const ValueId x = b.input(type, shape);
    const DType sum = type == f32 ? f32 : i32;
    for (ReduceKind kind : {gp_image_reduce_kind_max, gp_image_reduce_kind_min,
                            gp_image_reduce_kind_sum}) {
      const DType result = kind == gp_image_reduce_kind_sum ? sum : type;
      WindowOp window{kind,
                      {1, 1, 3, 3},
                      {1, 1, 1, 1},
                      {0, 0, 1, 1},
                      {0, 0, 1, 1},
                      {1, 1, 1, 1},
                      {}};
      b.add(window, {x}, result, shape);
      window.padsLow = {0, 0, 0, 1};
      window.padsHigh = {0, 0, 2, 1};
      b.add(window, {x}, result, shape);
      window.padsLow = window.padsHigh = {0, 0, 2, 2};
      window.dilations = {1, 1, 2, 2};
      b.add(window, {x}, result, shape);
      window.dilations = {1, 1, 1, 1};
      window.sizes = {1, 1, 5, 5};
      b.add(window, {x}, result, shape);
      window.sizes = {1, 3, 1, 1}; // which only the generic loops can do
      window.padsLow = window.padsHigh = {0, 1, 0, 0};
      b.add(window, {x}, result, shape);
    }
  }
}

void addReductions(Builder &b) {
  const ValueId x = b.input(f32, {1, 8, 8, 8});
  for (ReduceKind kind : {gp_image_reduce_kind_max, gp_image_reduce_kind_min,
                          gp_image_reduce_kind_sum, gp_image_reduce_kind_prod})
    for (const Region &epilogue : epilogues()) {
      b.add(ReduceOp{kind, {1}, epilogue}, {x}, f32, {1, 1, 8, 8});
      b.add(ReduceOp{kind, {2}, epilogue}, {x}, f32, {1, 8, 1, 8});
      b.add(ReduceOp{kind, {3}, epilogue}, {x}, f32, {1, 8, 8, 1});
      b.add(ReduceOp{kind, {2, 3}, epilogue}, {x}, f32, {1, 8, 1, 1});
    }
}

void addLines(Builder &b) {
  const Shape shape{8, 8, 8};
  const ValueId x = b.input(f32, shape);
  for (int64_t dim : {0, 1, 2}) {
    Shape one = shape;
    one[dim] = 1;
    for (bool first : {false, true}) {
      for (ReduceKind kind :
           {gp_image_reduce_kind_max, gp_image_reduce_kind_min})
        b.add(ArgReduceOp{kind, dim, first}, {x}, i64, one);
      for (ReduceKind kind :
           {gp_image_reduce_kind_sum, gp_image_reduce_kind_prod})
        for (bool second : {false, true})
          b.add(ScanOp{kind, dim, first, second}, {x}, f32, shape);
      const ValueId sorted = b.value(f32, shape);
      const ValueId order = b.value(i64, shape);
      b.program.ops.push_back({SortOp{dim, first}, {x}, {sorted, order}, ""});
    }
  }
}

void addGathers(Builder &b) {
  const Shape shape{8, 8, 8};
  const ValueId x = b.input(f32, shape);
  for (DType type : {i32, i64}) {
    const ValueId indices = b.input(type, {8});
    for (int64_t dim : {0, 1, 2})
      b.add(GatherOp{dim}, {x, indices}, f32, shape);
    for (ScatterKind kind :
         {gp_image_scatter_kind_assign, gp_image_scatter_kind_add,
          gp_image_scatter_kind_mul, gp_image_scatter_kind_min,
          gp_image_scatter_kind_max})
      b.add(ScatterOp{kind}, {x, indices, x}, f32, shape);
  }
}

void addMaps(Builder &b) {
  const Shape shape{1, 8, 8, 8};
  for (DType type : {f32, i32}) {
    const ValueId x = b.input(type, shape);
    for (ScalarOp op : {gp_image_scalar_op_add, gp_image_scalar_op_sub})
      for (uint64_t bits : {1, 2})
        b.add(MapOp{region(type, op, bits)}, {x}, type, shape);
  }
  const ValueId bytes = b.input(u8, shape);
  for (uint8_t first : {1, 2})
    b.add(MapOp{table(first)}, {bytes}, u8, shape);
  for (const Shape &extra :
       {shape, Shape{1, 8, 1, 1}, Shape{1, 1, 8, 8}, Shape{1, 8, 1, 8}})
    b.add(MapOp{addExtra()}, {b.program.inputs[0], b.input(f32, extra)}, f32,
          shape);
  const ValueId x = b.program.inputs[0];
  for (const Ints &permutation :
       {Ints{0, 2, 1, 3}, Ints{0, 1, 3, 2}, Ints{0, 3, 2, 1}, Ints{0, 2, 3, 1}})
    b.add(TransposeOp{permutation}, {x}, f32, shape);
  for (int64_t low : {0, 1, 2})
    b.add(PadOp{{0, 0, low, 0}, {0, 0, 2 - low, 0}, {0, 0, 0, 0}},
          {x, b.splat(f32, {}, 0)}, f32, {1, 8, 10, 8});
}

/// Inputs of 8 bits between convolutions are blocked, and so biased.
void addBlockedBytes(Builder &b) {
  const Shape shape{1, 8, 8, 8};
  ValueId previous = b.input(u8, shape);
  for (DType type : {u8, i8, u8, i8}) {
    ConvOp conv = sameSizeConv();
    conv.epilogue = {{i32}, {{gp_image_scalar_op_cast, type, {0}}}, {1}};
    const ValueId w = b.splat(i8, {8, 8, 3, 3}, 1);
    previous = b.add(conv, {previous, w}, type, shape);
    b.add(MapOp{region(type, gp_image_scalar_op_max, 3)}, {previous}, type,
          shape);
  }
}

} // namespace

std::vector<Twins> allTwins() {
  std::vector<Twins> all;
  const auto add = [&](const char *name, auto fill) {
    Builder b;
    fill(b);
    all.push_back({name, std::move(b.program)});
  };
  add("stem", [](Builder &b) { addConvs(b, 3); });
  add("conv", [](Builder &b) { addConvs(b, 32); });
  add("conv of bytes", addByteConvs);
  add("matmul", addProducts);
  add("matmul of bytes", addByteProducts);
  add("window", addWindows);
  add("reduce", addReductions);
  add("lines", addLines);
  add("gather", addGathers);
  add("map", addMaps);
  add("blocked bytes", addBlockedBytes);
  return all;
}

} // namespace glowplug::cpu::test
