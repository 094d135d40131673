// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Single values, regions and attributes of an image.

#include "backends/cpu/compiler/program/ReadOp.h"

#include "llvm/Support/ErrorHandling.h"

namespace glowplug::cpu {
namespace {

template <typename Count, typename At, typename Table>
Ints readInts(Count count, At at, Table table) {
  Ints result;
  for (size_t i = 0; i < count(table); ++i)
    result.push_back(at(table, i));
  return result;
}

// Both accessors of a vector field.
#define FIELD(table, field)                                                    \
  readInts(gp_image_##table##_##field##_count,                                 \
           gp_image_##table##_##field##_at, from)

ConstantOp readConstant(gp_image_constant from) {
  ConstantOp op;
  op.splat = gp_image_constant_splat(from);
  if (size_t size = gp_image_constant_data_count(from)) {
    const uint8_t *data = gp_image_constant_data_data(from);
    op.data.assign(data, data + size);
  }
  op.segment = gp_image_constant_segment(from);
  op.offset = gp_image_constant_offset(from);
  return op;
}

ConvOp readConv(gp_image_conv from) {
  ConvOp op;
  op.strides = FIELD(conv, strides);
  op.padsLow = FIELD(conv, pads_low);
  op.padsHigh = FIELD(conv, pads_high);
  op.dilations = FIELD(conv, dilations);
  op.groups = gp_image_conv_groups(from);
  op.lhsZeroPoints = FIELD(conv, lhs_zp);
  op.rhsZeroPoints = FIELD(conv, rhs_zp);
  op.epilogue = readRegion(gp_image_conv_epilogue(from));
  return op;
}

ConvOp readConvTranspose(gp_image_conv_transpose from) {
  ConvOp op;
  op.transposed = true;
  op.strides = FIELD(conv_transpose, strides);
  op.padsLow = FIELD(conv_transpose, pads_low);
  op.padsHigh = FIELD(conv_transpose, pads_high);
  op.dilations = FIELD(conv_transpose, dilations);
  op.groups = gp_image_conv_transpose_groups(from);
  op.epilogue = readRegion(gp_image_conv_transpose_epilogue(from));
  return op;
}

WindowOp readWindow(gp_image_window from) {
  WindowOp op;
  op.kind = gp_image_window_kind(from);
  op.sizes = FIELD(window, sizes);
  op.strides = FIELD(window, strides);
  op.padsLow = FIELD(window, pads_low);
  op.padsHigh = FIELD(window, pads_high);
  op.dilations = FIELD(window, dilations);
  op.epilogue = readRegion(gp_image_window_epilogue(from));
  return op;
}

MatMulOp readMatMul(gp_image_mat_mul from) {
  return {FIELD(mat_mul, lhs_zp), FIELD(mat_mul, rhs_zp),
          readRegion(gp_image_mat_mul_epilogue(from))};
}

ReduceOp readReduce(gp_image_reduce from) {
  return {gp_image_reduce_kind(from), FIELD(reduce, dims),
          readRegion(gp_image_reduce_epilogue(from))};
}

SliceOp readSlice(gp_image_slice from) {
  return {FIELD(slice, starts), FIELD(slice, strides)};
}

PadOp readPad(gp_image_pad from) {
  return {FIELD(pad, low), FIELD(pad, high), FIELD(pad, interior)};
}

TransposeOp readTranspose(gp_image_transpose from) {
  return {FIELD(transpose, permutation)};
}

#undef FIELD

} // namespace

Value readValue(gp_image_value value) {
  Value result;
  result.type = gp_image_value_dtype(value);
  for (size_t i = 0; i < gp_image_value_shape_count(value); ++i)
    result.shape.push_back(gp_image_value_shape_at(value, i));
  return result;
}

Region readRegion(gp_image_region region) {
  Region result;
  for (size_t i = 0; i < gp_image_region_parameters_count(region); ++i)
    result.parameters.push_back(gp_image_region_parameters_at(region, i));
  for (size_t i = 0; i < gp_image_region_instructions_count(region); ++i) {
    gp_image_instruction from = gp_image_region_instructions_at(region, i);
    Instruction to;
    to.op = gp_image_instruction_op(from);
    to.type = gp_image_instruction_dtype(from);
    to.bits = gp_image_instruction_bits(from);
    for (size_t k = 0; k < gp_image_instruction_operands_count(from); ++k)
      to.operands.push_back(gp_image_instruction_operands_at(from, k));
    if (size_t size = gp_image_instruction_table_count(from)) {
      const uint8_t *table = gp_image_instruction_table_data(from);
      to.table.assign(table, table + size);
    }
    result.instructions.push_back(std::move(to));
  }
  for (size_t i = 0; i < gp_image_region_results_count(region); ++i)
    result.results.push_back(gp_image_region_results_at(region, i));
  return result;
}

Attributes readAttributes(gp_image_op op) {
  switch (gp_image_op_attributes_type(op)) {
  case gp_image_attributes_constant:
    return readConstant(gp_image_op_as_constant(op));
  case gp_image_attributes_mat_mul:
    return readMatMul(gp_image_op_as_mat_mul(op));
  case gp_image_attributes_conv:
    return readConv(gp_image_op_as_conv(op));
  case gp_image_attributes_conv_transpose:
    return readConvTranspose(gp_image_op_as_conv_transpose(op));
  case gp_image_attributes_map:
    return MapOp{readRegion(gp_image_map_region(gp_image_op_as_map(op)))};
  case gp_image_attributes_reduce:
    return readReduce(gp_image_op_as_reduce(op));
  case gp_image_attributes_arg_reduce: {
    gp_image_arg_reduce from = gp_image_op_as_arg_reduce(op);
    return ArgReduceOp{gp_image_arg_reduce_kind(from),
                       gp_image_arg_reduce_dim(from),
                       gp_image_arg_reduce_select_last(from) != 0};
  }
  case gp_image_attributes_scan: {
    gp_image_scan from = gp_image_op_as_scan(op);
    return ScanOp{gp_image_scan_kind(from), gp_image_scan_dim(from),
                  gp_image_scan_exclusive(from) != 0,
                  gp_image_scan_reverse(from) != 0};
  }
  case gp_image_attributes_sort: {
    gp_image_sort from = gp_image_op_as_sort(op);
    return SortOp{gp_image_sort_dim(from), gp_image_sort_descending(from) != 0};
  }
  case gp_image_attributes_window:
    return readWindow(gp_image_op_as_window(op));
  case gp_image_attributes_transpose:
    return readTranspose(gp_image_op_as_transpose(op));
  case gp_image_attributes_reshape:
    return ReshapeOp{};
  case gp_image_attributes_broadcast:
    return BroadcastOp{};
  case gp_image_attributes_slice:
    return readSlice(gp_image_op_as_slice(op));
  case gp_image_attributes_pad:
    return readPad(gp_image_op_as_pad(op));
  case gp_image_attributes_concat:
    return ConcatOp{gp_image_concat_dim(gp_image_op_as_concat(op))};
  case gp_image_attributes_gather:
    return GatherOp{gp_image_gather_dim(gp_image_op_as_gather(op))};
  case gp_image_attributes_scatter:
    return ScatterOp{gp_image_scatter_kind(gp_image_op_as_scatter(op))};
  case gp_image_attributes_non_max_suppression: {
    gp_image_non_max_suppression from = gp_image_op_as_non_max_suppression(op);
    return SelectBoxesOp{gp_image_non_max_suppression_most(from),
                         gp_image_non_max_suppression_center(from) != 0};
  }
  default:
    llvm_unreachable("refuseOp() lets no other kind pass");
  }
}

} // namespace glowplug::cpu
