// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Puts the bodies of composites in their place.

#pragma once

#include "core/prim/Prim.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace glowplug {

/// Replaces \p composite by its body.
void inlineComposite(prim::CompositeOp composite);

/// Inlines the composites of \p function for which \p keep is false, and those
/// in their bodies likewise. Each is asked about once, in order.
void inlineComposites(mlir::func::FuncOp function,
                      llvm::function_ref<bool(prim::CompositeOp)> keep);

} // namespace glowplug
