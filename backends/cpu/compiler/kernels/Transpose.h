// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Transposes in registers. Internal to the kernels.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/IR/IRBuilder.h"

namespace glowplug::cpu {

/// Transposes a square: as many vectors as each has lanes, a power of two.
void transpose(llvm::IRBuilder<> &builder,
               llvm::MutableArrayRef<llvm::Value *> rows);

} // namespace glowplug::cpu
