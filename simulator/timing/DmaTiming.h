// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a DMA engine takes: its requests to memory as a function of the
/// answers, and its transfers within the scratchpad.

#pragma once

#include "simulator/isa/Config.h"
#include "simulator/timing/ArrayTiming.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace glowplug::npu {

/// Addresses that the base registers hold; multiples of 64.
using Bases = std::array<std::uint64_t, baseRegisters>;

/// One request: bytes within 64 aligned ones.
struct Burst {
  std::uint64_t address = 0;
  std::int64_t bytes = 0;
  Cycle lines = 0; ///< lines of the scratchpad that it touches
};

/// Lines of the scratchpad that \p bytes from \p address on touch.
inline Cycle linesOf(std::int64_t address, std::int64_t bytes, int lineShift) {
  return ((address + bytes - 1) >> lineShift) - (address >> lineShift) + 1;
}

/// The bursts of a load or store, in the order of its runs.
class BurstWalker {
public:
  BurstWalker() = default;
  BurstWalker(const Load &command, const Bases &bases, const Config &config);
  BurstWalker(const Store &command, const Bases &bases, const Config &config);

  bool done() const { return left == 0; }
  /// The next burst; not after the last one.
  Burst next();

  /// How many of the next bursts are whole and belong to the run of the burst
  /// before them, without the last of the run: none if that burst ended its
  /// run, since the next one may begin in another row of DRAM. They all touch
  /// as many lines.
  std::int64_t evenBursts() const {
    return left != run && dram % burstBytes == 0 ? (left - 1) / burstBytes : 0;
  }
  /// Goes past \p bursts of evenBursts() but the last of them, which it gives.
  Burst skip(std::int64_t bursts) {
    const std::int64_t bytes = (bursts - 1) * burstBytes;
    dram += static_cast<std::uint64_t>(bytes);
    spad += bytes;
    left -= bytes;
    return next();
  }

private:
  template <typename T>
  void begin(const T &command, const Bases &bases, const Config &config);
  void nextRun();

  std::uint64_t dramStart = 0, dram = 0;
  std::int64_t spadStart = 0, spad = 0;
  std::int64_t run = 0, left = 0; ///< bytes of a run, and still to go of it
  int lineShift = 4;
  std::array<std::int32_t, 4> count{}, at{};
  std::array<std::int64_t, 4> dramStep{}, spadStep{};
};

/// Cycles that a transfer within the scratchpad takes: one for each run and
/// line, the greater of both sides if it has two.
Cycle localCycles(const Command &command, const Config &config);

/// One DMA engine. Loads and stores want the bus until their last burst is
/// granted; the times of all other commands are known at once.
class DmaTiming {
public:
  DmaTiming(const Config &config, const Bases &bases);

  /// Takes the next command of its queue, which starts at \p start. No times
  /// for loads and stores: see granted().
  std::optional<Span> begin(const Command &command, Cycle start);

  /// The earliest time at which the next burst may be granted, or never.
  Cycle ready() const { return readyAt; }
  const Burst &burst() const { return current; }
  Direction direction() const {
    return isStore ? Direction::Write : Direction::Read;
  }

  /// The bus takes burst() at \p at and its data have passed at \p done.
  /// Returns whether it was the last of the command; then span() is known.
  bool granted(Cycle at, Cycle done);
  Span span() const { return result; }

  /// Does as granted() for this burst and those that follow, as long as they
  /// are alike and their times before \p bound: \p at is the time of the first,
  /// \p free becomes when the bus is free again. Never takes the last burst of
  /// a command, and maybe none at all.
  void takeAlike(Dram &dram, Cycle at, Cycle bound, Cycle &free) {
    if (isStore)
      take<true>(dram, at, bound, free);
    else
      take<false>(dram, at, bound, free);
  }

private:
  template <bool isStore>
  void take(Dram &dram, Cycle at, Cycle bound, Cycle &free);
  template <typename T>
  void beginBursts(const T &command, Cycle start);
  Span local(const Command &command, Cycle start);
  void prepare();

