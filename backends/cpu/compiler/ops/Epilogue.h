// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What stands between an accumulator and the stored result.
#pragma once

#include "backends/cpu/compiler/emit/LoopNest.h"
#include "backends/cpu/compiler/lower/Lowering.h"

namespace glowplug::cpu {

/// The extra operands of \p op, which begin at operand \p first: views that
/// have the rank of the result, with strides of 0 where they are broadcast.
std::vector<View> epilogueExtras(Lowering &l, const Op &op, size_t first);

/// Loads the elements at \p x of a row of \p nest from the operands
/// \p first.. but the last one, which is the result.
Values loadExtras(Kernel &k, const LoopNest &nest, size_t first,
                  llvm::ArrayRef<llvm::Value *> pointers, llvm::Value *x,
                  Lanes at);

/// Applies \p region (or nothing, if empty) to an accumulator of type \p from
/// and casts the outcome to \p to. \p extras are loaded elements.
llvm::Value *applyEpilogue(Kernel &k, const Region &region, DType from,
                           llvm::Value *accumulator,
                           llvm::ArrayRef<llvm::Value *> extras, DType to,
                           Lanes lanes);

/// What reductions of \p type run in.
DType runType(ReduceKind kind, DType type);

/// The value that changes nothing.
llvm::Value *identityOf(Kernel &k, ReduceKind kind, DType type, unsigned lanes);

/// One step of a reduction.
llvm::Value *combine(Kernel &k, ReduceKind kind, DType type, llvm::Value *x,
                     llvm::Value *y);

/// All lanes of \p x combined to one.
llvm::Value *combineLanes(Kernel &k, ReduceKind kind, DType type,
                          llvm::Value *x);

} // namespace glowplug::cpu
