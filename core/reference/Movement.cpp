// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ops that move elements without looking at them.

#include "core/reference/Call.h"

using namespace glowplug;
using namespace glowplug::reference;

/// Copies \p source, as \p shape with \p sourceStrides, to \p target.
static void copyFrom(const Tensor &source, int64_t sourceOffset, Dims shape,
                     Dims sourceStrides, Tensor &target, int64_t targetOffset,
                     Dims targetStrides) {
  const unsigned bytes = dtypeBytes(source.dtype());
  copyStrided(
      shape, bytes, source.bytes().data() + sourceOffset * bytes, sourceStrides,
      target.mutableBytes().data() + targetOffset * bytes, targetStrides);
}

/// The result of \p call, filled from its first operand.
static Evaluated copyToResult(const Call &call, int64_t offset, Dims strides) {
  llvm::Expected<Tensor> result = call.allocate();
  if (!result)
    return result.takeError();
  if (result->elementCount() != 0)
    copyFrom(call.operand(0), offset, result->shape(), strides, *result, 0,
             rowMajorStrides(result->shape()));
  return Results{std::move(*result)};
}

Evaluated reference::evaluate(const image::Transpose &op, const Call &call) {
  DimVector input = rowMajorStrides(call.operand(0).shape());
  DimVector strides;
  for (int64_t dim : arrayOf(op.permutation()))
    strides.push_back(input[dim]);
  return copyToResult(call, 0, strides);
}

Evaluated reference::evaluate(const image::Reshape &, const Call &call) {
  return Results{call.operand(0).reshaped(call.types[0].shape)};
}

Evaluated reference::evaluate(const image::Broadcast &, const Call &call) {
  return copyToResult(
      call, 0, broadcastStrides(call.operand(0).shape(), call.types[0].shape));
}

Evaluated reference::evaluate(const image::Slice &op, const Call &call) {
  DimVector strides = rowMajorStrides(call.operand(0).shape());
  int64_t offset = 0;
  if (!llvm::is_contained(call.types[0].shape, 0))
    for (size_t i = 0; i < strides.size(); ++i) {
      offset += op.starts()->Get(i) * strides[i];
      // A dim of one element is not walked; its stride may be anything.
      strides[i] =
          call.types[0].shape[i] == 1 ? 0 : strides[i] * op.strides()->Get(i);
    }
  return copyToResult(call, offset, strides);
}

Evaluated reference::evaluate(const image::Pad &op, const Call &call) {
  llvm::Expected<Tensor> result = call.allocate();
  if (!result)
    return result.takeError();
  const Tensor &input = call.operand(0);
  const DimVector dense = rowMajorStrides(result->shape());
  copyFrom(call.operand(1), 0, result->shape(), DimVector(dense.size(), 0),
           *result, 0, dense);
  if (input.elementCount() == 0)
    return Results{std::move(*result)};
  DimVector strides = dense;
  int64_t offset = 0;
  for (size_t i = 0; i < dense.size(); ++i) {
    offset += op.low()->Get(i) * dense[i];
    // As in a slice.
    strides[i] =
        input.shape()[i] == 1 ? 0 : dense[i] * (op.interior()->Get(i) + 1);
  }
  copyFrom(input, 0, input.shape(), rowMajorStrides(input.shape()), *result,
           offset, strides);
  return Results{std::move(*result)};
}

Evaluated reference::evaluate(const image::Concat &op, const Call &call) {
  llvm::Expected<Tensor> result = call.allocate();
  if (!result)
    return result.takeError();
  const DimVector strides = rowMajorStrides(result->shape());
  int64_t offset = 0;
  for (const Tensor &operand : call.operands) {
    if (operand.elementCount() != 0)
      copyFrom(operand, 0, operand.shape(), rowMajorStrides(operand.shape()),
               *result, offset, strides);
    offset += operand.shape()[op.dim()] * strides[op.dim()];
  }
  return Results{std::move(*result)};
}
