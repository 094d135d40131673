// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Verifiers of reduce, arg_reduce, scan, sort and window.

#include "core/prim/Prim.h"
#include "core/prim/Shapes.h"
#include "core/prim/Verify.h"

using namespace glowplug;
using namespace glowplug::prim;
using namespace mlir;

static bool isExtreme(ReduceKind kind) {
  return kind == ReduceKind::min || kind == ReduceKind::max;
}

/// Epilogue of an op that combines elements of one input with \p kind.
template <typename Op>
static LogicalResult verifyReductionEpilogue(Op op) {
  const Type element = op.getInput().getType().getElementType();
  const bool keeps = isExtreme(op.getKind());
  return verifyEpilogue(op, op.getEpilogue(), op.getExtras(),
                        keeps ? element : accumulatorType(element),
                        keeps ? element : plainResultType(element));
}

LogicalResult ArgReduceOp::verify() {
  if (!isExtreme(getKind())) // C1
    return emitOpError("needs min or max, but got ")
           << stringifyReduceKind(getKind());
  ArrayRef<int64_t> input = getInput().getType().getShape();
  const int64_t dim = getDim();
  if (failed(verifyDim(*this, dim, input))) // C2
    return failure();
  if (input[dim] == 0)
    return emitOpError("needs elements in dim ") << dim << ", but it is empty";
  SmallVector<int64_t> shape(input);
  shape[dim] = 1;
  return verifyResultShape(*this, shape); // C3
}

LogicalResult ReduceOp::verify() {
  auto input = getInput().getType();
  SmallVector<int64_t> shape(input.getShape());
  if (getDims().empty()) // C1
    return emitOpError("needs a dim to reduce");
  int64_t last = -1;
  for (int64_t dim : getDims()) {
    if (failed(verifyDim(*this, dim, input.getShape())))
      return failure();
    if (dim <= last)
      return emitOpError("needs ascending dims, but got ")
             << last << " before " << dim;
    shape[dim] = 1;
    last = dim;
  }
  if (failed(verifyResultShape(*this, shape))) // C2
    return failure();
  if (input.getElementType().isInteger(1) && !isExtreme(getKind())) // C3
    return emitOpError("reduces booleans by min or max, but got ")
           << stringifyReduceKind(getKind());
  return verifyReductionEpilogue(*this); // C4
}

LogicalResult ScanOp::verify() {
  if (isExtreme(getKind())) // C1
    return emitOpError("needs sum or prod, but got ")
           << stringifyReduceKind(getKind());
  if (failed(verifyDim(*this, getDim(), getInput().getType().getShape()))) // C2
    return failure();
  if (getInput().getType() != getResult().getType()) // C3
    return emitOpError("needs a result of ")
           << getInput().getType() << ", but got " << getResult().getType();
  return success();
}

LogicalResult SortOp::verify() {
  auto input = getInput().getType();
  if (failed(verifyDim(*this, getDim(), input.getShape()))) // C1
    return failure();
  if (getValues().getType() != input ||
      getPositions().getType().getShape() != input.getShape()) // C2
    return emitOpError("needs results of the shape of ")
           << input << ", but got " << getValues().getType() << " and "
           << getPositions().getType();
  return success();
}

LogicalResult WindowOp::verify() {
  auto input = getInput().getType();
  if (getKind() == ReduceKind::prod) // C1
    return emitOpError("needs sum, min or max, but got prod");
  const size_t rank = input.getRank();
  if (failed(verifyArray(*this, "sizes", getSizes(), rank, 1)) || // C2
      failed(verifyArray(*this, "strides", getStrides(), rank, 1)) ||
      failed(verifyArray(*this, "pads_low", getPadsLow(), rank, 0)) ||
      failed(verifyArray(*this, "pads_high", getPadsHigh(), rank, 0)) ||
      failed(verifyArray(*this, "dilations", getDilations(), rank, 1)))
    return failure();
  SmallVector<int64_t> shape;
  for (size_t i = 0; i < rank; ++i)
    shape.push_back(windowedSize(input.getDimSize(i), getSizes()[i],
                                 getStrides()[i], getPadsLow()[i],
                                 getPadsHigh()[i], getDilations()[i]));
  if (failed(verifyResultShape(*this, shape))) // C3
    return failure();
  return verifyReductionEpilogue(*this); // C4
}
