// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the records of one simulated run have to say, besides the rules that
/// hold for each record by itself: core/runtime refuses those that break these.

#pragma once

#include "core/conformance/record/Record.h"
#include "core/conformance/timing/Work.h"
#include "core/runtime/Simulation.h"

namespace glowplug::conformance {

/// One measurement per rule that says anything of \p run, which has spans and
/// buffers. \p work: of the program; nothing if it is not known.
std::vector<Measurement> judgeRun(const Simulation &run,
                                  const std::optional<MacBounds> &work);

} // namespace glowplug::conformance
