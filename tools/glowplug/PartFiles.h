// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A part of a compiled model as files for bare hardware.

#pragma once

#include "core/runtime/Replay.h"

#include "llvm/Support/Error.h"

namespace glowplug::cli {

/// Writes \p part, of a model called \p name, into \p folder, which is made and
/// must be empty:
///
///     part.json      what there is and where, for people and tools
///     part.h         the same for C: macros
///     commands.bin   and one such file for each segment and output
///
/// Equal arguments give equal bytes. Faults: `usage` if the folder is not empty
/// or the commands have no address, `resources` if a file cannot be written.
llvm::Error writePart(const PartReplay &part, const std::string &name,
                      const std::string &folder);

} // namespace glowplug::cli
