// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Data movement.

#include "backends/npu-sim/compiler/match/MatchOps.h"

#include <fmt/format.h>

namespace glowplug::npusim {

namespace {

void readTranspose(OpUse &use, Move &move) {
  const gp_image_transpose from = gp_image_op_as_transpose(use.op);
  for (std::size_t d = 0; d < gp_image_transpose_permutation_count(from); ++d)
    move.permutation.push_back(gp_image_transpose_permutation_at(from, d));
}

Refused readSlice(OpUse &use, Move &move) {
  const gp_image_slice from = gp_image_op_as_slice(use.op);
  for (std::size_t d = 0; d < use.result().shape.size(); ++d) {
    const std::int64_t stride =
        use.result().shape[d] == 1 ? 1 : gp_image_slice_strides_at(from, d);
    if (stride < 0)
      return refuse(fmt::format("a slice with stride {} in dim {}", stride, d));
    move.starts.push_back(gp_image_slice_starts_at(from, d));
    move.strides.push_back(stride);
  }
  return std::nullopt;
}

Refused readPad(OpUse &use, Move &move) {
  const gp_image_pad from = gp_image_op_as_pad(use.op);
  const Shape &input = use.operand(0).shape;
  for (std::size_t d = 0; d < input.size(); ++d) {
    if (input[d] > 1 && gp_image_pad_interior_at(from, d) != 0)
      return refuse(fmt::format("padding between the elements of dim {}", d));
    move.low.push_back(gp_image_pad_low_at(from, d));
    move.high.push_back(gp_image_pad_high_at(from, d));
  }
  const auto value = singleValue(use.operand(1));
  if (!value)
    return refuse("padding with a value that is not a constant");
  move.padValue = static_cast<std::uint8_t>(*value);
  return std::nullopt;
}

} // namespace

Refused matchMove(OpUse &use) {
  Layer &layer = use.layer;
  Move &move = layer.move;
  layer.kind = LayerKind::Move;
  move.kind = gp_image_op_attributes_type(use.op);
  if (Refused refused = needBytes(use.result(), "the result"))
    return refused;
  const bool isConcat = move.kind == gp_image_attributes_concat;
  for (std::size_t i = 0; i < (isConcat ? use.operandCount() : 1); ++i) {
    if (Refused refused =
            needTensor(use.operand(i), fmt::format("operand {}", i)))
      return refused;
    layer.operands.push_back(use.operandId(i));
  }
  switch (move.kind) {
  case gp_image_attributes_transpose:
    readTranspose(use, move);
    return std::nullopt;
  case gp_image_attributes_slice:
    return readSlice(use, move);
  case gp_image_attributes_pad:
    return readPad(use, move);
  case gp_image_attributes_concat:
    move.dim = gp_image_concat_dim(gp_image_op_as_concat(use.op));
    return std::nullopt;
  default: // reshape and broadcast have no attributes
    return std::nullopt;
  }
}

} // namespace glowplug::npusim
