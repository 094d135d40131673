// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The bus to memory and the DMA engines, which it grants.

#include "simulator/model/Bus.h"

#include <algorithm>

namespace glowplug::npu::model {

MemoryBus::MemoryBus(const sc_core::sc_module_name &name, Fetch::Queues &queues,
                     Fetch &fetch)
    : sc_module(name), queues(queues), fetch(fetch) {
  sc_core::sc_spawn_options options;
  options.spawn_method();
  options.dont_initialize();
  options.set_sensitivity(&look);
  options.set_sensitivity(&fetch.left);
  sc_core::sc_spawn([this] { advance(); }, "advance", &options);
}

void MemoryBus::begin(Run &next, Bus &nextBus,
                      std::vector<ClockedEngine *> engines) {
  run = &next;
  bus = &nextBus;
  clocked = std::move(engines);
  stepped = 0;
  request();
}

/// The time of the kernel's next event, or never.
Cycle MemoryBus::nextEvent() const {
  if (!sc_core::sc_pending_activity_at_future_time())
    return never;
  return run->clock.now() + cyclesOf(sc_core::sc_time_to_pending_activity());
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

void MemoryBus::advance() {
  if (!run || run->fault)
    return;
  // The bus decides after everything else of its cycle.
  if (sc_core::sc_pending_activity_at_current_time())
    return request();
  stepped = std::max(stepped, run->clock.now());
  const auto isBusy = [](const ClockedEngine *e) { return e->isBusy(); };
  while (!run->fault) {
    const Cycle limit = nextEvent();
    if (std::any_of(clocked.begin(), clocked.end(), isBusy)) {
      if (stepped >= limit)
        return run->clock.notifyAt(look, limit);
      step(stepped++);
      continue;
    }
    const auto grant = bus->runUntil(limit);
    if (!grant) {
      if (limit < never && !bus->isIdle())
        run->clock.notifyAt(look, limit);
      return;
    }
    take(*grant);
  }
}

} // namespace glowplug::npu::model
