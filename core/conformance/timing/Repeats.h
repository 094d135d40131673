// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Whether two simulated runs say the same.

#pragma once

#include "core/conformance/record/Record.h"
#include "core/runtime/Simulation.h"

namespace glowplug::conformance {

/// Holds all records of \p again against those of \p first, but for the time
/// that the host took. \p subject: "second run".
Measurement compareRuns(const Simulation &again, const Simulation &first,
                        const std::string &subject);

} // namespace glowplug::conformance
