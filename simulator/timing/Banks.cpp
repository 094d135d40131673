// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Counts the accesses that conflict on the memories' ports.

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
  if (first == second)
    return fmt::format("bank conflict: command {} reads bank {} of the {} "
                       "twice at a time",
                       first, bank, memory);
  return fmt::format("bank conflict: commands {} and {} both {} bank {} of "
                     "the {}",
                     first, second, write ? "write" : "read", bank, memory);
}

std::vector<BankConflict> findBankConflicts(std::span<const Command> commands,
                                            const Timeline &timeline,
                                            const Config &config) {
  std::vector<BankConflict> found;
  const auto add = [&](std::int64_t first, std::int64_t second, Space space,
                       bool write, std::uint64_t banks) {
    for (; banks != 0; banks &= banks - 1)
      found.push_back({first, second, space, write, std::countr_zero(banks)});
  };

  std::vector<std::int64_t> order(commands.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](auto a, auto b) {
    const Cycle startA = timeline.records[a].start;
    const Cycle startB = timeline.records[b].start;
    return std::pair(startA, a) < std::pair(startB, b);
  });
  struct Active {
    std::int64_t number;
    BankUse use;
  };
  std::array<std::vector<Active>, queueCount> active;
  for (std::int64_t number : order) {
    const Record &record = timeline.records[number];
    const BankUse use = bankUseOf(commands[number], config);
    const int queue = headerOf(commands[number]).queue;
    add(number, number, Space::Scratchpad, false, use.twice);
    for (int q = 0; q < queueCount; ++q) {
      std::erase_if(active[q], [&](const Active &a) {
        return timeline.records[a.number].end <= record.start;
      });
      for (const Active &other : active[q]) {
        if (q == queue) {
          add(other.number, number, Space::Scratchpad, false,
              other.use.streamReads & use.frontReads);
          continue;
        }
        add(other.number, number, Space::Scratchpad, false,
            (other.use.streamReads | other.use.frontReads) &
                (use.streamReads | use.frontReads));
        add(other.number, number, Space::Scratchpad, true,
            other.use.writes & use.writes);
        add(other.number, number, Space::Accumulator, false,
            other.use.sumReads & use.sumReads);
        add(other.number, number, Space::Accumulator, true,
            other.use.sumWrites & use.sumWrites);
      }
    }
    active[queue].push_back({number, use});
  }
  return found;
}

} // namespace glowplug::npu
