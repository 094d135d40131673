// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// From the primitives of an image back to ops of the prim dialect.

#pragma once

#include "core/image/image_generated.h"
#include "core/prim/Prim.h"

namespace glowplug {

/// Appends the primitive \p op, which was verified and is neither constant nor
/// composite, on \p operands (extras last). Its results have the types
/// \p results.
mlir::Operation *readOp(mlir::OpBuilder &builder, mlir::Location loc,
                        const image::Op &op, mlir::ValueRange operands,
                        mlir::TypeRange results);

} // namespace glowplug
