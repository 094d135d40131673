// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What verifiers of the dialect check beyond the rules of core/semantics.

#pragma once

#include "mlir/IR/Operation.h"

namespace glowplug::prim {

/// Checks that \p region, unless it is empty, is one block of scalar ops over
/// scalars that ends in a prim.yield.
mlir::LogicalResult verifyScalarRegion(mlir::Operation *op,
                                       mlir::Region &region);

} // namespace glowplug::prim
