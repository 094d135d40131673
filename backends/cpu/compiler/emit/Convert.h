// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Conversions between element types. All work on one lane or on many.
#pragma once

#include "backends/cpu/compiler/emit/Kernel.h"

namespace glowplug::cpu {

/// 16-bit memory form (iN) <-> f32. \p type is f16 or bf16; rounding is to
/// nearest even, overflow gives infinity, NaN stays NaN.
llvm::Value *extendShortFloat(Kernel &k, DType type, llvm::Value *bits);
llvm::Value *truncateToShortFloat(Kernel &k, DType type, llvm::Value *value);

/// The f32 \p value rounded to what f16 or bf16 can hold, still as f32.
/// Other types pass unchanged.
llvm::Value *roundToType(Kernel &k, DType type, llvm::Value *value);

/// The scalar op `cast`: from the register form of \p from to that of \p to.
llvm::Value *castElement(Kernel &k, DType from, DType to, llvm::Value *value);

/// The scalar op `bitcast`, likewise.
llvm::Value *bitcastElement(Kernel &k, DType from, DType to,
                            llvm::Value *value);

/// nearest + lost in f64, where \p nearest is the double nearest to the sum;
/// the last bit is made odd unless the sum is exact, so that rounding the
/// result to a narrower type rounds the sum itself.
llvm::Value *roundToOdd(Kernel &k, llvm::Value *nearest, llvm::Value *lost);

/// Number of lanes of \p value.
unsigned laneCount(llvm::Value *value);

} // namespace glowplug::cpu
