// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Says why a program has stopped.

#pragma once

#include "simulator/isa/Result.h"
#include "simulator/timing/Semaphores.h"

#include <span>

namespace glowplug::npu {

/// The state of a machine in which nothing moves: all that has issued has
/// retired.
struct Standstill {
  std::span<const Command> commands;
  std::array<std::int64_t, queueCount> heads; ///< first in each queue, or -1
  std::int64_t dispatched; ///< commands that have gone to queues
  const Semaphores &semaphores;
};

/// A message that says which command waits for which, until the circle closes
/// or a command waits for a signal that never comes.
Fault explainDeadlock(const Standstill &standstill);

/// The message for a semaphore over its limit.
Fault explainOverflow(std::int64_t command, int semaphore);

} // namespace glowplug::npu
