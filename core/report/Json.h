// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A report as the figures that commands print.

#pragma once

#include "core/report/Report.h"

#include <nlohmann/json_fwd.hpp>

namespace glowplug::report {

/// An object with the keys cycles, host_ms, macs, utilization, bank_conflicts,
/// layers and stalls, as docs/reference/simulation.md says; device_ms too where
/// the clock is known. Figures that do not exist are null.
nlohmann::ordered_json toJson(const Report &report);

} // namespace glowplug::report
