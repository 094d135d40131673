// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How much work a primitive is.

#include "core/semantics/Cost.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

using namespace glowplug;
using namespace glowplug::semantics;

static int64_t product(llvm::ArrayRef<int64_t> sizes) {
  uint64_t result = 1;
  for (int64_t size : sizes)
    result = llvm::SaturatingMultiply(result, static_cast<uint64_t>(size));
  return static_cast<int64_t>(std::min<uint64_t>(result, INT64_MAX));
}

int64_t semantics::termsPerElement(const Conv &,
                                   llvm::ArrayRef<TensorType> operands) {
  return product(llvm::ArrayRef(operands[1].shape).drop_front());
}

int64_t semantics::termsPerElement(const ConvTranspose &op,
                                   llvm::ArrayRef<TensorType> operands) {
  llvm::SmallVector<int64_t, 4> sizes = operands[1].shape;
  sizes[0] /= op.groups;
  sizes[1] = 1;
  return product(sizes);
}

int64_t semantics::termsPerElement(const MatMul &,
                                   llvm::ArrayRef<TensorType> operands) {
  return operands[0].shape.back();
}

/// Its steps are the scalar ops of its body, as of an epilogue.
int64_t semantics::stepsPerElement(const Map &, llvm::ArrayRef<TensorType>) {
  return 0;
}

int64_t semantics::stepsPerElement(const Sort &op,
                                   llvm::ArrayRef<TensorType> operands) {
  const int64_t size = operands[0].shape[static_cast<size_t>(op.dim)];
  return 1 + llvm::Log2_64_Ceil(static_cast<uint64_t>(size) + 1);
}

int64_t semantics::stepsPerElement(const Window &op,
                                   llvm::ArrayRef<TensorType>) {
  return product(op.sizes);
}
