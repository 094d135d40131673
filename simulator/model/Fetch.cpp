// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Command fetch and dispatch.

#include "simulator/model/Fetch.h"

#include <algorithm>

namespace glowplug::npu::model {

Fetch::Fetch(const sc_core::sc_module_name &name, Queues &queues)
    : sc_module(name), queues(queues) {
  sc_core::sc_spawn_options options;
  options.spawn_method();
  options.dont_initialize();
  options.set_sensitivity(&due);
  for (const auto &queue : queues)
    options.set_sensitivity(&queue->left);
  sc_core::sc_spawn([this] { dispatch(); }, "dispatch", &options);
}

void Fetch::begin(Run &next, FetchTiming &nextTiming) {
  run = &next;
  timing = &nextTiming;
  arrivals.clear();
  sent = 0;
  last = -1;
}

void Fetch::arrive(Cycle at) {
  arrivals.push_back(at);
  if (static_cast<std::int64_t>(arrivals.size()) == sent + 1)
    run->clock.notifyAt(due, std::max(at, last) + 1);
}

void Fetch::dispatch() {
  if (sent >= static_cast<std::int64_t>(arrivals.size()))
    return;
  const Cycle now = run->clock.now();
  const Cycle earliest = std::max(arrivals[sent], last) + 1;
  if (now < earliest)
    return run->clock.notifyAt(due, earliest);
  CommandQueue &queue = *queues[headerOf(run->commands[sent]).queue];
  if (queue.isFull())
    return; // until something leaves it
  queue.push(sent++);
  last = now;
  timing->dispatched(now);
  left.notify(sc_core::SC_ZERO_TIME);
  if (sent < static_cast<std::int64_t>(arrivals.size()))
    run->clock.notifyAt(due, std::max(arrivals[sent], now) + 1);
}

} // namespace glowplug::npu::model
