// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Checks shared by the verifiers of several prim ops.

#pragma once

#include "mlir/IR/Operation.h"

namespace glowplug::prim {

/// Checks a region over scalars: one block of scalar ops that takes
/// \p parameters and yields \p results.
mlir::LogicalResult verifyScalarRegion(mlir::Operation *op,
                                       mlir::Region &region,
                                       mlir::TypeRange parameters,
                                       mlir::TypeRange results);

/// Checks the epilogue of an op with one result: its parameters, its extra
/// operands, and the result's element type, with or without an epilogue.
mlir::LogicalResult verifyEpilogue(mlir::Operation *op, mlir::Region &epilogue,
                                   mlir::OperandRange extras,
                                   mlir::Type accumulator,
                                   mlir::Type plainResult);

/// Whether the shapes have one rank and each size of \p from is that of \p to
/// or 1.
bool isBroadcastable(llvm::ArrayRef<int64_t> from, llvm::ArrayRef<int64_t> to);

/// Checks that \p dim names a dim of \p shape.
mlir::LogicalResult verifyDim(mlir::Operation *op, int64_t dim,
                              llvm::ArrayRef<int64_t> shape);

/// Checks that \p array has \p size entries, each at least \p least.
mlir::LogicalResult verifyArray(mlir::Operation *op, llvm::StringRef name,
                                llvm::ArrayRef<int64_t> array, size_t size,
                                int64_t least);

/// Checks that the one result of \p op has the shape \p expected.
mlir::LogicalResult verifyResultShape(mlir::Operation *op,
                                      llvm::ArrayRef<int64_t> expected);

} // namespace glowplug::prim
