// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Scalar operations and regions of them, on one lane or on many alike.
#pragma once

#include "backends/cpu/compiler/emit/Kernel.h"
#include "backends/cpu/compiler/program/Program.h"

namespace glowplug::cpu {

/// What \p region yields for the \p arguments, all in register form with
/// \p lanes lanes.
Values emitRegion(Kernel &k, const Region &region,
                  llvm::ArrayRef<llvm::Value *> arguments, unsigned lanes);

/// One instruction; \p types are the types of the \p operands.
llvm::Value *emitScalar(Kernel &k, const Instruction &instruction,
                        llvm::ArrayRef<DType> types,
                        llvm::ArrayRef<llvm::Value *> operands, unsigned lanes);

/// The number with the bit pattern \p bits, in every lane.
llvm::Value *emitConstant(Kernel &k, DType type, uint64_t bits, unsigned lanes);

/// The smaller or the greater; NaN if either is.
llvm::Value *emitMinMax(Kernel &k, bool max, DType type, llvm::Value *x,
                        llvm::Value *y);

} // namespace glowplug::cpu
