// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Loads and stores of elements, from memory form to register form and back.
#pragma once

#include "backends/cpu/compiler/emit/Kernel.h"

namespace glowplug::cpu {

/// What memory holds of \p value, an element or a vector of \p type in
/// registers: a bool becomes a byte, a short float its bits. The one place
/// where the width of a stored element comes from.
llvm::Value *toMemory(Kernel &k, DType type, llvm::Value *value);

/// Loads lanes.count elements of \p type, \p stride elements apart, from
/// \p pointer on. Stride 0 repeats one element. With a mask, stride is 0 or 1;
/// masked-off lanes are 0.
llvm::Value *loadElements(Kernel &k, DType type, llvm::Value *pointer,
                          int64_t stride, Lanes lanes);

/// Stores likewise; the stride is not 0 unless there is one lane.
void storeElements(Kernel &k, DType type, llvm::Value *value,
                   llvm::Value *pointer, int64_t stride, Lanes lanes);

} // namespace glowplug::cpu
