// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The program order of steps: that in which they would start.

#pragma once

#include "backends/npu-sim/compiler/schedule/Steps.h"

#include "simulator/timing/Replay.h"

namespace glowplug::npusim {

/// When each step starts on a machine with endless queues whose DMA engines
/// share the bus one transfer at a time: an estimate.
std::vector<npu::Cycle> estimateStarts(const std::vector<Step> &steps,
                                       const npu::Config &config);

/// \p steps in the order of \p starts. A step that waits for another starts
/// after it, so the order is legal; it keeps the order within each queue. With
/// it, a full queue seldom holds up a step that could run.
std::vector<Step> orderByStart(const std::vector<Step> &steps,
                               const std::vector<npu::Cycle> &starts);

} // namespace glowplug::npusim
