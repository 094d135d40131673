// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Making of composites with one result.

#pragma once

#include "core/prim/Build.h"

namespace glowplug {

/// Writes the body of a composite: from its parameters to its result.
using CompositeBody =
    llvm::function_ref<mlir::Value(prim::PrimBuilder &, mlir::ValueRange)>;

/// Appends version 1 of the composite \p name, applied to \p operands.
mlir::Value makeComposite(prim::PrimBuilder &builder, llvm::StringRef name,
                          mlir::ValueRange operands,
                          llvm::ArrayRef<mlir::NamedAttribute> details,
                          CompositeBody body);

/// The type in which \p element is computed where precision matters: f32 for
/// f16 and bf16, else \p element itself.
mlir::Type computeType(mlir::Type element);

} // namespace glowplug
