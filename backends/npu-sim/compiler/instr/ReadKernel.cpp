// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads kernels of instr programs, and says which of them no command can do.

#include "backends/npu-sim/compiler/instr/Kernel.h"

#include <algorithm>

namespace glowplug::npusim {
namespace {

class KernelReader {
public:
  KernelReader(gp_image_body body, std::int64_t lanes)
      : body(body), op(gp_image_body_ops_at(body, 0)), lanes(lanes) {}

  ReadKernel read();

private:
  void need(bool holds, const char *message) {
    if (!holds && result.problem.empty())
      result.problem = message;
  }
  TileType typeOf(std::uint32_t number) const;
  gp_image_region readAttributes();
  gp_image_region readConv(gp_image_conv conv);
  gp_image_region readWindow(gp_image_window window);
  void readRegion(gp_image_region region);
  bool isRow(const TileType &type) const;

  const gp_image_body body;
  const gp_image_op op;
  const std::int64_t lanes;
  ReadKernel result;
  Kernel &kernel = result.kernel;
};

} // namespace

TileType KernelReader::typeOf(std::uint32_t number) const {
  const gp_image_value value = gp_image_body_values_at(body, number);
  TileType type{gp_image_value_dtype(value), {}};
  for (std::size_t i = 0; i < gp_image_value_shape_count(value); ++i)
    type.shape.push_back(gp_image_value_shape_at(value, i));
  return type;
}

gp_image_region KernelReader::readConv(gp_image_conv conv) {
  need(gp_image_conv_strides_count(conv) == 2, "needs two spatial dims");
  const std::vector<std::int64_t> &weights = kernel.operands[1].shape;
  for (std::size_t d = 0; d < 2 && result.problem.empty(); ++d)
    kernel.window[d] = {weights[d + 2], gp_image_conv_strides_at(conv, d),
                        gp_image_conv_dilations_at(conv, d),
                        gp_image_conv_pads_low_at(conv, d),
                        gp_image_conv_pads_high_at(conv, d)};
  kernel.groups = gp_image_conv_groups(conv);
  kernel.inputZp = gp_image_conv_lhs_zp_at(conv, 0); // 0 if there is none
  for (std::size_t i = 0; i < gp_image_conv_rhs_zp_count(conv); ++i)
    kernel.weightZps.push_back(gp_image_conv_rhs_zp_at(conv, i));
  return gp_image_conv_epilogue(conv);
}

gp_image_region KernelReader::readWindow(gp_image_window window) {
  kernel.kind = gp_image_window_kind(window);
  need(kernel.kind == gp_image_reduce_kind_max ||
           kernel.kind == gp_image_reduce_kind_sum,
       "op: needs a sum or a maximum");
  need(gp_image_window_sizes_count(window) == 4, "needs two spatial dims");
  for (std::size_t d = 0; d < 4 && result.problem.empty(); ++d) {
    const WindowDim dim = {gp_image_window_sizes_at(window, d),
                           gp_image_window_strides_at(window, d),
                           gp_image_window_dilations_at(window, d),
                           gp_image_window_pads_low_at(window, d),
                           gp_image_window_pads_high_at(window, d)};
    if (d >= 2)
      kernel.window[d - 2] = dim;
    else
      need(dim == WindowDim(),
           "kernel_h: needs a window over rows and columns only");
  }
  return gp_image_window_epilogue(window);
}

/// Reads all but the region, and returns the region.
gp_image_region KernelReader::readAttributes() {
  switch (kernel.op) {
  case gp_image_attributes_conv:
    return readConv(gp_image_op_as_conv(op));
  case gp_image_attributes_window:
    return readWindow(gp_image_op_as_window(op));
  case gp_image_attributes_map:
    return gp_image_map_region(gp_image_op_as_map(op));
  case gp_image_attributes_reduce: {
    const gp_image_reduce reduce = gp_image_op_as_reduce(op);
    kernel.kind = gp_image_reduce_kind(reduce);
    need(kernel.kind == gp_image_reduce_kind_max ||
             kernel.kind == gp_image_reduce_kind_min ||
             kernel.kind == gp_image_reduce_kind_sum,
         "reduce: needs a sum, a maximum or a minimum");
    need(gp_image_reduce_dims_count(reduce) == 1 &&
             gp_image_reduce_dims_at(reduce, 0) == 1,
         "reduce: needs dim 1");
    return gp_image_reduce_epilogue(reduce);
  }
  case gp_image_attributes_transpose: {
    const gp_image_transpose transpose = gp_image_op_as_transpose(op);
    const std::int64_t expected[] = {0, 1, 3, 2};
    bool isSame = gp_image_transpose_permutation_count(transpose) == 4;
    for (std::size_t i = 0; i < 4; ++i)
      isSame &= gp_image_transpose_permutation_at(transpose, i) == expected[i];
    need(isSame, "permutation: needs [0, 1, 3, 2]");
    break;
  }
  default:
    need(false, "is not an op of this machine");
  }
  return {nullptr};
}

/// Whether there is an element for each row: more than one in a dim that is not
/// the lanes.
bool KernelReader::isRow(const TileType &type) const {
  const auto &shape = type.shape;
  const auto sizes = std::count_if(shape.begin(), shape.end(),
                                   [](std::int64_t n) { return n != 1; });
  return sizes > 1 ||
         (sizes == 1 && *std::max_element(shape.begin(), shape.end()) != lanes);
}

void KernelReader::readRegion(gp_image_region region) {
  // The parameters are the last operands, but for the accumulator.
  const std::size_t count = gp_image_region_parameters_count(region);
  const std::size_t first = kernel.operands.size() - count;
  std::vector<bool> rows;
  for (std::size_t i = 0; i < count; ++i)
    rows.push_back((i == 0 && kernel.op != gp_image_attributes_map) ||
                   isRow(kernel.operands[first + i]));
  npu::Result<ReadRegion> read = npusim::readRegion(region, rows);
  if (!read) {
    result.problem = "region: " + read.message();
    return;
  }
  kernel.arithmetic = std::move(read->arithmetic);
  result.parameters = read->parameters;
}

ReadKernel KernelReader::read() {
  result.parameters.fill(-1);
  kernel.op = gp_image_op_attributes_type(op);
  for (std::size_t i = 0; i < gp_image_op_operands_count(op); ++i)
    kernel.operands.push_back(typeOf(gp_image_op_operands_at(op, i)));
  kernel.result = typeOf(gp_image_op_results_at(op, 0));
  const gp_image_region region = readAttributes();
  if (region.p && result.problem.empty())
    readRegion(region);
  return std::move(result);
}

ReadKernel readKernel(gp_image_body body, std::int64_t lanes) {
  return KernelReader(body, lanes).read();
}

} // namespace glowplug::npusim
