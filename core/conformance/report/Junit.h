// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Reports for what shows tests of any kind.

#pragma once

#include "core/conformance/report/Report.h"

namespace glowplug::conformance {

/// \p report in the form of JUnit: one suite for each level that has cases.
/// Wrong results are failures, crashes, timeouts and the like are errors,
/// refusals and waived failures are skipped. A case that did not run is an
/// error in a suite of its own.
std::string junitText(const Report &report);

} // namespace glowplug::conformance
