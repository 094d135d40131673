// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Writes the blob of a compiled program; see runtime/Blob.h.
#pragma once

#include "backends/cpu/compiler/lower/Placement.h"

namespace glowplug::cpu {

std::vector<uint8_t> writeBlob(const Lowering &lowering,
                               const Placement &placement,
                               llvm::ArrayRef<char> object);

} // namespace glowplug::cpu
