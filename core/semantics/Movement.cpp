// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules of the primitives that move elements, and of map.

#include "core/semantics/Checks.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"

using namespace glowplug;
using namespace glowplug::semantics;
using shapes::Shape;

llvm::Expected<Shapes> semantics::shapesOf(const Map &, const OpTypes &types) {
  const Shape &shape = types.results[0].shape;
  for (const TensorType &result : types.results) // C1
    if (result.shape != shape)
      return broken("needs results of one shape, but got {0} and {1}",
                    listString(shape), listString(result.shape));
  for (size_t i = 0; i < types.operands.size(); ++i) // C2
    if (!shapes::broadcastsTo(types.operands[i].shape, shape))
      return broken("needs operand {0} broadcastable to {1}, but got {2}", i,
                    listString(shape), listString(types.operands[i].shape));
  return Shapes(types.results.size(), shape);
}

//===----------------------------------------------------------------------===//
// Other shapes for the same elements
//===----------------------------------------------------------------------===//

llvm::Expected<Shapes> semantics::shapesOf(const Transpose &op,
                                           const OpTypes &types) {
  const Shape &input = types.operands[0].shape;
  Shape sorted(op.permutation), shape;
  llvm::sort(sorted);
  if (!llvm::equal(sorted, llvm::seq<int64_t>(0, input.size()))) // C1
    return broken("needs a permutation of {0} dims, but got {1}", input.size(),
                  listString(op.permutation));
  for (int64_t dim : op.permutation)
    shape.push_back(input[dim]);
  return Shapes{shape}; // C2
}

llvm::Expected<Shapes> semantics::shapesOf(const Reshape &,
                                           const OpTypes &types) {
  const int64_t before = elementCount(types.operands[0].shape).value_or(0);
  const int64_t after = elementCount(types.results[0].shape).value_or(0);
  if (before != after) // C1
    return broken("needs as many elements after as before, {0}, but got {1}",
                  before, after);
  return Shapes{types.results[0].shape};
}

llvm::Expected<Shapes> semantics::shapesOf(const Broadcast &,
                                           const OpTypes &types) {
  const Shape &shape = types.results[0].shape;
  if (!shapes::broadcastsTo(types.operands[0].shape, shape)) // C1, C2
    return broken("needs an operand broadcastable to {0}, but got {1}",
                  listString(shape), listString(types.operands[0].shape));
  return Shapes{shape};
}

llvm::Expected<Shapes> semantics::shapesOf(const Slice &op,
                                           const OpTypes &types) {
  const Shape &input = types.operands[0].shape;
  const Shape &result = types.results[0].shape;
  if (result.size() != input.size()) // C1
    return broken("needs a result of rank {0}, but got {1}", input.size(),
                  result.size());
  for (size_t i = 0; i < input.size(); ++i)
    if (op.strides[i] == 0) // C2
      return broken("needs strides other than 0, but dim {0} has 0", i);
  if (llvm::is_contained(result, 0))
    return Shapes{result};
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
  return Shapes{result};
}

llvm::Expected<Shapes> semantics::shapesOf(const Pad &op,
                                           const OpTypes &types) {
  const TensorType &input = types.operands[0];
  const TensorType &value = types.operands[1];
  GP_CHECK(needType("a value", value.dtype, input.dtype)); // C1
  if (!value.shape.empty())
    return broken("needs a value of rank 0, but got {0}", value.shape.size());
  Shape shape;
  for (size_t i = 0; i < input.shape.size(); ++i) { // C2
    const std::optional<int64_t> size =
        shapes::padded(input.shape[i], op.low[i], op.high[i], op.interior[i]);
    if (!size)
      return Shapes{std::nullopt};
    shape.push_back(*size);
  }
  return Shapes{shape};
}

llvm::Expected<Shapes> semantics::shapesOf(const Concat &op,
                                           const OpTypes &types) {
  const TensorType &first = types.operands[0];
  Shape shape = first.shape;
  shape[op.dim] = 0;
  bool isCountable = true;
  for (const TensorType &operand : types.operands) {
    GP_CHECK(needType("an operand", operand.dtype, first.dtype)); // C1
    Shape others = operand.shape;
    if (others.size() == shape.size())
      others[op.dim] = first.shape[op.dim];
    if (others != first.shape) // C2
      return broken("needs operands equal but for dim {0}, but got {1} and "
                    "{2}",
                    op.dim, listString(first.shape), listString(operand.shape));
    isCountable &= !__builtin_add_overflow(shape[op.dim], operand.shape[op.dim],
                                           &shape[op.dim]);
  }
  return Shapes{isCountable ? shapes::MaybeShape(shape) : std::nullopt};
}

//===----------------------------------------------------------------------===//
// By index
//===----------------------------------------------------------------------===//

llvm::Expected<Shapes> semantics::shapesOf(const Gather &op,
                                           const OpTypes &types) {
  const shapes::Dims data = types.operands[0].shape;
  Shape shape(data.take_front(op.dim)); // C1
  llvm::append_range(shape, types.operands[1].shape);
  llvm::append_range(shape, data.drop_front(op.dim + 1));
  if (data[op.dim] == 0 && !llvm::is_contained(shape, 0)) // C2
    return broken("needs data to gather from, but dim {0} of {1} is empty",
                  op.dim, listString(data));
  return Shapes{shape};
}

llvm::Expected<Shapes> semantics::shapesOf(const Scatter &op,
                                           const OpTypes &types) {
  const TensorType &data = types.operands[0];
  const TensorType &indices = types.operands[1];
  const TensorType &updates = types.operands[2];
  if (data.shape.empty()) // C1
    return broken("needs data of rank 1 or more, but got 0");
  if (indices.shape.size() != 1)
    return broken("needs indices of rank 1, but got {0}", indices.shape.size());
  Shape expected = data.shape;
  expected[0] = indices.shape[0];
  if (updates.shape != expected) // C2
    return broken("needs updates of shape {0}, but got {1}",
                  listString(expected), listString(updates.shape));
  GP_CHECK(needType("updates", updates.dtype, data.dtype)); // C3
  if (data.dtype == DType::boolean &&
      (op.kind == ScatterKind::add || op.kind == ScatterKind::mul)) // C4
    return broken("needs numbers for {0}, but got boolean", nameOf(op.kind));
  return Shapes{data.shape};
}
