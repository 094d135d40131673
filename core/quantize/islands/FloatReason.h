// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Which ops of a quantised model work on integers, and why others do not.

#pragma once

#include "mlir/IR/BuiltinOps.h"

#include <string>

namespace glowplug {

/// Whether anything in \p module is quantised, dequantised or rescaled.
bool isQuantized(mlir::ModuleOp module);

/// Whether \p op of prim has no float tensor but constants. Of an op that may
/// have an epilogue, the inputs decide: it sums integers.
bool worksOnIntegers(mlir::Operation *op);

/// Why \p op does not work on integers.
std::string floatReason(mlir::Operation *op);

} // namespace glowplug
