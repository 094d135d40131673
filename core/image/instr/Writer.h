// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// From the instr dialect to the bytes of a program.

#pragma once

#include "core/instr/Instr.h"

#include "llvm/Support/Error.h"

#include <vector>

namespace glowplug {

/// Writes \p program for the machine of \p machine, which verifyMachine()
/// accepted: spaces and engines are looked up by name. Equal programs give
/// equal bytes; equal bodies of computes are one kernel. The size of a segment
/// is what its constants reach, or what the attribute says.
///
/// Fails on a name that the machine does not have, and on an op that an image
/// cannot hold. verifyInstr() checks everything else.
llvm::Expected<std::vector<uint8_t>>
writeInstr(instr::ProgramOp program, llvm::ArrayRef<uint8_t> machine);

} // namespace glowplug
