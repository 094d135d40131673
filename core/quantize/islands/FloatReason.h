// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Which ops of a quantised model work on integers, and why others do not.

#pragma once

#include "mlir/IR/BuiltinOps.h"

#include <string>

namespace glowplug {

/// Whether anything in \p module is quantised, dequantised or rescaled.
bool isQuantized(mlir::ModuleOp module);

/// Whether \p op of prim reads and makes no float tensor, constants apart. Of
/// an op that may have an epilogue, its inputs decide: it sums integers.
bool worksOnIntegers(mlir::Operation *op);

/// Why \p op, which does not work on integers, does not.
std::string floatReason(mlir::Operation *op);

} // namespace glowplug
