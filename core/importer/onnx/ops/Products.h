// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Matrix products of any ranks, by numpy's rules.

#pragma once

#include "core/importer/onnx/node/Handler.h"

namespace glowplug::importer {

/// The shape of the product; fails the node if the shapes do not fit.
std::optional<Shape> productShape(Node &n, ArrayRef<int64_t> lhs,
                                  ArrayRef<int64_t> rhs);

using MatMulFunction = llvm::function_ref<Value(Value lhs, Value rhs)>;

/// Brings both sides to one rank, at least 2, for \p matmul, and the result to
/// \p shape, which is that of productShape().
Value multiply(Node &n, Value lhs, Value rhs, ArrayRef<int64_t> shape,
               MatMulFunction matmul);

} // namespace glowplug::importer
