// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Checks a plan before anything relies on it.

#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

namespace glowplug {

/// Fails unless \p bytes hold a plan over sections of the sizes
/// \p sectionBytes (section 1 first) that can be run: every number names
/// something, sizes agree, and no step writes what it reads or what it must
/// not. The message names the part of the plan.
llvm::Error verifyPlan(llvm::ArrayRef<uint8_t> bytes,
                       llvm::ArrayRef<uint64_t> sectionBytes);

} // namespace glowplug
