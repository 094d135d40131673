// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Where an engine's time went.

#pragma once

#include "simulator/timing/Replay.h"

namespace glowplug::npu {

/// Cycles of one engine by what its queue waited for, from 0 to the program's
/// end. They add up to the program's cycles.
struct QueueTime {
  Cycle busy = 0;      ///< the front of the engine has a command
  Cycle fetch = 0;     ///< the next command was not in the queue yet
  Cycle semaphore = 0; ///< it waited for tokens, or a place among the open ones
  Cycle drain = 0;     ///< the next command waited for those before it
  Cycle finished = 0;  ///< there was no further command

  Cycle total() const { return busy + fetch + semaphore + drain + finished; }
};

/// One entry for each queue. A command is busy from its start until its
/// engine's front is free, which is when the next one could have started; the
/// last one of a queue until it retires.
std::array<QueueTime, queueCount> stallsOf(std::span<const Command> commands,
                                           const Timeline &timeline);

} // namespace glowplug::npu
