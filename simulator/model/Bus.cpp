// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The bus to memory and the DMA engines, which it grants.

#include "simulator/model/Bus.h"

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

void MemoryBus::begin(Run &next, Bus &nextBus) {
  run = &next;
  bus = &nextBus;
  request();
}

void MemoryBus::advance() {
  if (!run || run->fault)
    return;
  // The bus decides after everything else of its cycle.
  if (sc_core::sc_pending_activity_at_current_time())
    return request();
  while (true) {
    const bool quiet = !sc_core::sc_pending_activity_at_future_time();
    const Cycle limit =
        quiet ? never
              : run->clock.now() +
                    cyclesOf(sc_core::sc_time_to_pending_activity());
    const auto grant = bus->runUntil(limit);
    if (!grant) {
      if (!quiet && !bus->isIdle())
        run->clock.notifyAt(look, limit);
      return;
    }
    if (grant->requester == fetchRequester)
      fetch.arrive(grant->done);
    else
      queues[static_cast<int>(queueOfRequester(grant->requester))]->complete(
          bus->dma(grant->requester).span());
  }
}

} // namespace glowplug::npu::model
