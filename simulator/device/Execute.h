// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What each command does to the memories.

#pragma once

#include "simulator/device/Memories.h"
#include "simulator/isa/Access.h"

#include <vector>

namespace glowplug::npu {

/// Applies one command, as docs/reference/isa.md says. The command has passed
/// checkCommand with extents that memories.dram covers.
void execute(const Command &command, Memories &memories);

/// CRC-32 (polynomial 0xedb88320) of all that a command writes, in the order
/// of its accesses: what a retire record of model and hardware compares.
std::uint32_t resultCrc(const Command &command, const Memories &memories);

/// The bytes that resultCrc() reads, in its order; sums are little endian.
std::vector<std::uint8_t> resultBytes(const Command &command,
                                      const Memories &memories);

/// Where byte \p index of resultBytes() is: in the scratchpad or at a base
/// register by its byte, in the accumulator by row and byte within the row.
struct ResultPlace {
  Space space;
  int base;           ///< in DRAM: the base register
  std::int64_t place; ///< byte or row
  std::int64_t within;
};
ResultPlace resultPlace(const Command &command, const Config &config,
                        std::int64_t index);

/// How many bytes resultBytes() has; more than 2^62 count as 2^62.
std::int64_t resultSize(const Command &command, const Config &config);

} // namespace glowplug::npu
