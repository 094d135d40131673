// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The functions that compiled code may call: this list and no other.
#pragma once

#include "llvm/ADT/StringRef.h"

namespace glowplug::cpu {

/// Address of the function \p name; nullptr if it is not on the list.
void *findFunction(llvm::StringRef name);

} // namespace glowplug::cpu
