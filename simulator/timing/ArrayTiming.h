// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The time that the systolic array takes for its commands.

#pragma once

#include "simulator/isa/Command.h"
#include "simulator/timing/Dram.h"

namespace glowplug::npu {

/// When a command leaves its engine's front, and when it has retired.
struct Span {
  Cycle frontFree; ///< the next command of the queue may issue
  Cycle end;       ///< its results stand
};

/// `sync` takes a cycle in any queue.
constexpr Span spanOfSync(Cycle issue) { return {issue + 1, issue + 1}; }

/// Cycles from the last input row until its sums stand in the accumulator: the
/// scratchpad and the zero points 2, the array 2 R - 1, the accumulator 2.
constexpr Cycle arrayLatency(const Config &config) {
  return 2 * Cycle(config.arrayRows) + 3;
}

/// Weights of a block shift in while the block before it is multiplied:
///   load(n)     = max(issue, load_end(n-1), multiply(n-1))
///   multiply(n) = max(load_end(n), multiply(n-1) + rows(n-1))
class ArrayTiming {
public:
  explicit ArrayTiming(const Config &config) : config(config) {}

  /// Takes the next command of queue `matrix`, issued at \p issue.
  Span issue(const Command &command, Cycle issue);

private:
  Span next(const Matmul &command, Cycle issue);

  Config config;
  Cycle loadEnd = 0, multiply = 0, rows = 0;
};

} // namespace glowplug::npu
