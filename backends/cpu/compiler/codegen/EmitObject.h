// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// LLVM module -> relocatable object.
#pragma once

#include "backends/cpu/compiler/target/Target.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/Module.h"

namespace glowplug::cpu {

/// Generates code for \p module, which is changed on the way. There is no
/// optimisation pipeline: the emitters write the final form.
llvm::Expected<llvm::SmallVector<char, 0>> emitObject(llvm::Module &module,
                                                      const Target &target);

} // namespace glowplug::cpu
