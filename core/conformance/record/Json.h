// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Records of cases as JSON: one line of a journal, or a part of a report.
/// docs/reference/conformance-report.md has the fields.

#pragma once

#include "core/conformance/record/JsonObject.h"
#include "core/conformance/record/Record.h"

namespace glowplug::conformance {

/// "L1" as a level; nothing for other text.
std::optional<Level> parseLevel(llvm::StringRef name);

/// "finished", "not_applicable"
std::string endingName(Ending ending);
/// Nothing for other text.
std::optional<Ending> parseEnding(llvm::StringRef name);

/// All of \p record but its seconds, which differ from run to run.
Json toJson(const CaseRecord &record);

/// Reads what toJson() writes from \p fields, and leaves what else is in it to
/// the caller, who finishes it. Its messages name the case.
CaseRecord readRecord(ObjectReader &fields);

/// \p record with its seconds, as a line without a line feed.
std::string toLine(const CaseRecord &record);
/// Reads such a line. The error names case and field.
llvm::Expected<CaseRecord> recordOfLine(llvm::StringRef line);

} // namespace glowplug::conformance
