// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Between prim ops and the attributes of core/semantics, whose rules they
/// obey. Generated for each primitive.

#pragma once

#include "core/prim/Prim.h"
#include "core/semantics/Rules.h"

#include "mlir/IR/Builders.h"

namespace glowplug::prim {

/// Type and shape of a value of the prim dialect.
TensorType tensorTypeOf(mlir::Type type);

/// The type of the dialect for \p type.
mlir::RankedTensorType tensorTypeOf(mlir::MLIRContext *context,
                                    const TensorType &type);

/// Checks that \p region, unless it is empty, is one block of scalar ops over
/// scalars that ends in a prim.yield.
mlir::LogicalResult verifyScalarRegion(mlir::Operation *op,
                                       mlir::Region &region);

// For each primitive: the attributes of an op, which they point into; and an
// op with such attributes, without extras and region.
#define GP_DECLARATIONS
#include "core/prim/Primitives.inc"
#undef GP_DECLARATIONS

} // namespace glowplug::prim
