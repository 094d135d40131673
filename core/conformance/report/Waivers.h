// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Failures that somebody answers for, for a while.

#pragma once

#include "core/conformance/record/JsonObject.h"
#include "core/conformance/report/Dates.h"
#include "core/conformance/report/Globs.h"

namespace glowplug::conformance {

/// Says that some cases fail with some versions of one plugin, why, and for how
/// long. The fields are those of the file;
/// docs/reference/conformance-report.md.
struct Waiver {
  std::string id;
  std::vector<std::string> cases; ///< Globs.
  std::string plugin;             ///< Its name.
  std::string versions;           ///< As VersionRange::parse() takes it.
  std::string kind;   ///< "hardware-erratum", "test-bug" or "spec-gap"
  std::string reason; ///< For readers of the report.
  std::string issue;  ///< A URL.
  std::string approvedBy;
  Date approved = {};
  Date expires = {};  ///< The last day; at most a year after `approved`.
  Globs globs;        ///< `cases`, parsed.
  VersionRange range; ///< `versions`, parsed.
};

enum class WaiverState : uint8_t {
  applies,
  expired,
  notYet, ///< The day of approval is still to come.
  otherPlugin,
  otherVersion,
};

/// "applies", "other_plugin"
std::string waiverStateName(WaiverState state);

/// Whether \p waiver applies to the plugin on \p date.
WaiverState stateOf(const Waiver &waiver, llvm::StringRef plugin,
                    llvm::StringRef version, Date date);

/// A file of waivers: {"schema": 1, "waivers": [...]}. Errors, of kind `model`,
/// begin with \p place and name the waiver and the field.
llvm::Expected<std::vector<Waiver>> parseWaivers(llvm::StringRef text,
                                                 llvm::StringRef place);

Json toJson(const Waiver &waiver);
/// Reads what toJson() writes from \p fields, and leaves what else is in it to
/// the caller, who finishes it.
Waiver readWaiver(ObjectReader &fields);

} // namespace glowplug::conformance
