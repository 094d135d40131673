// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Follows which command waits for which.

#include "simulator/timing/Deadlock.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace glowplug::npu {

Fault explainOverflow(std::int64_t command, int semaphore) {
  return Fault{fmt::format("command {}: semaphore {} overflows: it would count "
                           "over {}",
                           command, semaphore, semaphoreLimit)};
}

/// The first command that has not issued and signals \p semaphore, or -1.
static std::int64_t findSignaller(const Standstill &s, int semaphore) {
  for (std::size_t i = 0; i < s.commands.size(); ++i) {
    const auto n = static_cast<std::int64_t>(i);
    const Header &header = headerOf(s.commands[i]);
    const std::int64_t head = s.heads[header.queue];
    if (n < s.dispatched && (head < 0 || n < head))
      continue;
    for (int k = 0; k < 3; ++k)
      if (header.signalSem[k] == semaphore && header.signalCount[k] != 0)
        return n;
  }
  return -1;
}

/// The semaphore that \p header lacks most simply: its first unmet wait.
static int findUnmetWait(const Standstill &s, const Header &header) {
  for (int i = 0; i < 3; ++i) {
    int need = 0;
    for (int k = 0; k < 3; ++k)
      if (header.waitSem[k] == header.waitSem[i])
        need += header.waitCount[k];
    if (header.waitCount[i] != 0 &&
        s.semaphores.count(header.waitSem[i]) < need)
      return header.waitSem[i];
  }
  return -1;
}

Fault explainDeadlock(const Standstill &s) {
  const auto begin = std::find_if(s.heads.begin(), s.heads.end(),
                                  [](std::int64_t head) { return head >= 0; });
  if (begin == s.heads.end())
    return Fault{"deadlock: no queue holds a command"};
  std::string text = "deadlock";
  std::vector<std::int64_t> seen;
  std::int64_t at = *begin;
  while (std::find(seen.begin(), seen.end(), at) == seen.end()) {
    seen.push_back(at);
    const Header &header = headerOf(s.commands[at]);
    const int semaphore = findUnmetWait(s, header);
    text += fmt::format("{}command {} of {} waits for semaphore {}",
                        seen.size() == 1 ? ": " : "; ", at,
                        queueNames[header.queue], semaphore);
    const std::int64_t signaller = findSignaller(s, semaphore);
    if (signaller < 0)
      return Fault{text + ", which no command is left to signal"};
    text += fmt::format(", which command {} would signal", signaller);
    int queue = headerOf(s.commands[signaller]).queue;
    if (signaller >= s.dispatched) {
      // Fetched in order, it comes after the one that finds its queue full.
      queue = headerOf(s.commands[s.dispatched]).queue;
      text += fmt::format("; command {} waits for the full queue {}",
                          s.dispatched, queueNames[queue]);
    } else if (signaller != s.heads[queue]) {
      text += fmt::format("; that is queued behind command {}", s.heads[queue]);
    }
    at = s.heads[queue];
  }
  return Fault{text + fmt::format("; and so on from command {}", at)};
}

} // namespace glowplug::npu
