// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules of the primitives that move elements, and of map.

#include "core/semantics/Checks.h"

#include "llvm/ADT/STLExtras.h"

using namespace glowplug;
using namespace glowplug::semantics;

/// The result has the element type of the first operand.
static llvm::Error needSameType(const OpTypes &types) {
  return needType("a result", types.results[0].dtype, types.operands[0].dtype);
}

/// One result of the first operand's element type.
static ResultTypes sameType(llvm::ArrayRef<TensorType> operands,
                            const shapes::MaybeShape &shape) {
  return {resultType(operands[0].dtype, shape)};
}

//===----------------------------------------------------------------------===//
// map
//===----------------------------------------------------------------------===//

llvm::Error semantics::checkRules(const Map &op, const OpTypes &types) {
  const llvm::ArrayRef<int64_t> shape = types.results[0].shape;
  llvm::SmallVector<DType, 4> parameters;
  llvm::SmallVector<DType, 2> results;
  for (const TensorType &result : types.results) { // C1
    if (llvm::ArrayRef<int64_t>(result.shape) != shape)
      return broken("needs results of one shape, but got {0} and {1}",
                    listString(shape), listString(result.shape));
    results.push_back(result.dtype);
  }
  for (size_t i = 0; i < types.operands.size(); ++i) { // C2
    if (!shapes::broadcastsTo(types.operands[i].shape, shape))
      return broken("needs operand {0} broadcastable to {1}, but got {2}", i,
                    listString(shape), listString(types.operands[i].shape));
    parameters.push_back(types.operands[i].dtype);
  }
  return needRegion(op.region, parameters, results); // C3
}

//===----------------------------------------------------------------------===//
// Other shapes for the same elements
//===----------------------------------------------------------------------===//

ResultTypes semantics::resultsOf(const Transpose &op,
                                 llvm::ArrayRef<TensorType> operands) {
  return sameType(operands,
                  shapes::transpose(operands[0].shape, op.permutation));
}

llvm::Error semantics::checkRules(const Transpose &op, const OpTypes &types) {
  const shapes::Shape &input = types.operands[0].shape;
  const shapes::MaybeShape shape = shapes::transpose(input, op.permutation);
  if (!shape) // C1
    return broken("needs a permutation of {0} dims, but got {1}", input.size(),
                  listString(op.permutation));
  GP_CHECK(needSameType(types)); // C2
  return needShape(types.results[0], shape);
}

llvm::Error semantics::checkRules(const Reshape &, const OpTypes &types) {
  GP_CHECK(needSameType(types)); // C1
  const int64_t before = elementCount(types.operands[0].shape).value_or(0);
  const int64_t after = elementCount(types.results[0].shape).value_or(0);
  if (before != after)
    return broken("needs as many elements after as before, {0}, but got {1}",
                  before, after);
  return llvm::Error::success();
}

llvm::Error semantics::checkRules(const Broadcast &, const OpTypes &types) {
  GP_CHECK(needSameType(types)); // C1
  if (!shapes::broadcastsTo(types.operands[0].shape,
                            types.results[0].shape)) // C2
    return broken("needs an operand broadcastable to {0}, but got {1}",
                  listString(types.results[0].shape),
                  listString(types.operands[0].shape));
  return llvm::Error::success();
}

llvm::Error semantics::checkRules(const Slice &op, const OpTypes &types) {
  const shapes::Shape &input = types.operands[0].shape;
  const shapes::Shape &result = types.results[0].shape;
  GP_CHECK(needSameType(types)); // C1
  if (result.size() != input.size())
    return broken("needs a result of rank {0}, but got {1}", input.size(),
                  result.size());
  for (size_t i = 0; i < input.size(); ++i)
    if (op.strides[i] == 0) // C2
      return broken("needs strides other than 0, but dim {0} has 0", i);
  if (llvm::is_contained(result, 0))
    return llvm::Error::success();
  for (size_t i = 0; i < input.size(); ++i) { // C3
    const int64_t start = op.starts[i];
    int64_t last;
    if (start >= input[i] ||
        __builtin_mul_overflow(result[i] - 1, op.strides[i], &last) ||
        __builtin_add_overflow(last, start, &last) || last < 0 ||
        last >= input[i])
      return broken("needs indices within 0..{0} in dim {1}, but reads {2} "
                    "elements from {3} by {4}",
                    input[i] - 1, i, result[i], start, op.strides[i]);
  }
  return llvm::Error::success();
}

