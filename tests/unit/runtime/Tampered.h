// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// .gpx files that were tampered with.

#pragma once

#include "core/runtime/AlignedBytes.h"

#include "llvm/Support/Error.h"

#include <memory>

namespace glowplug::test {

/// Makes the hashes fit what the file holds.
void repairHashes(AlignedBytes &file);

/// Loads \p file for the interpreter alone, and runs it on zeros. Fails if the
/// file is refused, if the run fails, and if either asks for more than 2^20
/// bytes, as any model may.
llvm::Error loadAndRun(const std::shared_ptr<AlignedBytes> &file);

} // namespace glowplug::test
