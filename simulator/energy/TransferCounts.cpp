// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The actions of the DMA engines' commands, burst by burst or run by run.

#include "simulator/energy/CommandCounts.h"
#include "simulator/isa/Access.h"

#include <bit>

namespace glowplug::npu {

void addBeats(Direction direction, std::int64_t beats, std::int64_t bytes,
              const Config &config, Counts &counts) {
  const bool writes = direction == Direction::Write;
  counts[writes ? Action::BusWriteBeat : Action::BusReadBeat] += beats;
  counts[writes ? Action::DramWriteByte : Action::DramReadByte] +=
      beats * config.dramBytesPerCycle;
  counts[writes ? Action::DramUsefulWriteByte : Action::DramUsefulReadByte] +=
      bytes;
}

/// Of a transfer, or of one of its sides.
template <typename T>
static std::int64_t runsOf(const T &c) {
  return std::int64_t(c.count[0]) * c.count[1] * c.count[2] * c.count[3];
}

/// A load or store. Where a base register points does not matter, as it holds a
/// multiple of a burst.
template <typename T>
static void addBursts(const T &c, Direction direction, Action lines,
                      const Config &config, Counts &counts) {
  const Dram dram(config);
  std::int64_t bursts = 0, beats = 0, bytes = 0, touched = 0;
  for (BurstWalker walker(c, {}, config); !walker.done(); ++bursts) {
    const Burst burst = walker.next();
    beats += dram.beats(burst.address, burst.bytes);
    bytes += burst.bytes;
    touched += burst.lines;
  }
  counts[Action::DmaRun] += runsOf(c);
  counts[Action::DmaBurst] += bursts;
  counts[Action::DmaLine] += touched;
  counts[lines] += touched;
  addBeats(direction, beats, bytes, config, counts);
}

void addActions(const Load &c, const Config &config, Counts &counts) {
  addBursts(c, Direction::Read, Action::ScratchpadLoadWrite, config, counts);
}

void addActions(const Store &c, const Config &config, Counts &counts) {
  addBursts(c, Direction::Write, Action::ScratchpadStoreRead, config, counts);
}

/// Lines that the runs of \p access touch, each run by itself.
static std::int64_t linesOfRuns(const Access &access, const Config &config) {
  const std::int64_t line = lineBytes(config);
  const int shift = std::countr_zero(static_cast<unsigned>(line));
  // Whole lines from run to run along a dimension: every run touches as many.
  std::array<std::int64_t, 4> walked = access.count;
  std::int64_t factor = 1, lines = 0;
  for (int i = 0; i < 4; ++i)
    if (access.step[i] % line == 0) {
      factor *= access.count[i];
      walked[i] = 1;
    }
  std::array<std::int64_t, 4> i{};
  for (i[3] = 0; i[3] < walked[3]; ++i[3])
    for (i[2] = 0; i[2] < walked[2]; ++i[2])
      for (i[1] = 0; i[1] < walked[1]; ++i[1])
        for (i[0] = 0; i[0] < walked[0]; ++i[0])
          lines += linesOf(access.begin + i[0] * access.step[0] +
                               i[1] * access.step[1] + i[2] * access.step[2] +
                               i[3] * access.step[3],
                           access.run, shift);
  return lines * factor;
}

void addLocalTransfer(const Command &command, const Config &config,
                      Counts &counts) {
  const AccessList accesses = accessesOf(command, config);
  bool reads = false;
  for (const Access &access : accesses)
    reads |= !access.write;
  for (const Access &access : accesses) {
    const std::int64_t lines = linesOfRuns(access, config);
    counts[Action::DmaLine] += lines;
    counts[!access.write ? Action::ScratchpadCopyRead
           : reads       ? Action::ScratchpadCopyWrite
                         : Action::ScratchpadFillWrite] += lines;
    if (access.write)
      counts[Action::DmaRun] += runsOf(access);
  }
}

} // namespace glowplug::npu