  Config config;
  Bases bases;
  BurstWalker walker;
  Burst current;
  Span result{};
  bool isStore = false;
  Cycle readyAt = never;
  Cycle started = 0;  ///< start of the current command
  Cycle granting = 0; ///< when the last burst was granted
  Cycle localEnd = 0; ///< the last cycle in which the port is used
  /// For each burst under way: when its buffer is free again, and when it was
  /// granted. Rings over all commands of the engine.
  std::vector<Cycle> finished, grants;
  std::size_t finishedAt = 0, grantsAt = 0;
};

// Once for every burst of a program: inline.

inline Burst BurstWalker::next() {
  const auto room = static_cast<std::int64_t>(burstBytes - dram % burstBytes);
  const std::int64_t bytes = std::min(left, room);
  const Burst burst{dram, bytes, linesOf(spad, bytes, lineShift)};
  dram += static_cast<std::uint64_t>(bytes);
  spad += bytes;
  left -= bytes;
  if (left == 0)
    nextRun();
  return burst;
}

inline void DmaTiming::prepare() {
  current = walker.next();
  readyAt = std::max({started, granting, finished[finishedAt]}) + 1;
  if (!isStore)
    return;
  localEnd = std::max({localEnd, started, grants[grantsAt]}) + current.lines;
  readyAt = std::max(readyAt, localEnd + 1);
}

inline bool DmaTiming::granted(Cycle at, Cycle done) {
  granting = at;
  Cycle end = done;
  if (isStore) {
    grants[grantsAt] = at;
    grantsAt = grantsAt + 1 == grants.size() ? 0 : grantsAt + 1;
  } else {
    localEnd = std::max(localEnd, done) + current.lines;
    end = localEnd;
  }
  finished[finishedAt] = end;
  finishedAt = finishedAt + 1 == finished.size() ? 0 : finishedAt + 1;
  if (!walker.done()) {
    prepare();
    return false;
  }
  readyAt = never;
  result = {at + 2, end + 1};
  return true;
}

/// The same as granted() and prepare() in turn, with all state in registers.
template <bool isStore>
void DmaTiming::take(Dram &dram, Cycle at, Cycle bound, Cycle &free) {
  const auto inRow = static_cast<std::int64_t>(
      (dram.toRowEnd(current.address) + burstBytes - 1) / burstBytes);
  const std::int64_t most = std::min(walker.evenBursts(), inRow);
  if (most == 0)
    return;
  const Burst burst = current;
  const Burst even = BurstWalker(walker).next();
  Cycle beats = dram.beats(burst.address, burst.bytes);
  const Cycle evenBeats = dram.beats(even.address, even.bytes);
  Cycle *const finishedRing = finished.data(), *const grantRing = grants.data();
  const std::size_t finishedSize = finished.size(), grantSize = grants.size();
  std::size_t finishedNow = finishedAt, grantNow = grantsAt;
  Cycle port = localEnd, ready = readyAt, lines = burst.lines;
  std::int64_t taken = 0;
  {
    Dram::Row row(dram, burst.address, direction());
    do {
      const Cycle done = row.serve(beats, at);
      granting = at;
      free = at + beats;
      Cycle end = done;
      if (isStore) {
        grantRing[grantNow] = at;
        grantNow = grantNow + 1 == grantSize ? 0 : grantNow + 1;
      } else {
        port = std::max(port, done) + lines;
        end = port;
      }
      finishedRing[finishedNow] = end;
      finishedNow = finishedNow + 1 == finishedSize ? 0 : finishedNow + 1;
      beats = evenBeats;
      lines = even.lines;
      ready = std::max(at, finishedRing[finishedNow]) + 1;
      if (isStore) {
        port = std::max({port, started, grantRing[grantNow]}) + lines;
        ready = std::max(ready, port + 1);
      }
      at = std::max(ready, free);
    } while (++taken < most && at < bound);
  }
  finishedAt = finishedNow;
  grantsAt = grantNow;
  localEnd = port;
  readyAt = ready;
  current = walker.skip(taken);
}

} // namespace glowplug::npu
