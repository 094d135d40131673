// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Whether a report says what follows from its figures.

#pragma once

#include "core/conformance/report/ReportJson.h"

namespace glowplug::conformance {

/// What is wrong with a report. None: it says what follows from its figures.
struct Verification {
  std::vector<std::string> errors; ///< Sentences; each names case or field.
  std::vector<std::string> notes;  ///< What a reader should know.
  std::optional<Report> report;    ///< As it should be, if it can be read.
};

/// Reads \p text strictly and derives everything again: verdicts, waivers,
/// totals, coverage, profiles and the result.
Verification verifyReport(llvm::StringRef text, llvm::StringRef place);

/// Adds to \p verification whether the plugin's library at \p path is the one
/// that the report is of.
void verifyPlugin(Verification &verification, const std::string &path);

} // namespace glowplug::conformance
