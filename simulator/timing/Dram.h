// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The memory: when the data of a burst have passed.

#pragma once

#include "hw/spec/Isa.h"

#include <algorithm>
#include <vector>

namespace glowplug::npu {

/// A time or a number of cycles.
using Cycle = std::int64_t;

/// A time that never comes.
inline constexpr Cycle never = INT64_MAX / 4;

enum class Direction : std::uint8_t { Read, Write };

/// One memory on one bus that reads and writes share. Bursts to one bank are
/// served in order, and a burst to a row that is not open waits until it is.
/// Ideal memory has one bank and all rows open. A refresh delays what would
/// begin in it, and closes all rows.
class Dram {
  struct Bank {
    Cycle free = 0;
    std::uint64_t open = UINT64_MAX;
    Cycle refresh = never; ///< the first one after the bank's last burst
  };

public:
  explicit Dram(const Config &config);

  /// Cycles that \p bytes from \p address on take on the bus: the aligned
  /// words of its width that they touch.
  Cycle beats(std::uint64_t address, std::int64_t bytes) const {
    const auto last = address + static_cast<std::uint64_t>(bytes) - 1;
    return static_cast<Cycle>((last >> busShift) - (address >> busShift)) + 1;
  }

  /// Takes a burst at time \p at; calls come in order of time. Returns the
  /// cycle in which its last beat has passed.
  Cycle serve(std::uint64_t address, Cycle beats, Cycle at,
              Direction direction) {
    return Row(*this, address, direction).serve(beats, at);
  }

  /// Rows that bursts had to open so far; none in ideal memory.
  std::int64_t rowsOpened() const { return isBanked ? opened : 0; }

  /// Bytes from \p address to the end of its row.
  std::uint64_t toRowEnd(std::uint64_t address) const {
    return (((address >> rowShift) + 1) << rowShift) - address;
  }

  /// Takes bursts in one direction to one row, one at least, with the memory's
  /// state at hand while it lives.
  class Row {
  public:
    Row(Dram &dram, std::uint64_t address, Direction direction)
        : dram(dram),
          bank(dram.banks[(address >> dram.rowShift) & dram.bankMask]),
          row(address >> dram.rowShift), latency(dram.latency),
          dataFree(dram.dataFree), refreshAt(bank.refresh), bankFree(bank.free),
          opens(bank.open != row) {
      if (dram.hasServed && direction != dram.direction)
        dataFree += dram.turnaround;
      dram.direction = direction;
      dram.hasServed = true;
    }
    Row(const Row &) = delete;
    Row &operator=(const Row &) = delete;
    ~Row() {
      dram.dataFree = dataFree;
      dram.opened += opened;
      bank = {bankFree, row, refreshAt};
    }

    /// As Dram::serve.
    Cycle serve(Cycle beats, Cycle at) {
      Cycle begin = at > bankFree ? at : bankFree;
      if (begin >= refreshAt)
        begin = afterRefresh(begin);
      begin += opens ? dram.missCycles : 0;
      opened += opens;
      opens = false;
      bankFree = begin + beats;
      const Cycle data = begin + latency;
      dataFree = (data > dataFree ? data : dataFree) + beats;
      return dataFree;
    }

  private:
    /// Since the bank's last burst there was a refresh, or one is going on.
    Cycle afterRefresh(Cycle begin) {
      const Cycle last = begin / dram.refreshInterval * dram.refreshInterval;
      refreshAt = last + dram.refreshInterval;
      opens = true;
      return std::max(begin, last + dram.refreshCycles);
    }

    Dram &dram;
    Bank &bank;
    std::uint64_t row;
    Cycle latency, dataFree, refreshAt, bankFree;
    std::int64_t opened = 0;
    bool opens; ///< the next burst finds the row closed
  };

private:
  int busShift, rowShift;
  std::uint64_t bankMask;
  bool isBanked;
  bool hasServed = false;
  Direction direction = Direction::Read; ///< of the last burst
  Cycle latency;
  Cycle missCycles; ///< 0 for ideal memory
  Cycle turnaround, refreshInterval, refreshCycles;
  Cycle dataFree = 0;
  std::int64_t opened = 0;
  std::vector<Bank> banks;
};

} // namespace glowplug::npu
