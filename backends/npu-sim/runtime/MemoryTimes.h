// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// When the memory was at work.

#pragma once

#include "simulator/timing/Replay.h"

namespace glowplug::npusim {

/// Bursts that followed one another closely.
struct Bursts {
  npu::Cycle begin = 0; ///< the bus grants the first one
  npu::Cycle end = 0;   ///< the beats of the last one have left the bus
  std::int64_t count = 0;
};

/// The bursts of each bank, in order of time; with ideal memory all of them in
/// one list. A pause of more than \p gap cycles begins new ones. \p timeline is
/// that of \p commands on \p machine.
std::vector<std::vector<Bursts>>
memoryTimesOf(std::span<const npu::Command> commands,
              const npu::Timeline &timeline, const npu::Machine &machine,
              npu::Cycle gap);

} // namespace glowplug::npusim
