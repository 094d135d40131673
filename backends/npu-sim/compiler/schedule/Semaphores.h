// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Waits between queues as semaphores.

#pragma once

#include "backends/npu-sim/compiler/schedule/Steps.h"

namespace glowplug::npusim {

/// Commands with semaphores, and where each comes from.
struct Signalled {
  std::vector<npu::Command> commands;
  std::vector<StepId> steps; ///< the step of each command
};

/// Gives each pair of queues a semaphore: a step that another queue waits for
/// signals it once, and the first that waits for it takes the token. Where a
/// command has no room for all, a `sync` stands before or after it. A `sync`
/// also takes tokens early where so many would gather that a queue ahead of
/// program order could make the counter pass its limit.
Signalled addSemaphores(const std::vector<Step> &steps,
                        const npu::Config &config);

} // namespace glowplug::npusim
