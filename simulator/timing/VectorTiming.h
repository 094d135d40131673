// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The time that the vector unit and the depthwise engine take.

#pragma once

#include "simulator/timing/ArrayTiming.h"

namespace glowplug::npu {

/// What a command of queue `vector` takes; nothing for `sync`.
struct VectorCycles {
  Cycle parameters = 0; ///< parameters, tables and weights are read before it
  Cycle stream = 0;     ///< it holds the pipe
};
VectorCycles vectorCycles(const Command &command, const Config &config);

/// Parameters have two register files, so they load while the command before
/// streams:
///   load(n)   = max(start, load_end(n-1), stream(n-1))
///   stream(n) = max(load_end(n), stream(n-1) + cycles(n-1))
class VectorTiming {
public:
  explicit VectorTiming(const Config &config) : config(config) {}

  /// Takes the next command of queue `vector`, which starts at \p start.
  Span begin(const Command &command, Cycle start);

private:
  Config config;
  Cycle loadEnd = 0, stream = 0, streamed = 0;
};

} // namespace glowplug::npu
