// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where an engine's time went.

#include "simulator/timing/Stalls.h"

#include "simulator/timing/ArrayTiming.h"

#include <algorithm>

namespace glowplug::npu {

std::array<QueueTime, queueCount> stallsOf(std::span<const Command> commands,
                                           const Timeline &timeline) {
  std::array<QueueTime, queueCount> times{};
  std::array<const Record *, queueCount> last{};
  for (std::size_t n = 0; n < commands.size(); ++n) {
    const Header &header = headerOf(commands[n]);
    const Record &record = timeline.records[n];
    QueueTime &time = times[header.queue];
    Cycle at = 0;
    if (const Record *before = last[header.queue]) {
      time.busy += before->frontFree - before->start;
      at = before->frontFree;
    }
    // What became true last is what the command waited for; the earlier causes
    // have the time until they were met.
    // It issues in the cycle after at the earliest, and then starts.
    const Cycle inQueue =
        std::clamp(record.dispatched + wakeCycles, at, record.start);
    time.fetch += inQueue - at;
    const Record *before = last[header.queue];
    const Cycle drained =
        header.drain != 0 && before
            ? std::clamp(before->end + wakeCycles, inQueue, record.start)
            : inQueue;
    time.drain += drained - inQueue;
    time.semaphore += record.start - drained;
    last[header.queue] = &record;
  }
  for (int queue = 0; queue < queueCount; ++queue) {
    const Record *record = last[queue];
    if (record)
      times[queue].busy += record->end - record->start;
    times[queue].finished = timeline.cycles - (record ? record->end : 0);
  }
  return times;
}

} // namespace glowplug::npu
