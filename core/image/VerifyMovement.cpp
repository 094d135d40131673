// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules of the ops that move elements, gather and scatter included.

#include "core/image/VerifyRules.h"

#include "llvm/ADT/STLExtras.h"

using namespace glowplug;
using namespace glowplug::verify;

static llvm::Error needSameType(const OpTypes &types) {
  return needType("a result", types.results[0].dtype, types.operands[0].dtype);
}

llvm::Error verify::verifyOp(const image::Transpose &op, const OpTypes &types) {
  GP_CHECK(needCounts(types, 1, 1, 1));
  GP_CHECK(needSameType(types));
  GP_CHECK(needAligned(op.permutation()));
  llvm::ArrayRef<int64_t> permutation = arrayOf(op.permutation());
  const shapes::Shape &input = types.operands[0].shape;
  GP_CHECK(needLength("permutation", permutation.size(), input.size()));
  const shapes::MaybeShape shape = shapes::transpose(input, permutation);
  if (!shape)
    return broken("needs a permutation of {0} dims, but got {1}", input.size(),
                  listString(permutation));
  return needShape(types.results[0], shape);
}

llvm::Error verify::verifyOp(const image::Reshape &, const OpTypes &types) {
  GP_CHECK(needCounts(types, 1, 1, 1));
  GP_CHECK(needSameType(types));
  const int64_t before = elementCount(types.operands[0].shape).value_or(0);
  const int64_t after = elementCount(types.results[0].shape).value_or(0);
  if (before != after)
    return broken("needs as many elements after as before, {0}, but got {1}",
                  before, after);
  return llvm::Error::success();
}

llvm::Error verify::verifyOp(const image::Broadcast &, const OpTypes &types) {
  GP_CHECK(needCounts(types, 1, 1, 1));
  GP_CHECK(needSameType(types));
  if (!shapes::broadcastsTo(types.operands[0].shape, types.results[0].shape))
    return broken("needs an operand broadcastable to {0}, but got {1}",
                  listString(types.results[0].shape),
                  listString(types.operands[0].shape));
  return llvm::Error::success();
}

llvm::Error verify::verifyOp(const image::Slice &op, const OpTypes &types) {
  GP_CHECK(needCounts(types, 1, 1, 1));
  GP_CHECK(needSameType(types));
  GP_CHECK(needAligned({op.starts(), op.strides()}));
  const shapes::Shape &input = types.operands[0].shape;
  const shapes::Shape &result = types.results[0].shape;
  GP_CHECK(needLength("starts", arrayOf(op.starts()).size(), input.size()));
  GP_CHECK(needLength("strides", arrayOf(op.strides()).size(), input.size()));
  if (result.size() != input.size())
    return broken("needs a result of rank {0}, but got {1}", input.size(),
                  result.size());
  for (size_t i = 0; i < input.size(); ++i) {
    const int64_t start = op.starts()->Get(i);
    const int64_t stride = op.strides()->Get(i);
    if (stride == 0)
      return broken("needs strides other than 0, but dim {0} has 0", i);
    if (result[i] == 0)
      continue;
    int64_t last;
    if (start < 0 || start >= input[i] ||
        __builtin_mul_overflow(result[i] - 1, stride, &last) ||
        __builtin_add_overflow(last, start, &last) || last < 0 ||
        last >= input[i])
      return broken("needs indices within 0..{0} in dim {1}, but reads {2} "
                    "elements from {3} by {4}",
                    input[i] - 1, i, result[i], start, stride);
  }
  return llvm::Error::success();
}

