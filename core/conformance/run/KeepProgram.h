// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A failure as files that show it alone.

#pragma once

#include "core/conformance/run/SuiteCase.h"

namespace glowplug::conformance {

/// Writes \p sample, which the plugin computes wrongly, into \p folder
/// (core/locate/WriteCase.h). It is made smaller if the judge of core/locate
/// finds it wrong too, whose rule is wider; if not, `repro.c` has the limits of
/// this suite.
llvm::Error keepProgram(const ProgramSample &sample, const Subject &subject,
                        const std::string &folder);

} // namespace glowplug::conformance
