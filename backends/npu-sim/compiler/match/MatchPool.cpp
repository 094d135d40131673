// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Windows and reductions over rows and columns.

#include "backends/npu-sim/compiler/match/MatchOps.h"

#include <fmt/format.h>

#include <algorithm>

namespace glowplug::npusim {

namespace {

/// What windows and reductions demand alike.
Refused beginPool(OpUse &use, enum gp_image_reduce_kind kind) {
  const Value &input = use.operand(0);
  if (kind != gp_image_reduce_kind_sum && kind != gp_image_reduce_kind_max)
    return refuse(
        fmt::format("a reduction to the {}", gp_image_reduce_kind_name(kind)));
  if (input.shape.size() != 3 && input.shape.size() != 4)
    return refuse(fmt::format("a tensor of rank {}, other than [N, C, W] and "
                              "[N, C, H, W]",
                              input.shape.size()));
  for (Refused refused :
       {needTensor(input, "the input"), needResult(use.result())})
    if (refused)
      return refused;
  Layer &layer = use.layer;
  layer.isMax = kind == gp_image_reduce_kind_max;
  layer.inputUnsigned = isUnsignedByte(input.type);
  layer.operands = {use.operandId(0)};
  return std::nullopt;
}

Refused endPool(OpUse &use, gp_image_region epilogue) {
  const gp_image_dtype accumulator =
      use.layer.isMax ? use.operand(0).type : gp_image_dtype_i32;
  return addEpilogue(use, epilogue, accumulator, 1, 1);
}

/// One dim of a window.
struct Slide {
  std::int64_t input, result, size, stride, padLow, dilation;

  Slide(const OpUse &use, gp_image_window window, std::size_t dim)
      : input(use.operand(0).shape[dim]), result(use.result().shape[dim]),
        size(gp_image_window_sizes_at(window, dim)),
        stride(result == 1 ? 1 : gp_image_window_strides_at(window, dim)),
        padLow(gp_image_window_pads_low_at(window, dim)),
        dilation(size == 1 ? 1 : gp_image_window_dilations_at(window, dim)) {}

  /// One window, over all elements.
  bool isWhole() const {
    return result == 1 && dilation == 1 && size - padLow >= input;
  }
  bool isTrivial() const {
    return size == 1 && stride == 1 && padLow == 0 && result == input;
  }
};

Refused readWindow(OpUse &use, const Slide &rows, const Slide &columns) {
  if (rows.dilation != 1 || columns.dilation != 1)
    return refuse("a window with dilation");
  Layer &layer = use.layer;
  layer.window = {.kernelH = rows.size,
                  .kernelW = columns.size,
                  .strideH = rows.stride,
                  .strideW = columns.stride,
                  .padTop = rows.padLow,
                  .padLeft = columns.padLow};
  return needWindow(use);
}

} // namespace

Refused matchWindow(OpUse &use) {
  const gp_image_window window = gp_image_op_as_window(use.op);
  if (Refused refused = beginPool(use, gp_image_window_kind(window)))
    return refused;
  for (std::size_t dim : {0, 1})
    if (!Slide(use, window, dim).isTrivial())
      return refuse(fmt::format("a window over dim {}", dim));
  const std::size_t last = use.operand(0).shape.size() - 1;
  const Slide columns(use, window, last);
  std::optional<Slide> rows;
  if (last == 3)
    rows.emplace(use, window, 2);
  if (columns.isWhole() && (!rows || rows->isWhole())) {
    use.layer.kind = LayerKind::Reduce;
  } else {
    use.layer.kind = LayerKind::Pool;
    // A missing dim counts as one of size 1.
    Slide single = columns;
    single.input = single.result = single.size = single.stride =
        single.dilation = 1;
    single.padLow = 0;
    if (Refused refused = readWindow(use, rows.value_or(single), columns))
      return refused;
  }
  return endPool(use, gp_image_window_epilogue(window));
}

Refused matchReduce(OpUse &use) {
  const gp_image_reduce reduce = gp_image_op_as_reduce(use.op);
  if (Refused refused = beginPool(use, gp_image_reduce_kind(reduce)))
    return refused;
  use.layer.kind = LayerKind::Reduce;
  const Shape &input = use.operand(0).shape;
  std::vector<bool> isReduced(input.size());
  for (std::size_t i = 0; i < gp_image_reduce_dims_count(reduce); ++i)
    isReduced[gp_image_reduce_dims_at(reduce, i)] = true;
  for (std::size_t d = 0; d < input.size(); ++d)
    if (isReduced[d] != (d >= 2) && input[d] != 1)
      return refuse(fmt::format("a reduction of other dims than rows and "
                                "columns: dim {} of {}",
                                d, input.size()));
  return endPool(use, gp_image_reduce_epilogue(reduce));
}

} // namespace glowplug::npusim
