// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The time that the systolic array takes for its commands.

#pragma once

#include "simulator/isa/Command.h"
#include "simulator/timing/Dram.h"

namespace glowplug::npu {

/// When a command leaves its engine's front, and when it could retire.
struct Span {
  Cycle frontFree; ///< the next command of the queue may start
  Cycle end;       ///< its results stand
};

/// From the end of a command to the earliest start of one that waited for it:
/// its signals count one cycle later, and what issues then starts in the next.
inline constexpr Cycle wakeCycles = 2;

/// `sync` takes a cycle in any queue.
constexpr Span spanOfSync(Cycle start) { return {start + 1, start + 1}; }

/// Cycles from the last input row until its sums stand in the accumulator.
constexpr Cycle arrayLatency(const Config &config) {
  return Cycle(config.arrayMeshCycles) * config.arrayRows +
         config.arrayPipeCycles;
}

/// Weights of a block shift in while the block before it is multiplied:
///   load(n)     = max(start, load_end(n-1), multiply(n-1))
///   multiply(n) = max(load_end(n), multiply(n-1) + rows(n-1))
class ArrayTiming {
public:
  explicit ArrayTiming(const Config &config) : config(config) {}

  /// Takes the next command of queue `matrix`, which starts at \p start.
  Span begin(const Command &command, Cycle start);

private:
  Span next(const Matmul &command, Cycle start);

  Config config;
  Cycle loadEnd = 0, multiply = 0, rows = 0;
};

} // namespace glowplug::npu
