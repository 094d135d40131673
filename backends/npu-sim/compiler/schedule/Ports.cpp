// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Lets one queue after the other use each port.

#include "backends/npu-sim/compiler/schedule/Ports.h"

#include <bit>

namespace glowplug::npusim {

void Ports::take(PortOfBank &ports, std::uint64_t banks, StepId number,
                 int queue, std::vector<StepId> &earlier) {
  for (; banks != 0; banks &= banks - 1) {
    StepOfQueue &users = ports[std::countr_zero(banks)].users;
    for (int q = 0; q < npu::queueCount; ++q)
      if (q != queue && users[q] >= 0)
        earlier.push_back(users[q]);
    // What other queues did has retired by now.
    users = noSteps;
    users[queue] = number;
  }
}

void Ports::add(StepId number, const npu::Command &command,
                std::vector<StepId> &earlier) {
  const npu::BankUse use = npu::bankUseOf(command, config);
  const int queue = npu::headerOf(command).queue;
  take(reads, use.frontReads | use.streamReads, number, queue, earlier);
  take(writes, use.writes, number, queue, earlier);
  take(sumReads, use.sumReads, number, queue, earlier);
  take(sumWrites, use.sumWrites, number, queue, earlier);
  // The front of a command works while the one before it streams.
  for (std::uint64_t banks = use.frontReads; banks != 0; banks &= banks - 1)
    if (const StepId other = streams[std::countr_zero(banks)].users[queue];
        other >= 0)
      earlier.push_back(other);
  for (std::uint64_t banks = use.streamReads; banks != 0; banks &= banks - 1)
    streams[std::countr_zero(banks)].users[queue] = number;
}

} // namespace glowplug::npusim
