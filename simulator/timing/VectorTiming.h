// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The time that the vector unit and the depthwise engine take.

#pragma once

#include "simulator/timing/ArrayTiming.h"

namespace glowplug::npu {

/// Cycles of the pipe from a row's read to its write: scratchpad 1, zero point
/// and bias 1, scales of A and B 3, operation 1, output scale 3, limits 1,
/// table 1, write 1.
inline constexpr Cycle vectorLatency = 12;

/// Cycles by which the tree of taps precedes the pipe.
inline constexpr Cycle depthwiseFill = 4;

/// What a command of queue `vector` takes; nothing for `sync`.
struct VectorCycles {
  Cycle parameters = 0; ///< parameters, tables and weights are read before it
  Cycle stream = 0;     ///< it holds the pipe
};
VectorCycles vectorCycles(const Command &command, const Config &config);

/// Parameters have two register files, so they load while the command before
/// streams:
///   load(n)   = max(issue, load_end(n-1), stream(n-1))
///   stream(n) = max(load_end(n), stream(n-1) + cycles(n-1))
class VectorTiming {
public:
  explicit VectorTiming(const Config &config) : config(config) {}

  /// Takes the next command of queue `vector`, issued at \p issue.
  Span issue(const Command &command, Cycle issue);

private:
  Config config;
  Cycle loadEnd = 0, stream = 0, streamed = 0;
};

} // namespace glowplug::npu
