// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where an engine's time went.

#include "simulator/timing/Stalls.h"

#include "simulator/timing/ArrayTiming.h"

#include <algorithm>
#include <utility>

namespace glowplug::npu {

Cycle workEnd(const Command &command, const Record &record,
              const Config &config) {
  if (std::holds_alternative<Sync>(command))
    return record.frontFree;
  switch (queueOf(command)) {
  case Queue::Matrix:
    return record.end - arrayLatency(config);
  case Queue::Vector:
    return record.end - config.vectorPipeCycles;
  default:
    return record.frontFree;
  }
}

std::array<QueueTime, queueCount> stallsOf(std::span<const Command> commands,
                                           const Timeline &timeline,
                                           const Config &config) {
  std::array<QueueTime, queueCount> times{};
  std::array<const Record *, queueCount> last{};
  std::array<Cycle, queueCount> free{}; // no command is at work from here on
  for (std::size_t n = 0; n < commands.size(); ++n) {
    const Header &header = headerOf(commands[n]);
    const Record &record = timeline.records[n];
    QueueTime &time = times[header.queue];
    const Record *before = std::exchange(last[header.queue], &record);
    Cycle &at = free[header.queue];
    if (record.start > at) {
      // What became true last is what the command waited for; the earlier
      // causes have the time until they were met. It issues in the cycle after
      // at the earliest, and then starts.
      const auto met = [&](Cycle cycle, Cycle since) {
        return std::clamp(cycle + wakeCycles, since, record.start);
      };
      const Cycle inQueue = met(record.dispatched, at);
      const Cycle drained =
          header.drain != 0 && before ? met(before->end, inQueue) : inQueue;
      time.fetch += inQueue - at;
      time.drain += drained - inQueue;
      time.semaphore += record.start - drained;
      at = record.start;
    }
    const Cycle end = std::max(at, workEnd(commands[n], record, config));
    time.busy += end - at;
    at = end;
  }
  for (int queue = 0; queue < queueCount; ++queue)
    times[queue].finished = timeline.cycles - free[queue];
  return times;
}

} // namespace glowplug::npu
