// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// JSON from files and processes that are not trusted.

#pragma once

#include "llvm/Support/JSON.h"

namespace glowplug {

/// Arrays and objects within each other.
inline constexpr unsigned maxJsonDepth = 100;

/// As llvm::json::parse(), which takes a stack frame for each level of nesting;
/// text that nests deeper than maxJsonDepth is refused before.
llvm::Expected<llvm::json::Value> parseJson(llvm::StringRef text);

} // namespace glowplug
