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

/// One memory behind one bus that reads and writes share. Ideal: every burst
/// takes the same latency. Banked: bursts to one bank are served in order, and
/// a burst to a row that is not open waits until it is.
class Dram {
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
    Cycle start = at;
    if (banked) {
      const std::uint64_t row = address >> rowShift;
      Bank &bank = banks[row & bankMask];
      start = start > bank.free ? start : bank.free;
      if (bank.open != row) {
        start += missCycles;
        bank.open = row;
      }
      bank.free = start + beats;
    }
    const Cycle data = start + latency > dataFree ? start + latency : dataFree;
    dataFree = data + beats;
    return dataFree;
  }

private:
  struct Bank {
    Cycle free = 0;
    std::uint64_t open = UINT64_MAX;
  };

  int busShift, rowShift;
  std::uint64_t bankMask;
  bool banked;
  Cycle latency, missCycles;
  Cycle dataFree = 0;
  std::vector<Bank> banks;
};

} // namespace glowplug::npu
