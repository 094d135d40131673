// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Which commands have rows of DRAM opened.

#pragma once

#include "simulator/timing/Replay.h"

namespace glowplug::npu {

/// For each command, the rows that its fetch and its bursts open in a run that
/// takes \p timeline on \p machine; all 0 in ideal memory. The order of bursts
/// decides, so the bus runs once more.
std::vector<std::int64_t> rowsOpenedBy(std::span<const Command> commands,
                                       const Timeline &timeline,
                                       const Machine &machine);

} // namespace glowplug::npu
