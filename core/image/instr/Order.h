// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What is ordered before what in an instr program, and whether it can
/// deadlock.

#pragma once

#include "core/image/instr/instr_generated.h"
#include "core/image/instr/machine_generated.h"

#include "llvm/Support/Error.h"

#include <cstdint>
#include <vector>

namespace glowplug::instr {

/// The order of the instructions of one program.
class Order {
public:
  /// Runs the queues of \p machine without time. Instructions only wait for
  /// others, so what can end in one timing can end in every timing: either all
  /// instructions end, or the error says which wait for one another. Engines
  /// and waits of \p program are in range.
  static llvm::Expected<Order> compute(const Program &program,
                                       const machine::Machine &machine);

  /// All instructions, each after those that are ordered before it.
  const std::vector<uint32_t> &sequence() const { return ended; }

  /// Whether \p before ends before \p after begins, in every timing.
  bool isBefore(uint32_t before, uint32_t after) const {
    return clocks[after * engines + engineOf[before]] >= positions[before];
  }
  uint32_t engine(uint32_t instruction) const { return engineOf[instruction]; }

private:
  size_t engines = 0;
  std::vector<uint32_t> engineOf;
  std::vector<uint32_t> positions; // on their engine, from 1
  std::vector<uint32_t> ended;
  /// Per instruction and engine: how many of the engine's instructions have
  /// ended for sure when it begins.
  std::vector<uint32_t> clocks;
};

} // namespace glowplug::instr
