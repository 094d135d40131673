// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Runs to report on.

#pragma once

#include "core/report/Report.h"

namespace glowplug::testing {

/// 1000 cycles on a machine of 10 multiply-adds per cycle; two layers, one of
/// which has a name that means something to pages and scripts.
Simulation sampleRun();

/// The sample run, then one of 500 cycles with the same tracks in another
/// order, both on the backend "npu".
std::vector<PartSimulation> twoParts();

} // namespace glowplug::testing
