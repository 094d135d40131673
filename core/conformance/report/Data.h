// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Files of this folder, built into the library.

#pragma once

#include "llvm/ADT/StringRef.h"

namespace glowplug::conformance {

extern const llvm::StringLiteral profileText; ///< profiles.json
extern const llvm::StringLiteral pageStyle;   ///< page/page.css
extern const llvm::StringLiteral pageScript;  ///< page/page.js

} // namespace glowplug::conformance
