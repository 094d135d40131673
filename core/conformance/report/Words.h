// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What people read of a case, in pages and in JUnit.

#pragma once

#include "core/conformance/report/Report.h"

namespace glowplug::conformance {

/// "L1 ops"
std::string levelTitle(Level level);

/// "not supported"
std::string verdictTitle(Verdict verdict);

/// The measurement that breaks its rule most; null if none does.
const Measurement *worstOf(const CaseRecord &record);

/// Why \p one did not pass, in one line.
std::string summaryOf(const JudgedCase &one);

/// All that a developer needs to know of a failure, in lines.
std::string detailsOf(const JudgedCase &one);

/// The command that runs \p record again, alone.
std::string commandOf(const CaseRecord &record, const Identity &identity);

} // namespace glowplug::conformance
