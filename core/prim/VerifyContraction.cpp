// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Verifiers of conv, conv_transpose and matmul.

#include "core/prim/Prim.h"
#include "core/prim/Shapes.h"
#include "core/prim/Verify.h"

using namespace glowplug;
using namespace glowplug::prim;
using namespace mlir;

static bool isEightBits(Type type) {
  return isa<IntegerType>(type) && type.getIntOrFloatBitWidth() == 8;
}

/// The two sides of a product: one type, or both integers of 8 bits.
static LogicalResult verifySides(Operation *op, Type lhs, Type rhs) {
  if (lhs == rhs || (isEightBits(lhs) && isEightBits(rhs)))
    return success();
  return op->emitOpError("needs operands of one element type, but got ")
         << lhs << " and " << rhs;
}

static LogicalResult verifyZeroPoints(Operation *op, StringRef name,
                                      std::optional<ArrayRef<int32_t>> zp,
                                      int64_t many, Type element) {
  if (!zp)
    return success();
  if (!isa<IntegerType>(element))
    return op->emitOpError("has ") << name << ", but elements are " << element;
  const auto size = static_cast<int64_t>(zp->size());
  if (size != 1 && size != many)
    return op->emitOpError("needs ")
           << name << " of 1 or " << many << " entries, but got " << size;
  return success();
}

/// Checks the four spatial arrays, which both convolutions have.
template <typename Conv>
static LogicalResult verifySpatial(Conv op, size_t spatial, int64_t leastPad) {
  if (failed(verifyArray(op, "strides", op.getStrides(), spatial, 1)) ||
      failed(verifyArray(op, "pads_low", op.getPadsLow(), spatial, leastPad)) ||
      failed(
          verifyArray(op, "pads_high", op.getPadsHigh(), spatial, leastPad)) ||
      failed(verifyArray(op, "dilations", op.getDilations(), spatial, 1)))
    return failure();
  if (op.getGroups() < 1)
    return op.emitOpError("needs groups of at least 1, but got ")
           << op.getGroups();
  return success();
}

template <typename Conv>
static LogicalResult verifyRanks(Conv op) {
  const int64_t rank = op.getInput().getType().getRank();
  if (rank < 3 || rank > 5 || op.getWeights().getType().getRank() != rank)
    return op.emitOpError("needs input and weights of one rank from 3 to 5, "
                          "but got ")
           << op.getInput().getType() << " and " << op.getWeights().getType();
  return success();
}

LogicalResult ConvOp::verify() {
  auto input = getInput().getType(), weights = getWeights().getType();
  const Type element = input.getElementType();
  if (failed(verifyRanks(*this)) || // C1
      failed(verifySides(*this, element, weights.getElementType())))
    return failure();
  const size_t spatial = input.getRank() - 2;
  if (failed(verifySpatial(*this, spatial, 0))) // C2
    return failure();

  const int64_t channels = input.getDimSize(1), outputs = weights.getDimSize(0);
  const int64_t groups = getGroups();
  if (channels % groups != 0 || outputs % groups != 0 ||
      weights.getDimSize(1) != channels / groups) // C3
    return emitOpError("needs groups that divide channels, but got ")
           << groups << " groups, input " << input << ", weights " << weights;

  SmallVector<int64_t> shape{input.getDimSize(0), outputs}; // C4
  for (size_t i = 0; i < spatial; ++i)
    shape.push_back(windowedSize(
        input.getDimSize(i + 2), weights.getDimSize(i + 2), getStrides()[i],
        getPadsLow()[i], getPadsHigh()[i], getDilations()[i]));
  if (failed(verifyResultShape(*this, shape)) ||
      failed(verifyZeroPoints(*this, "lhs_zp", getLhsZp(), 1, element)) || // C5
      failed(verifyZeroPoints(*this, "rhs_zp", getRhsZp(), outputs, element)))
    return failure();
  return verifyEpilogue(*this, getEpilogue(), getExtras(), // C6, C7
                        accumulatorType(element), plainResultType(element));
}

LogicalResult ConvTransposeOp::verify() {
  auto input = getInput().getType(), weights = getWeights().getType();
  const Type element = input.getElementType();
  if (failed(verifyRanks(*this))) // C1
    return failure();
  if (weights.getElementType() != element)
    return emitOpError("needs operands of one element type, but got ")
           << element << " and " << weights.getElementType();
  const size_t spatial = input.getRank() - 2;
  if (failed(verifySpatial(*this, spatial,
                           std::numeric_limits<int64_t>::min()))) // C2
    return failure();
  if (weights.getDimSize(0) != input.getDimSize(1) ||
      weights.getDimSize(0) % getGroups() != 0) // C3
    return emitOpError("needs groups that divide channels, but got ")
           << getGroups() << " groups, input " << input << ", weights "
           << weights;

  SmallVector<int64_t> shape{input.getDimSize(0), // C4
                             weights.getDimSize(1) *
                                 static_cast<int64_t>(getGroups())};
  for (size_t i = 0; i < spatial; ++i)
    shape.push_back(transposedSize(
        input.getDimSize(i + 2), weights.getDimSize(i + 2), getStrides()[i],
        getPadsLow()[i], getPadsHigh()[i], getDilations()[i]));
  if (failed(verifyResultShape(*this, shape)))
    return failure();
  return verifyEpilogue(*this, getEpilogue(), getExtras(), // C5
                        accumulatorType(element), plainResultType(element));
}

LogicalResult MatMulOp::verify() {
  auto lhs = getLhs().getType(), rhs = getRhs().getType();
  const int64_t rank = lhs.getRank();
  if (rank < 2 || rhs.getRank() != rank) // C1
    return emitOpError("needs operands of one rank, at least 2, but got ")
           << lhs << " and " << rhs;
  const Type element = lhs.getElementType();
  if (failed(verifySides(*this, element, rhs.getElementType())))
    return failure();

  const int64_t rows = lhs.getDimSize(rank - 2),
                cols = rhs.getDimSize(rank - 1);
  if (lhs.getDimSize(rank - 1) != rhs.getDimSize(rank - 2)) // C2
    return emitOpError("needs inner dims that agree, but got ")
           << lhs.getDimSize(rank - 1) << " and " << rhs.getDimSize(rank - 2);
  SmallVector<int64_t> shape;
  for (int64_t i = 0; i < rank - 2; ++i) {
    const int64_t a = lhs.getDimSize(i), b = rhs.getDimSize(i);
    if (a != b && a != 1 && b != 1)
      return emitOpError("needs batch dims that agree, but got ")
             << a << " and " << b;
    shape.push_back(a == 1 ? b : a);
  }
  shape.append({rows, cols});
  if (failed(verifyResultShape(*this, shape)) || // C3
      failed(verifyZeroPoints(*this, "lhs_zp", getLhsZp(), rows, element)) ||
      failed(
          verifyZeroPoints(*this, "rhs_zp", getRhsZp(), cols, element))) // C4
    return failure();
  return verifyEpilogue(*this, getEpilogue(), getExtras(), // C5
                        accumulatorType(element), plainResultType(element));
}
