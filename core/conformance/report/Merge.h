// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Shards of one run as one report.

#pragma once

#include "core/conformance/report/Report.h"

namespace glowplug::conformance {

/// A shard, and what messages call it: its path.
struct NamedRun {
  std::string name;
  RunData run;
};

/// The report of the run that \p shards are all parts of: but for environment
/// and timing the same as that of an undivided run. Faults, of kind `usage`: a
/// shard is missing or there twice, a case did not run, or the shards are not
/// of one run; the message names the field and both values.
llvm::Expected<Report> mergeShards(std::vector<NamedRun> shards);

} // namespace glowplug::conformance
