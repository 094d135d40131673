// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Adds steps with their turns on ports.

#include "backends/npu-sim/compiler/schedule/Steps.h"

namespace glowplug::npusim {

StepId StepList::add(npu::Command command, std::vector<StepId> earlier) {
  const StepId id = clocks.count();
  ports.add(id, command, earlier);
  npu::Header &header = npu::headerOf(command);
  const Clocks::Waits waits = clocks.add(header.queue, std::move(earlier));
  if (waits.drains)
    header.drain = 1;
  list.push_back({command, waits.steps});
  return id;
}

} // namespace glowplug::npusim
