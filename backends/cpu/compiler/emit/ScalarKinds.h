// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Scalar operations by the kind of their operands; see Scalars.h.
#pragma once

#include "backends/cpu/compiler/emit/Kernel.h"

namespace glowplug::cpu {

/// Operations on floats of \p type; the result is rounded to the type.
llvm::Value *emitFloat(Kernel &k, ScalarOp op, DType type,
                       llvm::ArrayRef<llvm::Value *> operands, unsigned lanes);

/// x * y + z, rounded once to the float \p type.
llvm::Value *emitFma(Kernel &k, DType type, llvm::Value *x, llvm::Value *y,
                     llvm::Value *z);

/// Operations on integers and booleans of \p type.
llvm::Value *emitInteger(Kernel &k, ScalarOp op, DType type,
                         llvm::ArrayRef<llvm::Value *> operands,
                         unsigned lanes);

/// saturate(round_even(x / scale) + zp): \p from is a float type, \p to an
/// integer type.
llvm::Value *emitQuantize(Kernel &k, DType from, DType to, llvm::Value *x,
                          llvm::Value *scale, llvm::Value *zeroPoint);

/// (q - zp) * scale: \p from is an integer type, \p to a float type.
llvm::Value *emitDequantize(Kernel &k, DType from, DType to, llvm::Value *q,
                            llvm::Value *scale, llvm::Value *zeroPoint);

/// rescaleFp32Rne() of <glowplug/arithmetic.h>: from i32 sums to \p to, an
/// integer of 8 or 16 bits.
llvm::Value *emitRescaleFp32Rne(Kernel &k, DType to, llvm::Value *sum,
                                llvm::Value *scale, llvm::Value *zeroPoint);

/// rescaleTosaSingle() or, if \p twice, rescaleTosaDouble(); \p to may also
/// be i32.
llvm::Value *emitRescaleTosa(Kernel &k, bool twice, DType to, llvm::Value *sum,
                             llvm::Value *multiplier, llvm::Value *shift,
                             llvm::Value *zeroPoint);

/// Entry number \p x, an integer of 8 bits, of 256 \p entries of \p type.
llvm::Value *emitTable(Kernel &k, DType type, llvm::ArrayRef<uint8_t> entries,
                       llvm::Value *x);

} // namespace glowplug::cpu
