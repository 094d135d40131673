// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The time that a DMA engine takes.

#include "simulator/timing/DmaTiming.h"

#include "simulator/isa/Access.h"

#include <algorithm>
#include <bit>

namespace glowplug::npu {

static int lineShiftOf(const Config &config) {
  return std::countr_zero(static_cast<unsigned>(lineBytes(config)));
}

template <typename T>
void BurstWalker::begin(const T &command, const Bases &bases,
                        const Config &config) {
  lineShift = lineShiftOf(config);
  dramStart = dram =
      bases[command.dramBase] + static_cast<std::uint64_t>(command.dramOffset);
  spadStart = spad = command.spadAddr;
  left = run = command.run;
  for (int i = 0; i < 4; ++i) {
    count[i] = command.count[i];
    dramStep[i] = command.dramStep[i];
    spadStep[i] = command.spadStep[i];
  }
}

BurstWalker::BurstWalker(const Load &command, const Bases &bases,
                         const Config &config) {
  begin(command, bases, config);
}

BurstWalker::BurstWalker(const Store &command, const Bases &bases,
                         const Config &config) {
  begin(command, bases, config);
}

void BurstWalker::nextRun() {
  for (int i = 0; i < 4; ++i) {
    if (++at[i] < count[i]) {
      dramStart += static_cast<std::uint64_t>(dramStep[i]);
      spadStart += spadStep[i];
      dram = dramStart;
      spad = spadStart;
      left = run;
      return;
    }
    at[i] = 0;
    dramStart -= static_cast<std::uint64_t>((count[i] - 1) * dramStep[i]);
    spadStart -= (count[i] - 1) * spadStep[i];
  }
}

/// The sum of \p cyclesOf over all runs, by their addresses in \p a and \p b,
/// which have the same counts.
template <typename F>
static Cycle sumOverRuns(const Access &a, const Access &b, std::int64_t line,
                         F cyclesOf) {
  // Whole lines from run to run along a dimension: every run costs the same.
  std::array<std::int64_t, 4> walked = a.count;
  Cycle total = 0, factor = 1;
  for (int i = 0; i < 4; ++i)
    if (a.count[i] == 1 || (a.step[i] % line == 0 && b.step[i] % line == 0)) {
      factor *= a.count[i];
      walked[i] = 1;
    }
  const auto at = [](const Access &access,
                     const std::array<std::int64_t, 4> &i) {
    return access.begin + i[0] * access.step[0] + i[1] * access.step[1] +
           i[2] * access.step[2] + i[3] * access.step[3];
  };
  std::array<std::int64_t, 4> i{};
  for (i[3] = 0; i[3] < walked[3]; ++i[3])
    for (i[2] = 0; i[2] < walked[2]; ++i[2])
      for (i[1] = 0; i[1] < walked[1]; ++i[1])
        for (i[0] = 0; i[0] < walked[0]; ++i[0])
          total += cyclesOf(at(a, i), at(b, i));
  return total * factor;
}

Cycle localCycles(const Command &command, const Config &config) {
  const AccessList sides = accessesOf(command, config); // one or two
  const int shift = lineShiftOf(config);
  const Access &a = sides[0], &b = sides[sides.size() - 1];
  return sumOverRuns(
      a, b, lineBytes(config), [&](std::int64_t atA, std::int64_t atB) {
        return std::max(linesOf(atA, a.run, shift), linesOf(atB, b.run, shift));
      });
}

DmaTiming::DmaTiming(const Config &config, const Bases &bases)
    : config(config), bases(bases),
      finished(static_cast<std::size_t>(config.dmaOutstanding)),
      grants(static_cast<std::size_t>(config.dmaStoreBursts)) {}

/// Constants pass the pipe of the copies: their writes never meet.
Span DmaTiming::local(const Command &command, Cycle start) {
  localEnd = std::max(start, localEnd) + localCycles(command, config);
  return {localEnd, localEnd + config.dmaCopyCycles};
}

template <typename T>
void DmaTiming::beginBursts(const T &command, Cycle start) {
  walker = BurstWalker(command, bases, config);
  isStore = T::opcode == Opcode::Store;
  started = start;
  prepare();
}

std::optional<Span> DmaTiming::begin(const Command &command, Cycle start) {
  if (const auto *load = std::get_if<Load>(&command))
    beginBursts(*load, start);
  else if (const auto *store = std::get_if<Store>(&command))
    beginBursts(*store, start);
  else if (std::holds_alternative<Sync>(command))
    return spanOfSync(start);
  else
    return local(command, start);
  return std::nullopt;
}

} // namespace glowplug::npu
