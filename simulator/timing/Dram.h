// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The memory: when the data of a burst have passed.

#pragma once

#include "hw/spec/Isa.h"

#include <vector>

namespace glowplug::npu {

/// A time or a number of cycles.
using Cycle = std::int64_t;

/// A time that never comes.
inline constexpr Cycle never = INT64_MAX / 4;

/// One memory on one bus that reads and writes share. Ideal: every burst takes
/// the same latency. Banked: bursts to one bank are served in order, and a
/// burst to a row that is not open waits until it is.
class Dram {
  struct Bank {
    Cycle free = 0;
    std::uint64_t open = UINT64_MAX;
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
  Cycle serve(std::uint64_t address, Cycle beats, Cycle at) {
    return Row(*this, address).serve(beats, at);
  }

  /// Bytes from \p address to the end of its row.
  std::uint64_t toRowEnd(std::uint64_t address) const {
    return (((address >> rowShift) + 1) << rowShift) - address;
  }

  /// Takes bursts to one row, with the memory's state at hand while it lives.
  class Row {
  public:
    Row(Dram &dram, std::uint64_t address)
        : dram(dram),
          bank(dram.banks[(address >> dram.rowShift) & dram.bankMask]),
          row(address >> dram.rowShift), latency(dram.latency),
          dataFree(dram.dataFree) {
      if (!dram.banked)
        return;
      bankFree = bank.free;
      opening = bank.open == row ? 0 : dram.missCycles;
    }
    Row(const Row &) = delete;
    Row &operator=(const Row &) = delete;
    ~Row() {
      dram.dataFree = dataFree;
      if (dram.banked)
        bank = {bankFree, row};
    }

    /// As Dram::serve. The bus is never earlier than the end of the beats
    /// before, so without banks bankFree has no effect.
    Cycle serve(Cycle beats, Cycle at) {
      const Cycle start = (at > bankFree ? at : bankFree) + opening;
      opening = 0;
      bankFree = start + beats;
      const Cycle data = start + latency;
      dataFree = (data > dataFree ? data : dataFree) + beats;
      return dataFree;
    }

  private:
    Dram &dram;
    Bank &bank;
    std::uint64_t row;
    Cycle latency, dataFree;
    Cycle bankFree = 0, opening = 0;
  };

private:
  int busShift, rowShift;
  std::uint64_t bankMask;
  bool banked;
  Cycle latency, missCycles;
  Cycle dataFree = 0;
  std::vector<Bank> banks;
};

} // namespace glowplug::npu
