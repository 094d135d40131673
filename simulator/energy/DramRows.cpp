// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which commands have rows of DRAM opened: the bus once more, with the times
// known at which commands are dispatched and start.

#include "simulator/energy/DramRows.h"

#include <algorithm>
#include <tuple>

namespace glowplug::npu {

namespace {

class RowWatcher {
public:
  RowWatcher(std::span<const Command> commands, const Machine &machine)
      : commands(commands), bus(machine.config, machine.bases,
                                machine.programBase, std::ssize(commands)),
        rows(commands.size()) {}

  /// Grants all bursts before \p limit.
  void runUntil(Cycle limit) {
    while (const auto grant = bus.runUntil(limit)) {
      const int requester = grant->requester;
      const std::size_t command =
          requester == fetchRequester ? fetched++ : active[requester];
      const std::int64_t opened = bus.rowsOpened(requester);
      rows[command] += opened - before[requester];
      before[requester] = opened;
    }
  }

  void dispatch(Cycle at) { bus.fetch().dispatched(at); }

  void start(std::size_t command, Cycle at) {
    const int requester = requesterOf(queueOf(commands[command]));
    active[requester] = command;
    bus.dma(requester).begin(commands[command], at);
  }

  std::vector<std::int64_t> take() { return std::move(rows); }

private:
  std::span<const Command> commands;
  Bus bus;
  std::size_t fetched = 0;
  std::array<std::size_t, 3> active{};  ///< the command of each DMA engine
  std::array<std::int64_t, 4> before{}; ///< rows of earlier commands
  std::vector<std::int64_t> rows;
};

} // namespace

std::vector<std::int64_t> rowsOpenedBy(std::span<const Command> commands,
                                       const Timeline &timeline,
                                       const Machine &machine) {
  if (machine.config.dramBanked == 0)
    return std::vector<std::int64_t>(commands.size());
  // What the bus hears of: the dispatch of a command, or its start.
  struct Event {
    Cycle time;
    bool isStart;
    std::size_t command;
  };
  std::vector<Event> events;
  for (std::size_t n = 0; n < commands.size(); ++n) {
    events.push_back({timeline.records[n].dispatched, false, n});
    if (requesterOf(queueOf(commands[n])) >= 0)
      events.push_back({timeline.records[n].start, true, n});
  }
  std::sort(events.begin(), events.end(), [](const Event &a, const Event &b) {
    return std::tie(a.time, a.isStart, a.command) <
           std::tie(b.time, b.isStart, b.command);
  });
  RowWatcher watcher(commands, machine);
  for (const Event &event : events) {
    watcher.runUntil(event.time);
    if (event.isStart)
      watcher.start(event.command, event.time);
    else
      watcher.dispatch(event.time);
  }
  watcher.runUntil(never);
  return watcher.take();
}

} // namespace glowplug::npu
