// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Decides whether bytes are a valid machine description, and whether bytes
/// are an instr program that its machine can run.

#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>

namespace glowplug {

/// The version numbers that this build writes and reads.
inline constexpr uint32_t machineContainerVersion = 0 << 16 | 2;
inline constexpr uint32_t instrContainerVersion = 0 << 16 | 1;

/// Succeeds if \p bytes hold a machine description that keeps every rule of
/// `machine.fbs`. They may be anything; at a multiple of 8, or they are
/// refused.
llvm::Error verifyMachine(llvm::ArrayRef<uint8_t> bytes);

/// Succeeds if \p bytes hold an instr program that keeps every rule of
/// `instr.fbs` on the machine of \p machine, which verifyMachine() accepted:
/// bounds, alignment, capacity, reachability, lifetimes, races and deadlock.
/// Otherwise the error names the instruction (by index, name and engine), the
/// rule and both values.
///
/// \p bytes may be anything, as above. The patterns of views are compared byte
/// by byte, so no valid program is refused; a view of more than 2^20 runs of
/// bytes is refused for its size.
llvm::Error verifyInstr(llvm::ArrayRef<uint8_t> bytes,
                        llvm::ArrayRef<uint8_t> machine);

} // namespace glowplug
