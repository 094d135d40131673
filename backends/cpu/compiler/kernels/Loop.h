// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Counted loops with values carried in registers.
#pragma once

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/IRBuilder.h"

namespace glowplug::cpu {

/// Emits "for (i = low; i < high; i += step) body(i)" over i64 values and
/// leaves the builder after the loop. Signed comparison; may run zero times.
///
/// \p carried lives in registers across iterations: inside \p body it holds the
/// values of this iteration, which the body replaces by those for the next one;
/// after the loop it holds the final values. A loop with constant bounds that
/// runs once becomes its body, and one that never runs becomes nothing.
void emitLoop(llvm::IRBuilder<> &builder, llvm::Value *low, llvm::Value *high,
              int64_t step, llvm::SmallVectorImpl<llvm::Value *> &carried,
              llvm::function_ref<void(llvm::Value *)> body);

/// The same without carried values.
void emitLoop(llvm::IRBuilder<> &builder, llvm::Value *low, llvm::Value *high,
              int64_t step, llvm::function_ref<void(llvm::Value *)> body);

/// Emits "if (condition) body()".
void emitIf(llvm::IRBuilder<> &builder, llvm::Value *condition,
            llvm::function_ref<void()> body);

} // namespace glowplug::cpu
