// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Average pools of quantised elements as sums of floats.

#pragma once

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace glowplug {

/// Turns average pools that sum integers in place of floats into what they mean
/// (see `prim.quantized` average), where the two can differ: one slice per
/// element of the window, and maps that add them one after the other. Windows
/// of more than 1,024 elements stay as they are. Returns whether it changed
/// anything. Afterwards no op is marked as the end of a pool.
bool expandPools(mlir::func::FuncOp function);

} // namespace glowplug
