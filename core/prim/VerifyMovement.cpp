// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Verifiers of the data movement ops, and the checks that all verifiers share.

#include "core/prim/Prim.h"
#include "core/prim/Shapes.h"
#include "core/prim/Verify.h"

using namespace glowplug;
using namespace glowplug::prim;
using namespace mlir;

//===----------------------------------------------------------------------===//
// Shared checks
//===----------------------------------------------------------------------===//

LogicalResult prim::verifyDim(Operation *op, int64_t dim,
                              ArrayRef<int64_t> shape) {
  if (dim >= 0 && dim < static_cast<int64_t>(shape.size()))
    return success();
  return op->emitOpError("needs a dim from 0 to ")
         << static_cast<int64_t>(shape.size()) - 1 << ", but got " << dim;
}

LogicalResult prim::verifyArray(Operation *op, StringRef name,
                                ArrayRef<int64_t> array, size_t size,
                                int64_t least) {
  if (array.size() != size)
    return op->emitOpError("needs ")
           << name << " of " << size << " entries, but got " << array.size();
  for (int64_t entry : array)
    if (entry < least)
      return op->emitOpError("needs ")
             << name << " of at least " << least << ", but got " << entry;
  return success();
}

LogicalResult prim::verifyResultShape(Operation *op,
                                      ArrayRef<int64_t> expected) {
  auto result = cast<ShapedType>(op->getResult(0).getType());
  if (result.getShape() == expected)
    return success();
  auto diagnostic = op->emitOpError("needs a result of shape [");
  llvm::interleaveComma(expected, diagnostic);
  diagnostic << "], but got [";
  llvm::interleaveComma(result.getShape(), diagnostic);
  return diagnostic << "]";
}

