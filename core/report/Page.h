// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The files of the folder page, built into the library.

#pragma once

#include "llvm/ADT/StringRef.h"

namespace glowplug::report {

/// page/page.css
extern const llvm::StringLiteral pageStyle;
/// The scripts of the folder, in the order in which they run.
extern const llvm::StringLiteral pageScript;

} // namespace glowplug::report
