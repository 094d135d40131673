// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules of the ops that multiply and add: matmul, conv, conv_transpose; and of
// window, which slides as they do.

#include "core/semantics/Checks.h"

using namespace glowplug;
using namespace glowplug::semantics;
using shapes::Dims, shapes::MaybeShape, shapes::Shape;

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

/// No entry, one, or \p each of them; for floats none.
static llvm::Error needZeroPoints(const char *what,
                                  llvm::ArrayRef<int32_t> values, DType operand,
                                  int64_t each) {
  if (values.empty())
    return llvm::Error::success();
  if (!isInteger(operand))
    return broken("needs no {0} for {1}, but got {2}", what, dtypeName(operand),
                  values.size());
  if (values.size() != 1 && values.size() != static_cast<uint64_t>(each))
    return broken("needs {0} of 0, 1 or {1} entries, but got {2}", what, each,
                  values.size());
  return llvm::Error::success();
}

llvm::Expected<Shapes> semantics::shapesOf(const MatMul &op,
                                           const OpTypes &types) {
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
  MaybeShape shape = shapes::broadcast(
      {Dims(lhs.shape).drop_back(2), Dims(rhs.shape).drop_back(2)});
  if (!shape)
    return broken("needs batch dims that are equal or 1, but got {0} and {1}",
                  listString(lhs.shape), listString(rhs.shape));
  shape->append({rows, columns});                                // C3
  GP_CHECK(needZeroPoints("lhs_zp", op.lhsZp, lhs.dtype, rows)); // C4
  GP_CHECK(needZeroPoints("rhs_zp", op.rhsZp, rhs.dtype, columns));
  return Shapes{shape};
}

//===----------------------------------------------------------------------===//
// conv, conv_transpose, window
//===----------------------------------------------------------------------===//

/// What both convolutions have in common: C1, but for the ranks, and C2.
static llvm::Error needSpatial(const OpTypes &types) {
  const TensorType &weights = types.operands[1];
  GP_CHECK(needFactors(types.operands[0].dtype, weights.dtype));
  return needAtLeast("a kernel size", Dims(weights.shape).drop_front(2), 1);
}

/// \p head, then what \p formula makes of each dim in which \p op slides.
template <typename Op, typename Formula>
static Shapes slid(const Op &op, Formula formula, Shape head, Dims in,
                   Dims sizes) {
  for (size_t i = 0; i < in.size(); ++i) {
    const std::optional<int64_t> size =
        formula(in[i], sizes[i], op.strides[i], op.padsLow[i], op.padsHigh[i],
                op.dilations[i]);
    if (!size)
      return {std::nullopt};
    head.push_back(*size);
  }
  return {head};
}

llvm::Expected<Shapes> semantics::shapesOf(const Conv &op,
                                           const OpTypes &types) {
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
  GP_CHECK(needZeroPoints("lhs_zp", op.lhsZp, input.dtype, 1)); // C5
  GP_CHECK(needZeroPoints("rhs_zp", op.rhsZp, weights.dtype, outputs));
  return slid(op, shapes::windowed, {input.shape[0], outputs}, // C4
              Dims(input.shape).drop_front(2),
              Dims(weights.shape).drop_front(2));
}

llvm::Expected<Shapes> semantics::shapesOf(const ConvTranspose &op,
                                           const OpTypes &types) {
  GP_CHECK(needSpatial(types));
  const shapes::Shape &input = types.operands[0].shape;
  const shapes::Shape &weights = types.operands[1].shape;
  if (input[1] % op.groups != 0) // C3
    return broken("needs groups that divide C {0}, but got {1}", input[1],
                  op.groups);
  if (weights[0] != input[1])
    return broken("needs weights with C = {0} channels, but got {1}", input[1],
                  weights[0]);
  const std::optional<int64_t> outputs = elementCount({weights[1], op.groups});
  if (!outputs)
    return Shapes{std::nullopt};
  return slid(op, shapes::transposed, {input[0], *outputs}, // C4
              Dims(input).drop_front(2), Dims(weights).drop_front(2));
}

llvm::Expected<Shapes> semantics::shapesOf(const Window &op,
                                           const OpTypes &types) {
  return slid(op, shapes::windowed, {}, types.operands[0].shape, op.sizes);
}
