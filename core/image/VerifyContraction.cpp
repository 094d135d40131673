// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules of matmul, conv and conv_transpose.

#include "core/image/VerifyRules.h"

using namespace glowplug;
using namespace glowplug::verify;

/// Both operands are floats of one type, or integers that accumulate alike.
static llvm::Error needFactors(DType lhs, DType rhs) {
  const DType accumulator = accumulatorType(lhs);
  if (accumulator == DType::none)
    return broken("needs operands that are numbers, but got {0}",
                  dtypeName(lhs));
  const bool alike =
      isFloat(lhs) ? lhs == rhs
                   : isInteger(rhs) && accumulatorType(rhs) == accumulator;
  if (!alike)
    return broken("needs operands of one float type or of integers with one "
                  "accumulator, but got {0} and {1}",
                  dtypeName(lhs), dtypeName(rhs));
  return llvm::Error::success();
}

/// Type of the result without an epilogue.
static DType plainType(DType operand) {
  return isFloat(operand) ? operand : accumulatorType(operand);
}

/// No zero point, one, or \p each of them; for floats none.
static llvm::Error needZeroPoints(const char *what,
                                  llvm::ArrayRef<int32_t> values, DType operand,
                                  int64_t each) {
  if (values.empty())
    return llvm::Error::success();
  if (!isInteger(operand))
    return broken("needs no {0} for {1}, but got {2}", what, dtypeName(operand),
                  values.size());
  if (values.size() != 1 && values.size() != static_cast<uint64_t>(each))
    return broken("needs 0, 1 or {0} entries in {1}, but got {2}", each, what,
                  values.size());
  return llvm::Error::success();
}

llvm::Error verify::verifyOp(const image::MatMul &op, const OpTypes &types,
                             Budget &budget) {
  GP_CHECK(needCounts(types, 2, anyNumber, 1));
  const TensorType &lhs = types.operands[0];
  const TensorType &rhs = types.operands[1];
  GP_CHECK(needFactors(lhs.dtype, rhs.dtype));
  const size_t rank = lhs.shape.size();
  if (rank < 2 || rhs.shape.size() != rank)
    return broken("needs equal ranks of at least 2, but got {0} and {1}", rank,
                  rhs.shape.size());
  if (lhs.shape[rank - 1] != rhs.shape[rank - 2])
    return broken("needs equal K, but got {0} and {1}", lhs.shape[rank - 1],
                  rhs.shape[rank - 2]);
  const shapes::MaybeShape shape = shapes::matmul(lhs.shape, rhs.shape);
  if (!shape)
    return broken("needs batch dims that are equal or 1, but got {0} and {1}",
                  listString(lhs.shape), listString(rhs.shape));
  GP_CHECK(needShape(types.results[0], shape));
  GP_CHECK(needZeroPoints("lhs_zp", arrayOf(op.lhs_zp()), lhs.dtype,
                          lhs.shape[rank - 2]));
  GP_CHECK(needZeroPoints("rhs_zp", arrayOf(op.rhs_zp()), rhs.dtype,
                          rhs.shape[rank - 1]));
  return verifyEpilogue(op.epilogue(), accumulatorType(lhs.dtype),
                        plainType(lhs.dtype), types, 2, budget);
}

/// What conv and conv_transpose share, up to the result's shape.
template <typename Conv>
static llvm::Error verifySpatial(const Conv &op, const OpTypes &types) {
  GP_CHECK(needCounts(types, 2, anyNumber, 1));
  GP_CHECK(needAligned(
      {op.strides(), op.pads_low(), op.pads_high(), op.dilations()}));
  const TensorType &input = types.operands[0];
  const TensorType &weights = types.operands[1];
  GP_CHECK(needFactors(input.dtype, weights.dtype));
  const size_t rank = input.shape.size();
  if (rank < 3 || rank > 5 || weights.shape.size() != rank)
    return broken("needs equal ranks of 3 to 5, but got {0} and {1}", rank,
                  weights.shape.size());
  GP_CHECK(needLength("strides", arrayOf(op.strides()).size(), rank - 2));
  GP_CHECK(needLength("pads_low", arrayOf(op.pads_low()).size(), rank - 2));
  GP_CHECK(needLength("pads_high", arrayOf(op.pads_high()).size(), rank - 2));
  GP_CHECK(needLength("dilations", arrayOf(op.dilations()).size(), rank - 2));
  GP_CHECK(needAtLeast("strides", arrayOf(op.strides()), 1));
  GP_CHECK(needAtLeast("dilations", arrayOf(op.dilations()), 1));
  GP_CHECK(needAtLeast("a kernel size",
                       llvm::ArrayRef(weights.shape).drop_front(2), 1));
  return needAtLeast("groups", op.groups(), 1);
}

template <typename Conv>
static shapes::WindowDims windowOf(const Conv &op) {
  return {arrayOf(op.strides()), arrayOf(op.pads_low()),
          arrayOf(op.pads_high()), arrayOf(op.dilations())};
}

llvm::Error verify::verifyOp(const image::Conv &op, const OpTypes &types,
                             Budget &budget) {
  GP_CHECK(verifySpatial(op, types));
  const TensorType &input = types.operands[0];
  const TensorType &weights = types.operands[1];
  GP_CHECK(needAtLeast("pads_low", arrayOf(op.pads_low()), 0));
  GP_CHECK(needAtLeast("pads_high", arrayOf(op.pads_high()), 0));
  const int64_t channels = input.shape[1];
  if (channels % op.groups() != 0 || weights.shape[0] % op.groups() != 0)
    return broken("needs groups that divide C {0} and O {1}, but got {2}",
                  channels, weights.shape[0], op.groups());
  if (weights.shape[1] != channels / op.groups())
    return broken("needs weights with C / groups = {0} channels, but got {1}",
                  channels / op.groups(), weights.shape[1]);
  GP_CHECK(
      needShape(types.results[0], shapes::conv(input.shape, weights.shape,
                                               windowOf(op), op.groups())));
  GP_CHECK(needZeroPoints("lhs_zp", arrayOf(op.lhs_zp()), input.dtype, 1));
  GP_CHECK(needZeroPoints("rhs_zp", arrayOf(op.rhs_zp()), weights.dtype,
                          weights.shape[0]));
  return verifyEpilogue(op.epilogue(), accumulatorType(input.dtype),
                        plainType(input.dtype), types, 2, budget);
}

llvm::Error verify::verifyOp(const image::ConvTranspose &op,
                             const OpTypes &types, Budget &budget) {
  GP_CHECK(verifySpatial(op, types));
  const TensorType &input = types.operands[0];
  const TensorType &weights = types.operands[1];
  const int64_t channels = input.shape[1];
  if (channels % op.groups() != 0)
    return broken("needs groups that divide C {0}, but got {1}", channels,
                  op.groups());
  if (weights.shape[0] != channels)
    return broken("needs weights with C = {0} channels, but got {1}", channels,
                  weights.shape[0]);
  GP_CHECK(needShape(types.results[0],
                     shapes::convTranspose(input.shape, weights.shape,
                                           windowOf(op), op.groups())));
  return verifyEpilogue(op.epilogue(), accumulatorType(input.dtype),
                        plainType(input.dtype), types, 2, budget);
}
