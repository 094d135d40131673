// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Drops waits that follow from others.

#include "backends/npu-sim/compiler/schedule/Clocks.h"

#include <algorithm>

namespace glowplug::npusim {

static void takeLater(StepOfQueue &steps, const StepOfQueue &others) {
  for (int q = 0; q < npu::queueCount; ++q)
    steps[q] = std::max(steps[q], others[q]);
}

Clocks::Waits Clocks::add(int queue, std::vector<StepId> earlier) {
  Waits waits;
  StepOfQueue now = last[queue] >= 0 ? known[last[queue]] : noSteps;
  // The latest first: others may follow from them.
  std::sort(earlier.begin(), earlier.end(), std::greater<>());
  for (StepId other : earlier) {
    const int from = queues[other];
    if (from == queue || now[from] >= other)
      continue;
    waits.steps[from] = other;
    // Queues retire in order, and what a step knew at its start stays true.
    now[from] = other;
    takeLater(now, known[other]);
  }
  waits.drains = std::any_of(earlier.begin(), earlier.end(), [&](StepId other) {
    return queues[other] == queue && now[queue] < other;
  });
  // A wait that turned out to follow from a later one is dropped.
  for (int q = 0; q < npu::queueCount; ++q)
    for (int other = 0; other < npu::queueCount; ++other)
      if (q != other && waits.steps[q] >= 0 && waits.steps[other] >= 0 &&
          known[waits.steps[other]][q] >= waits.steps[q])
        waits.steps[q] = -1;
  if (waits.drains)
    now[queue] = std::max(now[queue], last[queue]);
  last[queue] = count();
  queues.push_back(queue);
  known.push_back(now);
  return waits;
}

} // namespace glowplug::npusim
