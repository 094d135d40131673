// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules of reduce, arg_reduce, scan and sort.

#include "core/semantics/Checks.h"

using namespace glowplug;
using namespace glowplug::semantics;

/// \p input, but 1 in each of \p dims, which it has.
static Shapes reduced(shapes::Shape input, shapes::Dims dims) {
  for (int64_t dim : dims)
    input[dim] = 1;
  return {input};
}

llvm::Expected<Shapes> semantics::shapesOf(const Reduce &op,
                                           const OpTypes &types) {
  const TensorType &input = types.operands[0];
  if (op.dims.empty() || op.dims.size() > input.shape.size()) // C1
    return broken("needs 1 to {0} dims, but got {1}", input.shape.size(),
                  op.dims.size());
  for (size_t i = 0; i < op.dims.size(); ++i) {
    GP_CHECK(needDim(op.dims[i], input.shape.size()));
    if (i > 0 && op.dims[i] <= op.dims[i - 1])
      return broken("needs ascending dims, but got {0} after {1}", op.dims[i],
                    op.dims[i - 1]);
  }
  if (accumulates(op.kind) && input.dtype == DType::boolean) // C3
    return broken("needs numbers for {0}, but got boolean", nameOf(op.kind));
  return reduced(input.shape, op.dims); // C2
}

llvm::Expected<Shapes> semantics::shapesOf(const ArgReduce &op,
                                           const OpTypes &types) {
  const TensorType &input = types.operands[0];
  if (input.shape[op.dim] == 0) // C1
    return broken("needs a dim that is not empty, but dim {0} has size 0",
                  op.dim);
  return reduced(input.shape, op.dim); // C2
}

llvm::Expected<Shapes> semantics::shapesOf(const Scan &, const OpTypes &types) {
  return Shapes{types.operands[0].shape};
}

llvm::Expected<Shapes> semantics::shapesOf(const Sort &, const OpTypes &types) {
  return Shapes{types.operands[0].shape, types.operands[0].shape};
}
