// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Round robin over the requesters, burst by burst.

#include "simulator/timing/Bus.h"

#include <algorithm>

namespace glowplug::npu {

FetchTiming::FetchTiming(const Config &config, std::uint64_t base,
                         std::int64_t commands)
    : base(base), commands(commands), depth(config.fetchDepth) {
  prepare();
}

void FetchTiming::prepare() {
  // `left` commands have gone to their queues.
  const bool mayRequest = requested < commands && requested < left + depth;
  readyAt = mayRequest ? std::max(granting, freed) + 1 : never;
}

void FetchTiming::granted(Cycle at) {
  granting = at;
  ++requested;
  prepare();
}

void FetchTiming::dispatched(Cycle at) {
  // Room that was there before counts from its own time.
  const bool wasFull = requested == left + depth;
  ++left;
  if (wasFull) {
    freed = at;
    prepare();
  }
}

Bus::Bus(const Config &config, const Bases &bases, std::uint64_t programBase,
         std::int64_t commands)
    : dram(config), engines{DmaTiming(config, bases), DmaTiming(config, bases),
                            DmaTiming(config, bases)},
      fetching(config, programBase, commands) {}

bool Bus::isIdle() const {
  return fetching.ready() >= never &&
         std::all_of(engines.begin(), engines.end(),
                     [](const DmaTiming &e) { return e.ready() >= never; }) &&
         std::all_of(outside.begin(), outside.end(),
                     [](const Outside &o) { return o.ready >= never; });
}

Grant Bus::grantOutside(int requester, Cycle at) {
  const BusRequest &burst = outside[requester].burst;
  outside[requester].ready = never;
  const Cycle beats = dram.beats(burst.address, burst.bytes);
  free = at + beats;
  const std::int64_t before = dram.rowsOpened();
  const Cycle done = dram.serve(burst.address, beats, at, burst.direction);
  opened[requester] += dram.rowsOpened() - before;
  return {requester, at, done};
}

std::optional<Grant> Bus::runUntil(Cycle limit) {
  while (true) {
    std::array<Cycle, 4> ready{engines[0].ready(), engines[1].ready(),
                               engines[2].ready(), fetching.ready()};
    for (int i = 0; i < 4; ++i)
      ready[i] = std::min(ready[i], outside[i].ready);
    Cycle at = std::min({ready[0], ready[1], ready[2], ready[3]});
    at = std::max(at, free);
    if (at >= limit || at >= never)
      return std::nullopt;
    int chosen = last;
    do
      chosen = (chosen + 1) & 3;
    while (ready[chosen] > at);
    last = chosen;
    if (outside[chosen].ready <= at)
      return grantOutside(chosen, at);
    const std::int64_t openedBefore = dram.rowsOpened();
    const auto countRows = [&] {
      opened[chosen] += dram.rowsOpened() - openedBefore;
    };
    if (chosen == fetchRequester) {
      const Burst burst = fetching.burst();
      const Cycle beats = dram.beats(burst.address, burst.bytes);
      free = at + beats;
      fetching.granted(at);
      const Cycle done = dram.serve(burst.address, beats, at, Direction::Read);
      countRows();
      return Grant{chosen, at, done};
    }
    DmaTiming &engine = engines[chosen];
    // While no other requester is ready, there is nothing to choose.
    Cycle bound = limit;
    for (int other = 0; other < 4; ++other)
      if (other != chosen)
        bound = std::min(bound, ready[other]);
    do {
      const Burst &burst = engine.burst();
      const Cycle beats = dram.beats(burst.address, burst.bytes);
      free = at + beats;
      const Cycle done =
          dram.serve(burst.address, beats, at, engine.direction());
      if (engine.granted(at, done)) {
        countRows();
        return Grant{chosen, at, never};
      }
      at = std::max(engine.ready(), free);
      if (at < bound) {
        engine.takeAlike(dram, at, bound, free);
        at = std::max(engine.ready(), free);
      }
    } while (at < bound);
    countRows();
  }
}

} // namespace glowplug::npu
