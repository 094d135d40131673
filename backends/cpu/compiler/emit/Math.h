// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Transcendental functions.
///
/// exp, log, erf, tanh and pow of f32, f16 and bf16 are evaluated in f64
/// vectors and rounded once: the error is below 0.51 ulp everywhere, subnormal
/// results, infinities and NaN included, and the range reduction needs no care.
/// Everything else goes to the C library, lane by lane.
#pragma once

#include "backends/cpu/compiler/emit/Kernel.h"

namespace glowplug::cpu {

/// exp .. atanh of ScalarOp. \p x has the register form of \p type, as has the
/// result.
llvm::Value *emitTranscendental(Kernel &k, ScalarOp op, DType type,
                                llvm::Value *x);

/// x to the power of y, as C's pow; \p x and \p y likewise.
llvm::Value *emitPower(Kernel &k, DType type, llvm::Value *x, llvm::Value *y);

} // namespace glowplug::cpu
