// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// How much work a primitive is. Numbers are at most 2^63 - 1.

#pragma once

#include "core/semantics/Primitives.h"

namespace glowplug::semantics {

/// How many products make one element of the result. A transposed convolution
/// has fewer at its borders and between its strides: each input channel of the
/// group meets each tap, at most.
int64_t termsPerElement(const Conv &op, llvm::ArrayRef<TensorType> operands);
int64_t termsPerElement(const ConvTranspose &op,
                        llvm::ArrayRef<TensorType> operands);
int64_t termsPerElement(const MatMul &op, llvm::ArrayRef<TensorType> operands);

/// Steps that make one element of the first result, about: its epilogue and
/// the reading of operands left out.
template <typename Op>
int64_t stepsPerElement(const Op &op, llvm::ArrayRef<TensorType> operands) {
  if constexpr (requires { termsPerElement(op, operands); })
    return termsPerElement(op, operands);
  return 1;
}
int64_t stepsPerElement(const Map &op, llvm::ArrayRef<TensorType> operands);
int64_t stepsPerElement(const Sort &op, llvm::ArrayRef<TensorType> operands);
int64_t stepsPerElement(const Window &op, llvm::ArrayRef<TensorType> operands);

} // namespace glowplug::semantics