ResultTypes semantics::resultsOf(const Pad &op,
                                 llvm::ArrayRef<TensorType> operands) {
  return sameType(operands,
                  shapes::pad(operands[0].shape, op.low, op.high, op.interior));
}

llvm::Error semantics::checkRules(const Pad &op, const OpTypes &types) {
  const TensorType &input = types.operands[0];
  const TensorType &value = types.operands[1];
  GP_CHECK(needType("a value", value.dtype, input.dtype)); // C1
  if (!value.shape.empty())
    return broken("needs a value of rank 0, but got {0}", value.shape.size());
  GP_CHECK(needSameType(types));
  return needShape(types.results[0], // C2
                   shapes::pad(input.shape, op.low, op.high, op.interior));
}

static shapes::MaybeShape shapeOf(const Concat &op,
                                  llvm::ArrayRef<TensorType> operands) {
  llvm::SmallVector<shapes::Dims, 4> inputs;
  for (const TensorType &operand : operands)
    inputs.push_back(operand.shape);
  return shapes::concat(inputs, op.dim);
}

ResultTypes semantics::resultsOf(const Concat &op,
                                 llvm::ArrayRef<TensorType> operands) {
  return sameType(operands, shapeOf(op, operands));
}

llvm::Error semantics::checkRules(const Concat &op, const OpTypes &types) {
  const TensorType &first = types.operands[0];
  for (const TensorType &operand : types.operands) {
    GP_CHECK(needType("an operand", operand.dtype, first.dtype)); // C1
    bool fits = operand.shape.size() == first.shape.size();
    for (size_t i = 0; fits && i < first.shape.size(); ++i)
      fits = static_cast<int64_t>(i) == op.dim ||
             operand.shape[i] == first.shape[i];
    if (!fits) // C2
      return broken("needs operands equal but for dim {0}, but got {1} and "
                    "{2}",
                    op.dim, listString(first.shape), listString(operand.shape));
  }
  GP_CHECK(needSameType(types));
  return needShape(types.results[0], shapeOf(op, types.operands));
}

//===----------------------------------------------------------------------===//
// By index
//===----------------------------------------------------------------------===//

ResultTypes semantics::resultsOf(const Gather &op,
                                 llvm::ArrayRef<TensorType> operands) {
  return sameType(operands,
                  shapes::gather(operands[0].shape, operands[1].shape, op.dim));
}

llvm::Error semantics::checkRules(const Gather &op, const OpTypes &types) {
  const shapes::Shape &data = types.operands[0].shape;
  GP_CHECK(needSameType(types)); // C1
  GP_CHECK(needShape(types.results[0],
                     shapes::gather(data, types.operands[1].shape, op.dim)));
  if (data[op.dim] == 0 && !llvm::is_contained(types.results[0].shape, 0)) // C2
    return broken("needs data to gather from, but dim {0} of {1} is empty",
                  op.dim, listString(data));
  return llvm::Error::success();
}

ResultTypes semantics::resultsOf(const Scatter &,
                                 llvm::ArrayRef<TensorType> operands) {
  return {operands[0]};
}

llvm::Error semantics::checkRules(const Scatter &op, const OpTypes &types) {
  const TensorType &data = types.operands[0];
  const TensorType &indices = types.operands[1];
  const TensorType &updates = types.operands[2];
  if (data.shape.empty()) // C1
    return broken("needs data of rank 1 or more, but got 0");
  if (indices.shape.size() != 1)
    return broken("needs indices of rank 1, but got {0}", indices.shape.size());
  shapes::Shape expected = data.shape;
  expected[0] = indices.shape[0];
  if (updates.shape != expected) // C2
    return broken("needs updates of shape {0}, but got {1}",
                  listString(expected), listString(updates.shape));
  GP_CHECK(needType("updates", updates.dtype, data.dtype)); // C3
  GP_CHECK(needSameType(types));
  GP_CHECK(needShape(types.results[0], data.shape));
  if (data.dtype == DType::boolean &&
      (op.kind == ScatterKind::add || op.kind == ScatterKind::mul)) // C4
    return broken("needs numbers for {0}, but got boolean", nameOf(op.kind));
  return llvm::Error::success();
}
