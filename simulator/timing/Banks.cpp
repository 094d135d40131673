// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Conflicts on the ports of the memories' banks.

#include "simulator/timing/Banks.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <numeric>

namespace glowplug::npu {

/// Banks of \p size that [low, high) touches.
static std::uint64_t banksOf(std::int64_t low, std::int64_t high,
                             std::int64_t size) {
  const int first = static_cast<int>(low / size);
  const int last = static_cast<int>((high - 1) / size);
  return (~std::uint64_t(0) >> (63 - (last - first))) << first;
}

/// Banks that an access touches. Dimensions that step over whole banks are
/// followed; the others are taken with the gaps between their runs.
static std::uint64_t banksOf(Access access, std::int64_t size) {
  for (int i = 0; i < 4; ++i) {
    if (access.count[i] == 1 || std::abs(access.step[i]) < size)
      continue;
    Access one = access;
    one.count[i] = 1;
    std::uint64_t banks = 0;
    for (std::int64_t n = 0; n < access.count[i]; ++n) {
      banks |= banksOf(one, size);
      one.begin += access.step[i];
    }
    return banks;
  }
  return banksOf(access.low(), access.high(), size);
}

static bool isFront(std::string_view field) {
  return field == "weight_addr" || field == "weight_zp_addr" ||
         field == "param_addr" || field == "table_addr";
}

BankUse bankUseOf(const Command &command, const Config &config) {
  BankUse use;
  const bool isMatmul = std::holds_alternative<Matmul>(command);
  for (const Access &access : accessesOf(command, config)) {
    if (access.space == Space::Accumulator) {
      const std::uint64_t banks = banksOf(access, config.accumulatorBankRows);
      if (access.write)
        use.sumWrites |= banks;
      if (!access.write || access.accumulates)
        use.sumReads |= banks;
    } else if (access.space == Space::Scratchpad) {
      const std::uint64_t banks = banksOf(access, config.scratchpadBankBytes);
      if (access.write) {
        use.writes |= banks;
      } else if (isFront(access.field)) {
        use.frontReads |= banks;
      } else {
        use.twice |= use.streamReads & banks;
        use.streamReads |= banks;
      }
    }
  }
  // The weights of the next block are read while the rows of one stream.
  if (isMatmul)
    use.twice |= use.streamReads & use.frontReads;
  return use;
}

std::string BankConflict::message() const {
  const char *memory =
      space == Space::Accumulator ? "accumulator" : "scratchpad";
  const auto name = [](Queue queue) {
    return queueNames[static_cast<std::size_t>(queue)];
  };
  if (first == second)
    return fmt::format("bank conflict: command {} ({}) reads bank {} of the {} "
                       "twice at a time",
                       first, name(firstQueue), bank, memory);
  return fmt::format("bank conflict: commands {} ({}) and {} ({}) both {} bank "
                     "{} of the {}",
                     first, name(firstQueue), second, name(secondQueue),
                     write ? "write" : "read", bank, memory);
}

void BankWatch::start(std::int64_t number, const Command &command, Cycle start,
                      std::vector<BankConflict> &found) {
  const BankUse use = bankUseOf(command, config);
  const Queue queue = queueOf(command);
  const auto add = [&](std::int64_t first, int firstQueue, Space space,
                       bool write, std::uint64_t banks) {
    for (; banks != 0; banks &= banks - 1)
      found.push_back({first, number, static_cast<Queue>(firstQueue), queue,
                       space, write, std::countr_zero(banks)});
  };
  const int own = static_cast<int>(queue);
  add(number, own, Space::Scratchpad, false, use.twice);
  for (int q = 0; q < queueCount; ++q) {
    std::erase_if(running[q],
                  [&](const Running &other) { return other.end + 1 < start; });
    for (const Running &other : running[q]) {
      if (q == own) {
        add(other.number, q, Space::Scratchpad, false,
            other.use.streamReads & use.frontReads);
        continue;
      }
      add(other.number, q, Space::Scratchpad, false,
          (other.use.streamReads | other.use.frontReads) &
              (use.streamReads | use.frontReads));
      add(other.number, q, Space::Scratchpad, true,
          other.use.writes & use.writes);
      add(other.number, q, Space::Accumulator, false,
          other.use.sumReads & use.sumReads);
      add(other.number, q, Space::Accumulator, true,
          other.use.sumWrites & use.sumWrites);
    }
  }
  running[own].push_back({number, never, use});
}

void BankWatch::end(int queue, std::int64_t number, Cycle end) {
  const auto place =
      std::find_if(running[queue].begin(), running[queue].end(),
                   [&](const Running &one) { return one.number == number; });
  if (place != running[queue].end())
    place->end = end;
}

std::vector<BankConflict> findBankConflicts(std::span<const Command> commands,
                                            const Timeline &timeline,
                                            const Config &config) {
  std::vector<std::int64_t> order(commands.size());
  std::iota(order.begin(), order.end(), 0);
  // A queue starts one command in a cycle.
  const auto key = [&](std::int64_t number) {
    return std::pair(timeline.records[number].start,
                     headerOf(commands[number]).queue);
  };
  std::sort(order.begin(), order.end(),
            [&](auto a, auto b) { return key(a) < key(b); });
  std::vector<BankConflict> found;
  BankWatch watch(config);
  for (const std::int64_t number : order) {
    const Record &record = timeline.records[number];
    watch.start(number, commands[number], record.start, found);
    watch.end(headerOf(commands[number]).queue, number, record.end);
  }
  return found;
}

std::optional<Fault> findBankFault(std::span<const Command> commands,
                                   const Timeline &timeline,
                                   const Config &config) {
  const auto found = findBankConflicts(commands, timeline, config);
  if (found.empty())
    return std::nullopt;
  return Fault{found.front().message()};
}

} // namespace glowplug::npu
