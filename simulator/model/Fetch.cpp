// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Command fetch and dispatch.

#include "simulator/model/Fetch.h"

#include <algorithm>

namespace glowplug::npu::model {

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
    run->agenda.wake(Agenda::Dispatch, std::max(at, last) + 1);
}

void Fetch::act(Cycle now) {
  if (sent >= static_cast<std::int64_t>(arrivals.size()))
    return;
  const Cycle earliest = std::max(arrivals[sent], last) + 1;
  if (now < earliest)
    return run->agenda.wake(Agenda::Dispatch, earliest);
  CommandQueue &queue = *queues[headerOf(run->commands[sent]).queue];
  if (queue.isFull())
    return; // until something leaves it
  queue.push(sent++);
  last = now;
  timing->dispatched(now);
  run->agenda.wake(Agenda::Memory, now); // another one may be requested
  if (sent < static_cast<std::int64_t>(arrivals.size()))
    run->agenda.wake(Agenda::Dispatch, std::max(arrivals[sent], now) + 1);
}

} // namespace glowplug::npu::model
