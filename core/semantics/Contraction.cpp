// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules of matmul, conv and conv_transpose.

#include "core/semantics/Checks.h"

using namespace glowplug;
using namespace glowplug::semantics;

DType semantics::plainResult(DType type) {
  return isFloat(type) ? type : accumulatorType(type);
}

static ResultTypes one(const RegionTypes &epilogue, DType plain,
                       const shapes::MaybeShape &shape) {
  const DType type = epilogue.results.empty() ? plain : epilogue.results[0];
  return {resultType(type, shape)};
}

/// Both are floats of one type, or integers that accumulate alike.
static llvm::Error needFactors(DType lhs, DType rhs) {
  const bool alike = isFloat(lhs) ? lhs == rhs
                                  : isInteger(rhs) && accumulatorType(rhs) ==
                                                          accumulatorType(lhs);
  if (!alike)
    return broken("needs operands of one float type or of integers with one "
                  "accumulator, but got {0} and {1}",
                  dtypeName(lhs), dtypeName(rhs));
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// matmul
//===----------------------------------------------------------------------===//

ResultTypes semantics::resultsOf(const MatMul &op,
                                 llvm::ArrayRef<TensorType> operands) {
  return one(op.epilogue, plainResult(operands[0].dtype),
             shapes::matmul(operands[0].shape, operands[1].shape));
}

llvm::Error semantics::checkRules(const MatMul &op, const OpTypes &types) {
  const TensorType &lhs = types.operands[0];
  const TensorType &rhs = types.operands[1];
  const size_t rank = lhs.shape.size();
  if (rank < 2 || rhs.shape.size() != rank) // C1
    return broken("needs equal ranks of at least 2, but got {0} and {1}", rank,
                  rhs.shape.size());
  GP_CHECK(needFactors(lhs.dtype, rhs.dtype));
  const int64_t rows = lhs.shape[rank - 2], columns = rhs.shape[rank - 1];
  if (lhs.shape[rank - 1] != rhs.shape[rank - 2]) // C2
    return broken("needs equal K, but got {0} and {1}", lhs.shape[rank - 1],
                  rhs.shape[rank - 2]);
  const shapes::MaybeShape shape = shapes::matmul(lhs.shape, rhs.shape);
  if (!shape)
    return broken("needs batch dims that are equal or 1, but got {0} and {1}",
                  listString(lhs.shape), listString(rhs.shape));
  GP_CHECK(needShape(types.results[0], shape));                  // C3
  GP_CHECK(needZeroPoints("lhs_zp", op.lhsZp, lhs.dtype, rows)); // C4
  GP_CHECK(needZeroPoints("rhs_zp", op.rhsZp, rhs.dtype, columns));
  return needEpilogue(op.epilogue, accumulatorType(lhs.dtype), // C5
                      plainResult(lhs.dtype), types, 2);
}

//===----------------------------------------------------------------------===//
// conv, conv_transpose
//===----------------------------------------------------------------------===//

template <typename Conv>
static shapes::WindowDims windowOf(const Conv &op) {
  return {op.strides, op.padsLow, op.padsHigh, op.dilations};
}

/// What both have in common: C1, but for the ranks, and C2.
static llvm::Error needSpatial(const OpTypes &types) {
  const TensorType &input = types.operands[0];
  const TensorType &weights = types.operands[1];
  GP_CHECK(needFactors(input.dtype, weights.dtype));
  return needAtLeast("a kernel size",
                     llvm::ArrayRef(weights.shape).drop_front(2), 1);
}

ResultTypes semantics::resultsOf(const Conv &op,
                                 llvm::ArrayRef<TensorType> operands) {
  return one(op.epilogue, plainResult(operands[0].dtype),
             shapes::conv(operands[0].shape, operands[1].shape, windowOf(op),
                          op.groups));
}

llvm::Error semantics::checkRules(const Conv &op, const OpTypes &types) {
  GP_CHECK(needSpatial(types));
  const TensorType &input = types.operands[0];
  const TensorType &weights = types.operands[1];
  const int64_t channels = input.shape[1], outputs = weights.shape[0];
  if (channels % op.groups != 0 || outputs % op.groups != 0) // C3
    return broken("needs groups that divide C {0} and O {1}, but got {2}",
                  channels, outputs, op.groups);
  if (weights.shape[1] != channels / op.groups)
    return broken("needs weights with C / groups = {0} channels, but got {1}",
                  channels / op.groups, weights.shape[1]);
  GP_CHECK(needShape(
      types.results[0], // C4
      shapes::conv(input.shape, weights.shape, windowOf(op), op.groups)));
  GP_CHECK(needZeroPoints("lhs_zp", op.lhsZp, input.dtype, 1)); // C5
  GP_CHECK(needZeroPoints("rhs_zp", op.rhsZp, weights.dtype, outputs));
  return needEpilogue(op.epilogue, accumulatorType(input.dtype), // C6
                      plainResult(input.dtype), types, 2);
}

ResultTypes semantics::resultsOf(const ConvTranspose &op,
                                 llvm::ArrayRef<TensorType> operands) {
  return one(op.epilogue, plainResult(operands[0].dtype),
             shapes::convTranspose(operands[0].shape, operands[1].shape,
                                   windowOf(op), op.groups));
}

llvm::Error semantics::checkRules(const ConvTranspose &op,
                                  const OpTypes &types) {
  GP_CHECK(needSpatial(types));
  const TensorType &input = types.operands[0];
  const TensorType &weights = types.operands[1];
  const int64_t channels = input.shape[1];
  if (channels % op.groups != 0) // C3
    return broken("needs groups that divide C {0}, but got {1}", channels,
                  op.groups);
  if (weights.shape[0] != channels)
    return broken("needs weights with C = {0} channels, but got {1}", channels,
                  weights.shape[0]);
  GP_CHECK(needShape(types.results[0], // C4
                     shapes::convTranspose(input.shape, weights.shape,
                                           windowOf(op), op.groups)));
  return needEpilogue(op.epilogue, accumulatorType(input.dtype), // C5
                      plainResult(input.dtype), types, 2);
}
