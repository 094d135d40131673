// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A program in the making: commands, and what each has to wait for.

#pragma once

#include "backends/npu-sim/compiler/schedule/Hazards.h"

#include <vector>

namespace glowplug::npusim {

/// The number of a step, in the order in which they were added.
using StepId = std::int32_t;

/// A command without semaphores.
struct Step {
  npu::Command command;
  /// For each queue, the last of its steps that has to retire before this one
  /// starts, or -1. What follows from others of these is left out.
  std::array<StepId, npu::queueCount> waits{-1, -1, -1, -1, -1};
};

/// Commands in an order in which they may run one after the other. Who waits
/// for whom follows from the bytes that they touch, and from the ports of the
/// banks: two queues take turns on a port.
class StepList {
public:
  explicit StepList(const npu::Config &config) : hazards(config) {}

  /// Appends \p command, for its queue and layer; `drain` is set where needed.
  StepId add(npu::Command command);

  /// The next step also waits for all steps so far of \p queue.
  void waitFor(npu::Queue queue) { extra.push_back(queue); }

  /// The next step also waits for \p earlier, a step of another queue.
  void waitFor(StepId earlier) { extraSteps.push_back(earlier); }

  const std::vector<Step> &steps() const { return list; }
  std::vector<Step> take() { return std::move(list); }

private:
  /// For each queue, the last step known to have retired.
  using Clock = std::array<StepId, npu::queueCount>;

  void waitFor(StepId earlier, Step &step, Clock &known) const;

  Hazards hazards;
  std::vector<Step> list;
  std::vector<Clock> clocks; ///< what is known when a step starts
  Clock last{-1, -1, -1, -1, -1};
  std::vector<npu::Queue> extra;
  std::vector<StepId> extraSteps;
};

} // namespace glowplug::npusim
