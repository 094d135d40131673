// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Which earlier steps a step must not overtake.

#pragma once

#include "backends/npu-sim/compiler/schedule/Clocks.h"
#include "simulator/isa/Access.h"

#include <map>
#include <span>

namespace glowplug::npusim {

/// Remembers what steps touched, in program order. Ranges are kept by bytes; a
/// strided access counts as the ranges of its outer dimensions, with the gaps
/// between its runs: too much rather than too little.
class Hazards {
public:
  /// Numbers of the steps that have to end before the step \p number of \p
  /// queue, with its \p accesses, may start; of its own queue only those whose
  /// results it reads. May repeat numbers.
  std::vector<StepId> add(StepId number, int queue,
                          std::span<const npu::Access> accesses);

private:
  /// Bytes with one history, from the key of the map to `end`.
  struct Range {
    std::int64_t end = 0;
    StepId writer = -1; ///< the last one
    int writerQueue = -1;
    bool writerAccumulates = false;
    StepOfQueue readers = noSteps; ///< the last ones since then
  };
  using Ranges = std::map<std::int64_t, Range>;

  void touch(Ranges &ranges, std::int64_t begin, std::int64_t end,
             const npu::Access &access);
  void touch(const npu::Access &access);

  Ranges scratchpad, accumulator;
  std::array<Ranges, npu::baseRegisters> dram;

  // The step that is being added.
  StepId id = 0;
  int queue = 0;
  std::vector<StepId> found;
};

} // namespace glowplug::npusim
