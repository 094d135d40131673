// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Adds steps, and keeps what each has to wait for to the least.

#include "backends/npu-sim/compiler/schedule/Steps.h"

#include <algorithm>

namespace glowplug::npusim {

/// Adds a wait of \p step for \p earlier, of another queue, unless it follows
/// from what is \p known.
void StepList::waitFor(StepId earlier, Step &step, Clock &known) const {
  const int queue = npu::headerOf(list[earlier].command).queue;
  if (known[queue] >= earlier)
    return;
  step.waits[queue] = earlier;
  // Queues retire in order, and what a step knew at its start stays true.
  known[queue] = earlier;
  for (int q = 0; q < npu::queueCount; ++q)
    known[q] = std::max(known[q], clocks[earlier][q]);
}

StepId StepList::add(npu::Command command) {
  const auto id = static_cast<StepId>(list.size());
  npu::Header &header = npu::headerOf(command);
  const int own = header.queue;
  Step step{command};
  Clock known{-1, -1, -1, -1, -1};
  if (last[own] >= 0)
    known = clocks[last[own]];

  std::vector<StepId> earlier = hazards.add(id, step.command);
  for (npu::Queue queue : extra)
    if (last[static_cast<int>(queue)] >= 0)
      earlier.push_back(last[static_cast<int>(queue)]);
  extra.clear();
  earlier.insert(earlier.end(), extraSteps.begin(), extraSteps.end());
  extraSteps.clear();
  // The latest first: others may follow from them.
  std::sort(earlier.begin(), earlier.end(), std::greater<>());
  const auto isOwn = [&](StepId other) {
    return npu::headerOf(list[other].command).queue == own;
  };
  for (StepId other : earlier)
    if (!isOwn(other))
      waitFor(other, step, known);
  const bool drains =
      std::any_of(earlier.begin(), earlier.end(), [&](StepId other) {
        return isOwn(other) && known[own] < other;
      });
  // A wait that turned out to follow from a later one is dropped.
  for (int q = 0; q < npu::queueCount; ++q)
    for (int other = 0; other < npu::queueCount; ++other)
      if (q != other && step.waits[q] >= 0 && step.waits[other] >= 0 &&
          clocks[step.waits[other]][q] >= step.waits[q])
        step.waits[q] = -1;
  if (drains) {
    npu::headerOf(step.command).drain = 1;
    known[own] = std::max(known[own], last[own]);
    for (int q = 0; q < npu::queueCount; ++q)
      known[q] = std::max(known[q], clocks[last[own]][q]);
  }
  list.push_back(step);
  clocks.push_back(known);
  last[own] = id;
  return id;
}

} // namespace glowplug::npusim
