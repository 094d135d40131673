// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What each command does to the memories.

#pragma once

#include "simulator/device/Memories.h"
#include "simulator/isa/Command.h"

namespace glowplug::npu {

/// Applies one command, as docs/reference/isa.md says. The command has passed
/// checkCommand with extents that memories.dram covers.
void execute(const Command &command, Memories &memories);

/// CRC-32 (polynomial 0xedb88320) of all that a command writes, in the order
/// of its accesses: what a retire record of model and hardware compares.
std::uint32_t resultCrc(const Command &command, const Memories &memories);

} // namespace glowplug::npu
