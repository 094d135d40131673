// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A report as one page for people.

#pragma once

#include "core/conformance/report/Diff.h"

namespace glowplug::conformance {

/// \p report as one HTML file that needs nothing from outside: it can be
/// mailed, archived and printed, and its tables are there without its script.
/// \p history: what changed since an earlier report, if that is known.
std::string htmlPage(const Report &report, const Diff *history = nullptr);

} // namespace glowplug::conformance
