// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The bus to memory and the DMA engines, which it grants.

#include "simulator/model/Bus.h"

#include <algorithm>

namespace glowplug::npu::model {

void MemoryBus::begin(Run &next, Bus &nextBus,
                      std::vector<Clocked *> hardware) {
  run = &next;
  bus = &nextBus;
  clocked = std::move(hardware);
  requesters = {};
  for (Clocked *one : clocked)
    if (one->requester() >= 0)
      requesters[one->requester()] = one;
  stepped = 0;
  request();
}

void MemoryBus::take(const Grant &grant) {
  if (Clocked *hardware = requesters[grant.requester])
    hardware->granted(grant.at, grant.done);
  else if (grant.requester == fetchRequester)
    fetch.arrive(grant.done);
  else
    queues[static_cast<int>(queueOfRequester(grant.requester))]->complete(
        bus->dma(grant.requester).span());
}

bool MemoryBus::hasBusyHardware() const {
  return std::any_of(clocked.begin(), clocked.end(),
                     [](const Clocked *one) { return one->isBusy(); });
}

void MemoryBus::step(Cycle now) {
  const auto steps = [this](const Clocked *one) {
    return run->lockstep || one->isBusy();
  };
  for (int i = 0; i < 4; ++i)
    if (requesters[i] && steps(requesters[i]))
      if (const auto wanted = requesters[i]->request())
        bus->request(i, *wanted, now);
  while (const auto grant = bus->runUntil(now + 1))
    take(*grant);
  for (Clocked *one : clocked)
    if (steps(one))
      one->step(now);
}

void MemoryBus::act(Cycle now) {
  if (!run->lockstep)
    stepped = std::max(stepped, now);
  while (!run->fault) {
    const Cycle limit = run->agenda.next();
    // In lockstep, idle hardware goes on while anything is going to happen.
    const bool isIdle = limit >= never && bus->isIdle();
    if (hasBusyHardware() || (run->lockstep && !clocked.empty() && !isIdle)) {
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
