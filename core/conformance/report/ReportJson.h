// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Reports as JSON: docs/reference/conformance-report.schema.json.

#pragma once

#include "core/conformance/report/Report.h"

namespace glowplug::conformance {

/// Of the format; a report of another one is not read.
inline constexpr uint64_t reportSchema = 1;

/// All of \p report. Two runs of the same thing differ in "environment" and
/// "timing" alone.
Json toJson(const Report &report);

/// \p json as the text of a report: sorted keys, and one line for each case and
/// for each element of another list. Ends with a line feed.
std::string reportText(const Json &json);

/// The facts in \p text, not what somebody derived from them. Errors, of kind
/// `model`, begin with \p place and name case and field.
llvm::Expected<RunData> readRunText(llvm::StringRef text,
                                    llvm::StringRef place);
/// The same of what parseJson() gave.
llvm::Expected<RunData> readRun(const Json &json, const std::string &place);

} // namespace glowplug::conformance
