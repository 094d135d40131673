// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Where an engine's time went.

#pragma once

#include "simulator/timing/Replay.h"

namespace glowplug::npu {

/// Cycles of one engine by what its queue waited for, from 0 to the program's
/// end. They add up to the program's cycles.
struct QueueTime {
  Cycle busy = 0;      ///< a command is at work, as workEnd() has it
  Cycle fetch = 0;     ///< the next command was not in the queue yet
  Cycle semaphore = 0; ///< it waited for tokens, or a place among the open ones
  Cycle drain = 0;     ///< the next command waited for those before it
  Cycle finished = 0;  ///< there was no further command to work on

  Cycle total() const { return busy + fetch + semaphore + drain + finished; }
};

/// The first cycle in which the engine of \p command has nothing to do for it
/// but to let its results run out of the pipe: the array and the vector unit
/// when its last row has entered; a DMA engine when its front is free. A
/// command is at work from its start to there. Commands of one queue may
/// overlap: while one streams, the next one loads its weights or parameters.
Cycle workEnd(const Command &command, const Record &record,
              const Config &config);

/// One entry for each queue.
std::array<QueueTime, queueCount> stallsOf(std::span<const Command> commands,
                                           const Timeline &timeline,
                                           const Config &config);

} // namespace glowplug::npu