/// Checks that the results' element types are those of the first operand.
static LogicalResult verifySameElement(Operation *op, Type other) {
  auto result = cast<ShapedType>(op->getResult(0).getType());
  const Type element = cast<ShapedType>(other).getElementType();
  if (result.getElementType() == element)
    return success();
  return op->emitOpError("needs one element type, but got ")
         << element << " and " << result.getElementType();
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

LogicalResult BroadcastOp::verify() {
  if (failed(verifySameElement(*this, getInput().getType()))) // C1
    return failure();
  if (!isBroadcastable(getInput().getType().getShape(),
                       getResult().getType().getShape())) // C2
    return emitOpError("needs an input that broadcasts to ")
           << getResult().getType() << ", but got " << getInput().getType();
  return success();
}

LogicalResult ConcatOp::verify() {
  auto result = getResult().getType();
  const int64_t dim = getDim();
  if (getInputs().empty()) // C1
    return emitOpError("needs an input");
  if (failed(verifyDim(*this, dim, result.getShape()))) // C2
    return failure();
  SmallVector<int64_t> shape(result.getShape());
  shape[dim] = 0;
  for (Type type : getOperandTypes()) {
    auto input = cast<ShapedType>(type);
    if (failed(verifySameElement(*this, input)))
      return failure();
    bool fits = input.getRank() == result.getRank(); // C1
    for (int64_t i = 0; fits && i < result.getRank(); ++i)
      fits = i == dim || input.getDimSize(i) == shape[i]; // C3
    if (!fits)
      return emitOpError("needs inputs that agree but in dim ")
             << dim << ", but got " << input << " for " << result;
    shape[dim] += input.getDimSize(dim);
  }
  return verifyResultShape(*this, shape); // C3
}

LogicalResult GatherOp::verify() {
  auto data = getData().getType();
  const int64_t dim = getDim();
  if (failed(verifyDim(*this, dim, data.getShape())) || // C1
      failed(verifySameElement(*this, data)))
    return failure();
  SmallVector<int64_t> shape(data.getShape().take_front(dim)); // C2
  llvm::append_range(shape, getIndices().getType().getShape());
  llvm::append_range(shape, data.getShape().drop_front(dim + 1));
  if (failed(verifyResultShape(*this, shape)))
    return failure();
  if (data.getDimSize(dim) == 0 && getResult().getType().getNumElements() != 0)
    return emitOpError("gathers from an empty dim ") << dim; // C3
  return success();
}

LogicalResult PadOp::verify() {
  auto input = getInput().getType();
  auto value = getValue().getType();
  if (value.getRank() != 0 ||
      value.getElementType() != input.getElementType()) // C1
    return emitOpError("needs a value of rank 0 and the input's type, but got ")
           << value << " for " << input;
  const size_t rank = input.getRank();
  if (failed(verifySameElement(*this, input)) ||
      failed(verifyArray(*this, "low", getLow(), rank, 0)) || // C2
      failed(verifyArray(*this, "high", getHigh(), rank, 0)) ||
      failed(verifyArray(*this, "interior", getInterior(), rank, 0)))
    return failure();
  SmallVector<int64_t> shape; // C3
  for (size_t i = 0; i < rank; ++i)
    shape.push_back(paddedSize(input.getDimSize(i), getLow()[i], getHigh()[i],
                               getInterior()[i]));
  return verifyResultShape(*this, shape);
}

LogicalResult ReshapeOp::verify() {
  auto input = getInput().getType(), result = getResult().getType();
  if (failed(verifySameElement(*this, input)))
    return failure();
  if (input.getNumElements() != result.getNumElements()) // C1
    return emitOpError("needs one element count, but got ")
           << input.getNumElements() << " and " << result.getNumElements();
  return success();
}

LogicalResult ScatterOp::verify() {
  auto data = getData().getType();
  auto indices = getIndices().getType();
  if (data.getRank() < 1 || indices.getRank() != 1) // C1
    return emitOpError("needs data of rank 1 or more and indices of rank 1, "
                       "but got ")
           << data << " and " << indices;
  SmallVector<int64_t> rows{indices.getDimSize(0)};
  llvm::append_range(rows, data.getShape().drop_front());
  if (getUpdates().getType().getShape() != ArrayRef(rows)) // C2
    return emitOpError("needs updates of one row per index, but got ")
           << getUpdates().getType() << " for " << data << " and " << indices;
  if (failed(verifySameElement(*this, data)) || // C3
      failed(verifySameElement(*this, getUpdates().getType())) ||
      failed(verifyResultShape(*this, data.getShape())))
    return failure();
  if (data.getElementType().isInteger(1) &&
      getKind() != ScatterKind::assign) // C4
    return emitOpError("only assigns booleans, but got ")
           << stringifyScatterKind(getKind());
  return success();
}

LogicalResult SliceOp::verify() {
  auto input = getInput().getType(), result = getResult().getType();
  const size_t rank = input.getRank();
  constexpr int64_t lowest = std::numeric_limits<int64_t>::min();
  if (failed(verifySameElement(*this, input)) || // C1
      failed(verifyArray(*this, "starts", getStarts(), rank, 0)) ||
      failed(verifyArray(*this, "strides", getStrides(), rank, lowest)))
    return failure();
  if (static_cast<size_t>(result.getRank()) != rank)
    return emitOpError("needs one rank, but got ")
           << rank << " and " << result.getRank();
  for (int64_t stride : getStrides())
    if (stride == 0) // C1
      return emitOpError("needs strides that are not 0");
  if (result.getNumElements() == 0)
    return success();
  for (size_t i = 0; i < rank; ++i) { // C2
    const __int128 last =
        __int128(getStarts()[i]) +
        __int128(getStrides()[i]) * (result.getDimSize(i) - 1);
    if (getStarts()[i] >= input.getDimSize(i) || last < 0 ||
        last >= input.getDimSize(i))
      return emitOpError("reads outside of dim ")
             << i << ": start " << getStarts()[i] << ", stride "
             << getStrides()[i] << ", " << result.getDimSize(i)
             << " elements of " << input.getDimSize(i);
  }
  return success();
}

LogicalResult TransposeOp::verify() {
  auto input = getInput().getType();
  ArrayRef<int64_t> permutation = getPermutation();
  const size_t rank = input.getRank();
  SmallVector<bool> seen(rank, false);
  SmallVector<int64_t> shape;
  bool valid = permutation.size() == rank;
  for (size_t i = 0; valid && i < rank; ++i) {
    const int64_t dim = permutation[i];
    valid = dim >= 0 && dim < static_cast<int64_t>(rank) && !seen[dim];
    if (valid) {
      seen[dim] = true;
      shape.push_back(input.getDimSize(dim));
    }
  }
  if (!valid) // C1
    return emitOpError("needs a permutation of ")
           << rank << " dims, but got " << getPermutationAttr();
  if (failed(verifySameElement(*this, input))) // C2
    return failure();
  return verifyResultShape(*this, shape);
}