llvm::Error verify::verifyOp(const image::Pad &op, const OpTypes &types) {
  GP_CHECK(needCounts(types, 2, 2, 1));
  GP_CHECK(needSameType(types));
  GP_CHECK(needAligned({op.low(), op.high(), op.interior()}));
  const TensorType &input = types.operands[0];
  GP_CHECK(needType("a value", types.operands[1].dtype, input.dtype));
  if (!types.operands[1].shape.empty())
    return broken("needs a value of rank 0, but got {0}",
                  types.operands[1].shape.size());
  const size_t rank = input.shape.size();
  GP_CHECK(needLength("low", arrayOf(op.low()).size(), rank));
  GP_CHECK(needLength("high", arrayOf(op.high()).size(), rank));
  GP_CHECK(needLength("interior", arrayOf(op.interior()).size(), rank));
  GP_CHECK(needAtLeast("low", arrayOf(op.low()), 0));
  GP_CHECK(needAtLeast("high", arrayOf(op.high()), 0));
  GP_CHECK(needAtLeast("interior", arrayOf(op.interior()), 0));
  return needShape(types.results[0],
                   shapes::pad(input.shape, arrayOf(op.low()),
                               arrayOf(op.high()), arrayOf(op.interior())));
}

llvm::Error verify::verifyOp(const image::Concat &op, const OpTypes &types) {
  GP_CHECK(needCounts(types, 1, anyNumber, 1));
  GP_CHECK(needSameType(types));
  const TensorType &first = types.operands[0];
  GP_CHECK(needDim(op.dim(), first.shape.size()));
  llvm::SmallVector<shapes::Dims, 4> operands;
  for (const TensorType &operand : types.operands) {
    GP_CHECK(needType("an operand", operand.dtype, first.dtype));
    bool fits = operand.shape.size() == first.shape.size();
    for (size_t i = 0; fits && i < first.shape.size(); ++i)
      fits = static_cast<int64_t>(i) == op.dim() ||
             operand.shape[i] == first.shape[i];
    if (!fits)
      return broken("needs operands equal but for dim {0}, but got {1} and "
                    "{2}",
                    op.dim(), listString(first.shape),
                    listString(operand.shape));
    operands.push_back(operand.shape);
  }
  return needShape(types.results[0], shapes::concat(operands, op.dim()));
}

static llvm::Error needIndices(DType type) {
  if (type != DType::i32 && type != DType::i64)
    return broken("needs indices of type i32 or i64, but got {0}",
                  dtypeName(type));
  return llvm::Error::success();
}

llvm::Error verify::verifyOp(const image::Gather &op, const OpTypes &types) {
  GP_CHECK(needCounts(types, 2, 2, 1));
  GP_CHECK(needSameType(types));
  const shapes::Shape &data = types.operands[0].shape;
  GP_CHECK(needIndices(types.operands[1].dtype));
  GP_CHECK(needDim(op.dim(), data.size()));
  GP_CHECK(needShape(types.results[0],
                     shapes::gather(data, types.operands[1].shape, op.dim())));
  if (data[op.dim()] == 0 && !llvm::is_contained(types.results[0].shape, 0))
    return broken("needs data to gather from, but dim {0} of {1} is empty",
                  op.dim(), listString(data));
  return llvm::Error::success();
}

llvm::Error verify::verifyOp(const image::Scatter &op, const OpTypes &types) {
  GP_CHECK(needCounts(types, 3, 3, 1));
  GP_CHECK(needSameType(types));
  if (op.kind() < image::ScatterKind::MIN ||
      op.kind() > image::ScatterKind::MAX)
    return broken("needs a known kind, but got {0}",
                  static_cast<int>(op.kind()));
  const TensorType &data = types.operands[0];
  const TensorType &indices = types.operands[1];
  const TensorType &updates = types.operands[2];
  if (data.dtype == DType::boolean && (op.kind() == image::ScatterKind::add ||
                                       op.kind() == image::ScatterKind::mul))
    return broken("needs numbers for {0}, but got boolean",
                  image::EnumNameScatterKind(op.kind()));
  GP_CHECK(needIndices(indices.dtype));
  GP_CHECK(needType("updates", updates.dtype, data.dtype));
  if (data.shape.empty())
    return broken("needs data of rank 1 or more, but got 0");
  if (indices.shape.size() != 1)
    return broken("needs indices of rank 1, but got {0}", indices.shape.size());
  shapes::Shape expected = data.shape;
  expected[0] = indices.shape[0];
  if (updates.shape != expected)
    return broken("needs updates of shape {0}, but got {1}",
                  listString(expected), listString(updates.shape));
  return needShape(types.results[0], data.shape);
}
