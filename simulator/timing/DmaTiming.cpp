// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The time that a DMA engine takes.

#include "simulator/timing/DmaTiming.h"

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

/// Sum over all runs of \p cyclesOf(address a, address b).
template <typename F>
static Cycle sumOverRuns(const std::array<std::int32_t, 4> &count,
                         const std::array<std::int32_t, 4> &stepA,
                         const std::array<std::int32_t, 4> &stepB,
                         std::int64_t a, std::int64_t b, std::int64_t line,
                         F cyclesOf) {
  const auto whole = [&](int i) {
    return count[i] == 1 || (stepA[i] % line == 0 && stepB[i] % line == 0);
  };
  // Whole lines from run to run along a dimension: every run costs the same.
  Cycle total = 0, factor = 1;
  std::array<std::int32_t, 4> walked = count;
  for (int i = 0; i < 4; ++i)
    if (whole(i)) {
      factor *= count[i];
      walked[i] = 1;
    }
  for (std::int64_t i3 = 0; i3 < walked[3]; ++i3)
    for (std::int64_t i2 = 0; i2 < walked[2]; ++i2)
      for (std::int64_t i1 = 0; i1 < walked[1]; ++i1)
        for (std::int64_t i0 = 0; i0 < walked[0]; ++i0)
          total += cyclesOf(a + i0 * stepA[0] + i1 * stepA[1] + i2 * stepA[2] +
                                i3 * stepA[3],
                            b + i0 * stepB[0] + i1 * stepB[1] + i2 * stepB[2] +
                                i3 * stepB[3]);
  return total * factor;
}

Cycle localCycles(const Copy &command, const Config &config) {
  const int shift = lineShiftOf(config);
  return sumOverRuns(command.count, command.srcStep, command.dstStep,
                     command.srcAddr, command.dstAddr, lineBytes(config),
                     [&](std::int64_t source, std::int64_t target) {
                       return std::max(linesOf(source, command.run, shift),
                                       linesOf(target, command.run, shift));
                     });
}

Cycle localCycles(const Fill &command, const Config &config) {
  const int shift = lineShiftOf(config);
  return sumOverRuns(command.count, command.dstStep, {}, command.dstAddr, 0,
                     lineBytes(config), [&](std::int64_t target, std::int64_t) {
                       return linesOf(target, command.run, shift);
                     });
}

DmaTiming::DmaTiming(const Config &config, const Bases &bases)
    : config(config), bases(bases),
      finished(static_cast<std::size_t>(config.dmaOutstanding)),
      grants(static_cast<std::size_t>(config.dmaStoreBursts)) {}

Span DmaTiming::local(Cycle cycles, Cycle latency, Cycle issue) {
  localEnd = std::max(issue, localEnd) + cycles;
  return {localEnd, localEnd + latency};
}

Span DmaTiming::issue(const Copy &command, Cycle issue) {
  return local(localCycles(command, config), 3, issue);
}

Span DmaTiming::issue(const Fill &command, Cycle issue) {
  return local(localCycles(command, config), 1, issue);
}

void DmaTiming::start(const Load &command, Cycle issue) {
  walker = BurstWalker(command, bases, config);
  isStore = false;
  issued = issue;
  prepare();
}

void DmaTiming::start(const Store &command, Cycle issue) {
  walker = BurstWalker(command, bases, config);
  isStore = true;
  issued = issue;
  prepare();
}

} // namespace glowplug::npu
