// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolutions and matrix products.

#include "backends/npu-sim/compiler/match/MatchOps.h"

#include <fmt/format.h>

#include <algorithm>

namespace glowplug::npusim {

namespace {

/// The zero points of the two sides. \p columns is the number of columns of
/// the weights.
template <typename Op>
Refused readZeroPoints(OpUse &use, Op op, std::size_t lhsCount,
                       std::int32_t (*lhsAt)(Op, std::size_t),
                       std::size_t rhsCount,
                       std::int32_t (*rhsAt)(Op, std::size_t)) {
  Layer &layer = use.layer;
  const Value &input = use.operand(0), &weights = use.operand(1);
  layer.inputUnsigned = isUnsignedByte(input.type);
  layer.weightUnsigned = isUnsignedByte(weights.type);
  layer.inputZeroPoint = lhsCount != 0 ? lhsAt(op, 0) : 0;
  for (std::size_t i = 1; i < lhsCount; ++i)
    if (lhsAt(op, i) != layer.inputZeroPoint)
      return refuse("zero points that differ from row to row");
  if (Refused refused =
          needZeroPoint(layer.inputZeroPoint, input, "the input's zero point"))
    return refused;
  std::vector<std::int32_t> &points = layer.weightZeroPoints;
  for (std::size_t i = 0; i < rhsCount; ++i)
    points.push_back(rhsAt(op, i));
  if (std::all_of(points.begin(), points.end(),
                  [&](std::int32_t each) { return each == points[0]; }))
    points.resize(1);
  for (std::int32_t each : points)
    if (Refused refused =
            needZeroPoint(each, weights, "a zero point of the weights"))
      return refused;
  return std::nullopt;
}

/// Strides and the like of a conv, the columns last.
Refused readWindow(OpUse &use, gp_image_conv conv) {
  const Shape &kernel = use.operand(1).shape, &result = use.result().shape;
  Window &w = use.layer.window;
  const std::size_t dims = kernel.size() - 2;
  for (std::size_t i = 0; i < dims; ++i) {
    const bool isRow = dims == 2 && i == 0;
    const std::int64_t size = kernel[i + 2];
    (isRow ? w.kernelH : w.kernelW) = size;
    // What no second tap or output needs is as good as 1.
    (isRow ? w.strideH : w.strideW) =
        result[i + 2] == 1 ? 1 : gp_image_conv_strides_at(conv, i);
    (isRow ? w.dilationH : w.dilationW) =
        size == 1 ? 1 : gp_image_conv_dilations_at(conv, i);
    (isRow ? w.padTop : w.padLeft) = gp_image_conv_pads_low_at(conv, i);
  }
  return needWindow(use);
}

/// Whether the engine that works channel by channel takes it.
bool isDepthwise(const OpUse &use) {
  const Layer &layer = use.layer;
  return layer.groups > 1 && layer.groups == use.operand(0).shape[1] &&
         layer.groups == use.operand(1).shape[0] &&
         layer.window.dilationH == 1 && layer.window.dilationW == 1;
}

} // namespace

Refused matchConv(OpUse &use) {
  const gp_image_conv conv = gp_image_op_as_conv(use.op);
  const Value &input = use.operand(0), &weights = use.operand(1);
  if (input.shape.size() > 4)
    return refuse(fmt::format("a convolution over {} dims, more than 2",
                              input.shape.size() - 2));
  if (!weights.isConstant)
    return refuse("the weights are not a constant");
  for (Refused refused :
       {needTensor(input, "the input"), needBytes(weights, "the weights"),
        needResult(use.result())})
    if (refused)
      return refused;
  if (Refused refused = readZeroPoints(
          use, conv, gp_image_conv_lhs_zp_count(conv), gp_image_conv_lhs_zp_at,
          gp_image_conv_rhs_zp_count(conv), gp_image_conv_rhs_zp_at))
    return refused;
  if (Refused refused = readWindow(use, conv))
    return refused;
  Layer &layer = use.layer;
  layer.groups = gp_image_conv_groups(conv);
  layer.kind = isDepthwise(use) ? LayerKind::Depthwise : LayerKind::Conv;
  layer.operands = {use.operandId(0), use.operandId(1)};
  const std::int64_t products = elementCount(weights.shape) / weights.shape[0];
  layer.macs = elementCount(use.result().shape) * products;
  if (Refused refused = needSums(products, layer))
    return refused;
  return addEpilogue(use, gp_image_conv_epilogue(conv), gp_image_dtype_i32, 2,
                     1);
}

Refused matchMatMul(OpUse &use) {
  const gp_image_mat_mul op = gp_image_op_as_mat_mul(use.op);
  const Value &input = use.operand(0), &weights = use.operand(1);
  for (Refused refused :
       {needTensor(input, "the left side"),
        needBytes(weights, "the right side"), needResult(use.result())})
    if (refused)
      return refused;
  const Shape &lhs = input.shape, &rhs = weights.shape,
              &result = use.result().shape;
  const std::size_t batchDims = lhs.size() - 2;
  const bool isShared = std::all_of(rhs.begin(), rhs.begin() + batchDims,
                                    [](std::int64_t dim) { return dim == 1; });
  for (std::size_t d = 0; d < batchDims; ++d)
    if (lhs[d] != result[d] || (!isShared && rhs[d] != result[d]))
      return refuse(fmt::format("batches that are broadcast: {} and {} in dim "
                                "{}",
                                lhs[d], rhs[d], d));
  if (Refused refused = readZeroPoints(
          use, op, gp_image_mat_mul_lhs_zp_count(op),
          gp_image_mat_mul_lhs_zp_at, gp_image_mat_mul_rhs_zp_count(op),
          gp_image_mat_mul_rhs_zp_at))
    return refused;
  Layer &layer = use.layer;
  layer.kind = LayerKind::MatMul;
  layer.operands = {use.operandId(0), use.operandId(1)};
  layer.macs = elementCount(result) * lhs.back();
  if (Refused refused = needSums(lhs.back(), layer))
    return refused;
  return addEpilogue(use, gp_image_mat_mul_epilogue(op), gp_image_dtype_i32, 2,
                     static_cast<int>(result.size()) - 1);
}

} // namespace glowplug::npusim
