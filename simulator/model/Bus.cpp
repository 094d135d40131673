// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The bus to memory and the DMA engines, which it grants.

#include "simulator/model/Bus.h"

#include <algorithm>

namespace glowplug::npu::model {

void MemoryBus::begin(Run &next, Bus &nextBus,
                      std::vector<ClockedEngine *> engines) {
  run = &next;
  bus = &nextBus;
  clocked = std::move(engines);
  stepped = 0;
  request();
}

void MemoryBus::take(const Grant &grant) {
  if (grant.requester == fetchRequester)
    fetch.arrive(grant.done);
  else
    queues[static_cast<int>(queueOfRequester(grant.requester))]->complete(
        bus->dma(grant.requester).span());
}

void MemoryBus::step(Cycle now) {
  while (const auto grant = bus->runUntil(now + 1))
    take(*grant);
  for (ClockedEngine *engine : clocked)
    if (engine->isBusy())
      engine->step(now);
}

void MemoryBus::act(Cycle now) {
  stepped = std::max(stepped, now);
  const auto isBusy = [](const ClockedEngine *e) { return e->isBusy(); };
  while (!run->fault) {
    const Cycle limit = run->agenda.next();
    if (std::any_of(clocked.begin(), clocked.end(), isBusy)) {
      if (stepped >= limit)
        return run->agenda.wake(Agenda::Memory, limit);
      step(stepped++);
      continue;
    }
    const auto grant = bus->runUntil(limit);
    if (!grant) {
      if (limit < never && !bus->isIdle())
        run->agenda.wake(Agenda::Memory, limit);
      return;
    }
    take(*grant);
  }
}

} // namespace glowplug::npu::model
