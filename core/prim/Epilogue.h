// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the ops that may carry an epilogue have in common: conv,
/// conv_transpose, matmul, reduce and window.

#pragma once

#include "core/prim/Prim.h"

namespace glowplug::prim {

/// Whether \p op is of a kind that may carry an epilogue.
bool takesEpilogue(mlir::Operation *op);

/// The epilogue of \p op; null when it has none.
mlir::Region *epilogueOf(mlir::Operation *op);

/// Number of operands of \p op before the extra operands of its epilogue.
/// Below, \p op is of a kind that may carry an epilogue.
unsigned inputCount(mlir::Operation *op);

/// Type of the accumulator, which an epilogue reads.
mlir::Type accumulatorOf(mlir::Operation *op);

/// Element type of the result without an epilogue.
mlir::Type plainResultOf(mlir::Operation *op);

/// Appends \p op with other extra operands and another result type, and an
/// epilogue to be filled in (left empty for none). Inputs, attributes and
/// location are those of \p op.
mlir::Operation *cloneWithExtras(mlir::OpBuilder &builder, mlir::Operation *op,
                                 mlir::ValueRange extras,
                                 mlir::Type resultType);

} // namespace glowplug::prim
