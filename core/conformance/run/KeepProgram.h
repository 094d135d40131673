// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A failure as files that show it alone.

#pragma once

#include "core/conformance/run/SuiteCase.h"

namespace glowplug {
struct Case;
}

namespace glowplug::conformance {

/// Writes \p wrong into \p folder (core/locate/WriteCase.h), with the schedule
/// that the plugin makes of it, if it makes any.
llvm::Error keepCase(const Case &wrong, const Subject &subject,
                     const std::string &folder);

/// Does so with \p sample, which the plugin computes wrongly. It is made
/// smaller if the judge of core/locate finds it wrong too, whose rule is wider;
/// if not, `repro.c` has the limits of this suite, and \p found: what a call of
/// the plugin failed with, or nothing.
llvm::Error keepProgram(const ProgramSample &sample, const Subject &subject,
                        const std::string &found, const std::string &folder);

/// Does so with what \p program makes of the seed of the record. Where nothing
/// is wrong with its outputs, but with a schedule or a record of its run, it
/// stays as it is.
SuiteCase::Keep keeperOf(std::shared_ptr<const ProgramCase> program);

} // namespace glowplug::conformance
