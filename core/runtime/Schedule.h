// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Instr programs that backends write for their own machines.

#pragma once

#include "core/runtime/AlignedBytes.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <vector>

namespace glowplug {

/// An instr program that the verifier accepted, and the machine description
/// that it is for.
struct InstrProgram {
  AlignedBytes machine; ///< machine.fbs
  AlignedBytes program; ///< instr.fbs
  std::vector<AlignedBytes> segments;
};

/// Fails if \p machine, which \p backend gave, is not a machine description.
llvm::Error verifyMachineOf(llvm::StringRef backend,
                            llvm::ArrayRef<uint8_t> machine);

/// Fails if \p made, which \p backend made of \p image, is not a program for
/// its machine with the inputs and outputs of the image.
llvm::Error verifySchedule(llvm::StringRef backend,
                           llvm::ArrayRef<uint8_t> image,
                           const InstrProgram &made);

} // namespace glowplug
