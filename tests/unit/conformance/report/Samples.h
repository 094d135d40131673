// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Runs that are made up, of a plugin called "sample".

#pragma once

#include "core/conformance/report/Report.h"

namespace glowplug::conformance {

/// A full run in which all passes: 8-bit cases of every rule of the profile
/// INT8 under tosa_single (fp32_rne is refused, as the manifest says), L0
/// cases, and one that is not applicable.
RunData sampleRun();

/// A case of that run; it has to be there.
CaseRecord &caseOf(RunData &run, const std::string &name);

/// Makes the case fail with a wrong element, or end in some other way.
void makeWrong(CaseRecord &record);
void makeEnd(CaseRecord &record, Ending ending, const std::string &message);

/// The part of \p run that is shard \p shard of \p shards, with times of its
/// own.
RunData shardOfRun(RunData run, unsigned shard, unsigned shards);

/// A waiver of the sample plugin for \p pattern, approved on 2026-01-01.
Waiver waiverFor(const std::string &id, const std::string &pattern,
                 const std::string &expires = "2026-12-31");

/// The report; the run has to be sound.
Report reportOf(RunData run);

} // namespace glowplug::conformance
