// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds accesses to the same bytes that no semaphore orders.
//
// Every command has a clock: for each queue, how many of its commands have
// surely retired when the command starts. The tokens of a semaphore come from
// one queue in order, so the n-th token taken implies that the command that
// gave it has retired, and with it all commands that this one knew of.

#include "simulator/device/RaceDetector.h"

#include "simulator/device/RaceCells.h"
#include "simulator/isa/Access.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace glowplug::npu {

namespace {

using Clock = std::array<std::int32_t, queueCount>;

void join(Clock &clock, const Clock &other) {
  for (int q = 0; q < queueCount; ++q)
    clock[q] = std::max(clock[q], other[q]);
}

/// The clocks of all commands, in program order.
class Clocks {
public:
  explicit Clocks(std::span<const Command> commands) {
    std::array<Clock, queueCount> starts{}, ends{};
    std::array<std::int32_t, queueCount> counts{};
    std::array<Tokens, semaphores> tokens;
    for (const Command &command : commands) {
      const Header &header = headerOf(command);
      const int queue = header.queue;
      Clock start = starts[queue];
      if (header.drain != 0)
        join(start, ends[queue]);
      for (int i = 0; i < 3; ++i)
        if (header.waitCount[i] != 0)
          join(start, tokens[header.waitSem[i]].take(header.waitCount[i]));
      starts[queue] = start;
      startClocks.push_back(start);
      join(ends[queue], start);
      ends[queue][queue] = ++counts[queue];
      numbers.push_back(counts[queue]);
      for (int i = 0; i < 3; ++i)
        if (header.signalCount[i] != 0)
          tokens[header.signalSem[i]].give(header.signalCount[i], ends[queue]);
    }
  }

  /// Whether \p first has retired before \p second starts.
  bool retiredBefore(std::int64_t first, int queue, std::int64_t second) const {
    return startClocks[second][queue] >= numbers[first];
  }

private:
  struct Tokens {
    std::int64_t given = 0, taken = 0;
    std::vector<std::pair<std::int64_t, Clock>> gifts;
    std::size_t next = 0;

    void give(int count, const Clock &clock) {
      given += count;
      gifts.emplace_back(given, clock);
    }
    Clock take(int count) {
      taken += count;
      while (next + 1 < gifts.size() && gifts[next].first < taken)
        ++next;
      return gifts.empty() ? Clock{} : gifts[next].second;
    }
  };

  std::vector<Clock> startClocks;
  std::vector<std::int32_t> numbers; ///< place within the queue, from 1 on
};

/// Who last wrote and read a byte, or a row of the accumulator.
struct Cell {
  std::int32_t writer = -1;
  std::array<std::int32_t, queueCount> readers{-1, -1, -1, -1, -1};
  friend bool operator==(const Cell &, const Cell &) = default;
};

/// Makes one run of runs that follow each other without a gap.
Access joined(Access access) {
  for (int i = 0; i < 4; ++i) {
    if (access.count[i] == 1)
      continue;
    if (access.step[i] != access.run)
      break;
    access.run *= access.count[i];
    access.count[i] = 1;
  }
  return access;
}

class Detector {
public:
  Detector(std::span<const Command> commands, const Config &config,
           std::size_t most)
      : commands(commands), config(config), most(most), clocks(commands) {}

  std::vector<Race> run() {
    for (std::size_t n = 0; n < commands.size() && races.size() < most; ++n) {
      const AccessList list = accessesOf(commands[n], config);
      for (const bool write : {false, true})
        for (const Access &access : list)
          if (access.write == write)
            visit(static_cast<std::int32_t>(n), access);
    }
    return std::move(races);
  }

private:
  void visit(std::int32_t number, const Access &given) {
    const Access access = joined(given);
    walkRuns(access, [&](std::int64_t at) {
      visitRun(number, access, at);
      return true;
    });
  }

  void visitRun(std::int32_t number, const Access &access, std::int64_t begin) {
    const auto see = [&](Cell &cell, std::int64_t at) {
      visitCell(number, access, cell, at);
    };
    const std::int64_t end = begin + access.run;
    switch (access.space) {
    case Space::Scratchpad:
      return scratchpad.visit(begin, end, see);
    case Space::Accumulator:
      return accumulator.visit(begin, end, see);
    case Space::Dram:
      return dram[access.base].visit(begin, end, see);
    }
  }

  void visitCell(std::int32_t number, const Access &access, Cell &cell,
                 std::int64_t at) {
    const int queue = headerOf(commands[number]).queue;
    if (cell.writer >= 0 && cell.writer != number) {
      const int before = headerOf(commands[cell.writer]).queue;
      // Within a queue, writes and sums keep their order.
      const bool inOrder =
          before == queue && (access.write || access.accumulates);
      if (!inOrder && !clocks.retiredBefore(cell.writer, before, number))
        report(access.write ? Race::Kind::WriteAfterWrite
                            : Race::Kind::ReadAfterWrite,
               cell.writer, number, access, at);
    }
    if (!access.write) {
      cell.readers[queue] = number;
      return;
    }
    for (int q = 0; q < queueCount; ++q)
      if (q != queue && cell.readers[q] >= 0 &&
          !clocks.retiredBefore(cell.readers[q], q, number))
        report(Race::Kind::WriteAfterRead, cell.readers[q], number, access, at);
    cell.writer = number;
    cell.readers.fill(-1);
  }

  void report(Race::Kind kind, std::int64_t first, std::int64_t second,
              const Access &access, std::int64_t at) {
    if (races.size() >= most || !reported.insert({first, second}).second)
      return;
    std::string place;
    switch (access.space) {
    case Space::Scratchpad:
      place = fmt::format("scratchpad byte {}", at);
      break;
    case Space::Accumulator:
      place = fmt::format("accumulator row {}", at);
      break;
    case Space::Dram:
      place = fmt::format("byte {} of base {}", at, access.base);
      break;
    }
    races.push_back({kind, first, second, std::move(place)});
  }

  std::span<const Command> commands;
  const Config &config;
  std::size_t most;
  Clocks clocks;
  RaceCells<Cell, 16> scratchpad; ///< most rows begin at multiples of 16
  RaceCells<Cell, 1> accumulator;
  std::array<RaceCells<Cell, 16>, baseRegisters> dram;
  std::set<std::pair<std::int64_t, std::int64_t>> reported;
  std::vector<Race> races;
};

} // namespace

std::string Race::message() const {
  switch (kind) {
  case Kind::ReadAfterWrite:
    return fmt::format("race: command {} reads {}, which command {} may not "
                       "have written yet",
                       second, place, first);
  case Kind::WriteAfterRead:
    return fmt::format("race: command {} writes {}, which command {} may "
                       "still read",
                       second, place, first);
  case Kind::WriteAfterWrite:
    break;
  }
  return fmt::format("race: command {} writes {}, which command {} may still "
                     "write",
                     second, place, first);
}

std::vector<Race> findRaces(std::span<const Command> commands,
                            const Config &config, std::size_t most) {
  return Detector(commands, config, most).run();
}

} // namespace glowplug::npu
