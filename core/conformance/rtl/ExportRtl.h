// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A folder of cases for testbenches.

#pragma once

#include "core/conformance/run/RunSuite.h"

namespace glowplug::conformance {

struct RtlTotals {
  size_t exported = 0;
  size_t leftOut =
      0;             ///< Cases that hardware cannot be given, or not judged by.
  size_t failed = 0; ///< Cases of which the plugin broke a rule.
  uint64_t commands = 0;
  std::map<std::string, uint64_t> unitCommands;
};

/// Writes the cases of level 1 that \p request plans, each into a folder of its
/// name below the one of the request, and index.json with what was left out and
/// why. The folder is there whole, or not at all; it must not be there before,
/// or be empty. Equal requests give equal bytes. Nothing, if the run was
/// stopped. Faults: `usage` if the plugin has no group "replay" or no case can
/// be exported, `backend` if the plugin cannot be opened, `resources` if files
/// cannot be written.
llvm::Expected<std::optional<RtlTotals>> exportRtl(const SuiteRequest &request);

} // namespace glowplug::conformance
