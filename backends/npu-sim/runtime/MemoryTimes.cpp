// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// When the memory was at work: the bus once more, with the times known at which
// commands start.

#include "backends/npu-sim/runtime/MemoryTimes.h"

#include "simulator/timing/Bus.h"

#include <algorithm>
#include <tuple>

namespace glowplug::npusim {

using npu::Cycle;

namespace {

class BusWatcher {
public:
  BusWatcher(std::size_t commands, const npu::Machine &machine, Cycle gap)
      : config(machine.config), gap(gap), dram(config),
        engines{npu::DmaTiming(config, machine.bases),
                npu::DmaTiming(config, machine.bases),
                npu::DmaTiming(config, machine.bases)},
        fetching(config, machine.programBase,
                 static_cast<std::int64_t>(commands)),
        banks(config.dramBanked != 0
                  ? static_cast<std::size_t>(config.dramBanks)
                  : 1) {}

  /// Grants all bursts before \p limit, one by one.
  void runUntil(Cycle limit) {
    while (true) {
      const std::array<Cycle, 4> ready{engines[0].ready(), engines[1].ready(),
                                       engines[2].ready(), fetching.ready()};
      const Cycle at =
          std::max(*std::min_element(ready.begin(), ready.end()), busFree);
      if (at >= limit || at >= npu::never)
        return;
      do
        last = (last + 1) % 4;
      while (ready[static_cast<std::size_t>(last)] > at);
      const bool isFetch = last == npu::fetchRequester;
      const npu::Burst burst =
          isFetch ? fetching.burst() : engines[last].burst();
      const Cycle beats = dram.beats(burst.address, burst.bytes);
      const Cycle done = dram.serve(burst.address, beats, at,
                                    isFetch ? npu::Direction::Read
                                            : engines[last].direction());
      busFree = at + beats;
      note(burst.address, at, busFree);
      if (isFetch)
        fetching.granted(at);
      else
        engines[last].granted(at, done);
    }
  }

  void start(const npu::Command &command, Cycle at) {
    engines[npu::requesterOf(npu::queueOf(command))].begin(command, at);
  }

  void dispatch(Cycle at) { fetching.dispatched(at); }

  std::vector<std::vector<Bursts>> take() { return std::move(banks); }

private:
  void note(std::uint64_t address, Cycle begin, Cycle end) {
    const auto row = address / static_cast<std::uint64_t>(config.dramRowBytes);
    std::vector<Bursts> &bank = banks[row % banks.size()];
    if (bank.empty() || begin - bank.back().end > gap)
      bank.push_back({begin, end, 0});
    bank.back().end = end;
    ++bank.back().count;
  }

  npu::Config config;
  Cycle gap;
  npu::Dram dram;
  std::array<npu::DmaTiming, 3> engines;
  npu::FetchTiming fetching;
  int last = npu::fetchRequester;
  Cycle busFree = 0;
  std::vector<std::vector<Bursts>> banks;
};

} // namespace

std::vector<std::vector<Bursts>>
memoryTimesOf(std::span<const npu::Command> commands,
              const npu::Timeline &timeline, const npu::Machine &machine,
              npu::Cycle gap) {
  // What the bus hears of: the dispatch of a command, or its start.
  struct Event {
    Cycle time;
    std::size_t command;
    bool isStart;
  };
  std::vector<Event> events;
  for (std::size_t n = 0; n < commands.size(); ++n) {
    events.push_back({timeline.records[n].dispatched, n, false});
    if (npu::requesterOf(npu::queueOf(commands[n])) >= 0)
      events.push_back({timeline.records[n].start, n, true});
  }
  std::sort(events.begin(), events.end(), [](const Event &a, const Event &b) {
    return std::tie(a.time, a.isStart, a.command) <
           std::tie(b.time, b.isStart, b.command);
  });
  BusWatcher bus(commands.size(), machine, gap);
  for (const Event &event : events) {
    bus.runUntil(event.time);
    if (event.isStart)
      bus.start(commands[event.command], event.time);
    else
      bus.dispatch(event.time);
  }
  bus.runUntil(npu::never);
  return bus.take();
}

} // namespace glowplug::npusim
