// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Who has to wait for whom, kept to the least: a vector clock over queues.

#pragma once

#include "simulator/isa/Config.h"

#include <array>
#include <cstdint>
#include <vector>

namespace glowplug::npusim {

/// The number of a step, in the order in which they were added.
using StepId = std::int32_t;

/// For each queue one of its steps, or -1.
using StepOfQueue = std::array<StepId, npu::queueCount>;
inline constexpr StepOfQueue noSteps = {-1, -1, -1, -1, -1};

class Clocks {
public:
  /// What a step waits for.
  struct Waits {
    /// For each other queue, the last of its steps that has to retire before
    /// this one starts. What follows from others of these is left out.
    StepOfQueue steps = noSteps;
    /// Whether the steps before it in its own queue have to retire as well.
    bool drains = false;
  };

  /// Adds a step of \p queue that starts after all of \p earlier have retired.
  Waits add(int queue, std::vector<StepId> earlier);

  StepId count() const { return static_cast<StepId>(queues.size()); }
  StepId lastOf(int queue) const { return last[queue]; }
  int queueOf(StepId step) const { return queues[step]; }

private:
  std::vector<int> queues;
  std::vector<StepOfQueue> known; ///< to have retired when a step starts
  StepOfQueue last = noSteps;
};

} // namespace glowplug::npusim
