// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Files that are written whole, or not at all.

#pragma once

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace glowplug {

/// Writes what \p write prints into a file beside \p path, which is then
/// renamed. When anything fails, \p path is as it was; the message names it.
llvm::Error writeFile(llvm::StringRef path,
                      llvm::function_ref<void(llvm::raw_ostream &)> write);

} // namespace glowplug
