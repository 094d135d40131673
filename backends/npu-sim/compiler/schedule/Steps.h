// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Commands in the making, and what each has to wait for.

#pragma once

#include "backends/npu-sim/compiler/schedule/Clocks.h"
#include "backends/npu-sim/compiler/schedule/Ports.h"

namespace glowplug::npusim {

/// A command without semaphores, and the steps of other queues that it waits
/// for.
struct Step {
  npu::Command command;
  StepOfQueue waits = noSteps;
};

/// Commands in an order in which they may run one after the other. The caller
/// says what a step waits for; this class sees to the ports of the banks, on
/// which two queues take turns.
class StepList {
public:
  explicit StepList(const npu::Config &config) : ports(config) {}

  /// Appends \p command, for its queue and layer, which starts after \p earlier
  /// have retired; `drain` is set where one of these is of its own queue.
  StepId add(npu::Command command, std::vector<StepId> earlier);

  StepId count() const { return clocks.count(); }
  std::vector<Step> take() { return std::move(list); }

private:
  Ports ports;
  Clocks clocks;
  std::vector<Step> list;
};

} // namespace glowplug::npusim
