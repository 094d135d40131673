// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes kernels as an image.

#include "backends/npu-sim/compiler/instr/Kernel.h"

#include <glowplug/glue/bytes.h>

namespace glowplug::npusim {
namespace {

using glue::set;
using Longs = std::vector<std::int64_t>;

/// One field of the window for both dims, after the values \p before.
Longs bothOf(const Kernel &kernel, std::int64_t WindowDim::*field,
             Longs before = {}) {
  for (const WindowDim &dim : kernel.window)
    before.push_back(dim.*field);
  return before;
}

template <typename Fields>
void setWindow(Fields &fields, const Longs &strides, const Longs &low,
               const Longs &high, const Longs &dilations) {
  set(fields.strides, fields.strides_count, strides);
  set(fields.pads_low, fields.pads_low_count, low);
  set(fields.pads_high, fields.pads_high_count, high);
  set(fields.dilations, fields.dilations_count, dilations);
}

gp_ref writeConv(gp_writer *writer, const Kernel &kernel, gp_ref epilogue) {
  gp_image_conv_fields conv = gp_image_conv_defaults();
  const Longs strides = bothOf(kernel, &WindowDim::stride),
              low = bothOf(kernel, &WindowDim::low),
              high = bothOf(kernel, &WindowDim::high),
              dilations = bothOf(kernel, &WindowDim::dilation);
  setWindow(conv, strides, low, high, dilations);
  conv.groups = kernel.groups;
  conv.lhs_zp = &kernel.inputZp;
  conv.lhs_zp_count = kernel.inputZp != 0;
  set(conv.rhs_zp, conv.rhs_zp_count, kernel.weightZps);
  conv.epilogue = epilogue;
  return gp_image_write_conv(writer, &conv);
}

gp_ref writeWindow(gp_writer *writer, const Kernel &kernel, gp_ref epilogue) {
  gp_image_window_fields window = gp_image_window_defaults();
  const Longs sizes = bothOf(kernel, &WindowDim::size, {1, 1}),
              strides = bothOf(kernel, &WindowDim::stride, {1, 1}),
              low = bothOf(kernel, &WindowDim::low, {0, 0}),
              high = bothOf(kernel, &WindowDim::high, {0, 0}),
              dilations = bothOf(kernel, &WindowDim::dilation, {1, 1});
  setWindow(window, strides, low, high, dilations);
  window.kind = kernel.kind;
  set(window.sizes, window.sizes_count, sizes);
  window.epilogue = epilogue;
  return gp_image_write_window(writer, &window);
}

gp_ref writeAttributes(gp_writer *writer, const Kernel &kernel) {
  const gp_ref region =
      kernel.arithmetic ? writeRegion(writer, *kernel.arithmetic) : 0;
  switch (kernel.op) {
  case gp_image_attributes_conv:
    return writeConv(writer, kernel, region);
  case gp_image_attributes_window:
    return writeWindow(writer, kernel, region);
  case gp_image_attributes_reduce: {
    const std::int64_t dim = 1;
    gp_image_reduce_fields reduce = gp_image_reduce_defaults();
    reduce.kind = kernel.kind;
    reduce.dims = &dim;
    reduce.dims_count = 1;
    reduce.epilogue = region;
    return gp_image_write_reduce(writer, &reduce);
  }
  case gp_image_attributes_transpose: {
    const Longs permutation = {0, 1, 3, 2};
    gp_image_transpose_fields transpose = gp_image_transpose_defaults();
    set(transpose.permutation, transpose.permutation_count, permutation);
    return gp_image_write_transpose(writer, &transpose);
  }
  default: {
    gp_image_map_fields map = gp_image_map_defaults();
    map.region = region;
    return gp_image_write_map(writer, &map);
  }
  }
}

gp_ref writeBody(gp_writer *writer, const Kernel &kernel) {
  std::vector<gp_ref> values;
  std::vector<std::uint32_t> inputs;
  const auto addValue = [&](const TileType &type) {
    gp_image_value_fields value = gp_image_value_defaults();
    value.dtype = type.dtype;
    set(value.shape, value.shape_count, type.shape);
    values.push_back(gp_image_write_value(writer, &value));
    return static_cast<std::uint32_t>(values.size() - 1);
  };
  for (const TileType &type : kernel.operands)
    inputs.push_back(addValue(type));
  const std::uint32_t output = addValue(kernel.result);
  gp_image_op_fields op = gp_image_op_defaults();
  gp_image_body_fields body = gp_image_body_defaults();
  op.attributes_type = kernel.op;
  op.attributes = writeAttributes(writer, kernel);
  op.operands = body.inputs = inputs.data();
  op.operands_count = body.inputs_count = inputs.size();
  op.results = body.outputs = &output;
  op.results_count = body.outputs_count = 1;
  const gp_ref made = gp_image_write_op(writer, &op);
  set(body.values, body.values_count, values);
  body.ops = &made;
  body.ops_count = 1;
  return gp_image_write_body(writer, &body);
}

} // namespace

std::uint32_t Kernels::numberOf(const Kernel &kernel) {
  return numbers.try_emplace(kernel, static_cast<std::uint32_t>(numbers.size()))
      .first->second;
}

std::vector<std::uint8_t> Kernels::write() const {
  if (numbers.empty())
    return {};
  glue::Writer writer;
  std::vector<gp_ref> bodies(numbers.size());
  for (const auto &[kernel, number] : numbers)
    bodies[number] = writeBody(writer, kernel);
  gp_image_program_fields program = gp_image_program_defaults();
  const gp_image_body_fields empty = gp_image_body_defaults();
  program.container_version = GP_IMAGE_CONTAINER_VERSION;
  program.opset_version = GP_IMAGE_OPSET_VERSION;
  program.body = gp_image_write_body(writer, &empty);
  set(program.bodies, program.bodies_count, bodies);
  return glue::copyOf(
      gp_image_finish(writer, gp_image_write_program(writer, &program)));
}

} // namespace glowplug::npusim
