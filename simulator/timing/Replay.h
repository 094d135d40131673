// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Runs a program through the timing contract, without data.

#pragma once

#include "simulator/isa/Command.h"
#include "simulator/isa/Result.h"
#include "simulator/timing/Bus.h"

#include <span>

namespace glowplug::npu {

/// A machine with its registers set.
struct Machine {
  Config config;
  Bases bases{};
  std::uint64_t programBase = 0; ///< where the first command lies
};

/// The life of one command. The engine is that of its queue, and the sequence
/// number its place in the program.
struct Record {
  Cycle dispatched = 0; ///< enters its queue
  Cycle start = 0;      ///< its engine begins, one cycle after it issues
  Cycle frontFree = 0;  ///< the next command of its queue could start
  Cycle end = 0;        ///< retires; its signals count from the next cycle on
  friend bool operator==(const Record &, const Record &) = default;
};

struct Timeline {
  std::vector<Record> records; ///< one for each command, in program order
  Cycle cycles = 0;            ///< when the last command has retired
};

/// The timeline of \p commands on \p machine. The commands are as checkCommand
/// wants them; what they do with semaphores need not be sound: an overflow or
/// a deadlock is a fault, and the latter names the circle of waiting.
Result<Timeline> replay(std::span<const Command> commands,
                        const Machine &machine);

} // namespace glowplug::npu
