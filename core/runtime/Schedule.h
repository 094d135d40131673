// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Instr programs that backends write for their own machines.

#pragma once

#include "core/runtime/AlignedBytes.h"

#include <vector>

namespace glowplug {

/// An instr program that the verifier accepted, and the machine description
/// that it is for.
struct InstrProgram {
  AlignedBytes machine; ///< machine.fbs
  AlignedBytes program; ///< instr.fbs
  std::vector<AlignedBytes> segments;
};

} // namespace glowplug
