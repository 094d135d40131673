// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A run and all that follows from it.

#pragma once

#include "core/conformance/record/Verdict.h"
#include "core/conformance/report/Identity.h"
#include "core/conformance/report/Profiles.h"
#include "core/conformance/report/Waivers.h"

#include <array>

namespace glowplug::conformance {

/// What a run gives: facts, from which the rest of a report is derived.
struct RunData {
  Identity identity;
  /// One; of a run that was merged those of its shards, whose identity is that
  /// of a run that was never divided.
  std::vector<Environment> environments;
  /// Names of all cases of the whole run, of other shards too.
  std::vector<std::string> planned;
  std::vector<CaseRecord> records;
  std::vector<Waiver> waivers; ///< Also those that do not apply.
};

inline constexpr size_t verdictCount = 13;

/// How many cases have each verdict.
using Counts = std::array<uint64_t, verdictCount>;

/// Ops, types and recipes that cases are about; a text is empty where the cases
/// say nothing of it.
struct CoverageKey {
  std::string op, type, recipe;
  auto operator<=>(const CoverageKey &) const = default;
};

struct CoverageCell {
  uint64_t passed = 0, failed = 0, notSupported = 0;
  uint64_t notTested = 0; ///< Not applicable.
  uint64_t waived = 0;
};

struct WaiverUse {
  WaiverState state = WaiverState::applies;
  std::vector<std::string> cases; ///< Of this run, that it names.
};

struct Report {
  RunData run; ///< Its lists are sorted: by level and name, or by name.
  std::vector<JudgedCase> cases;  ///< In the order of run.records.
  std::vector<WaiverUse> waivers; ///< In the order of run.waivers.
  std::array<Counts, levelCount> totals = {};
  std::map<CoverageKey, CoverageCell> coverage;
  std::vector<ProfileResult> profiles;
  std::vector<std::string> missing; ///< Planned for this shard, but not run.
  std::string date; ///< When the last shard ended; waivers end by it.

  /// Of all levels.
  uint64_t count(Verdict verdict) const;
  /// Cases that no conformant plugin may have.
  uint64_t failures() const;
  /// Nothing is missing, and nothing fails.
  bool hasPassed() const { return missing.empty() && failures() == 0; }
  /// "INT8 1.0 (quick)": those profiles that it conforms to. Of a full run
  /// without the parenthesis.
  std::vector<std::string> conformant() const;
};

/// Derives the report of \p run. Faults, of kind `model`: a record twice, or of
/// a case that is not planned or belongs to another shard, a profile of another
/// version, a shard without its environment.
llvm::Expected<Report> makeReport(RunData run);

/// The ways in which a case can be counted in the matrix of coverage.
uint64_t &cellCount(CoverageCell &cell, Verdict verdict);

} // namespace glowplug::conformance
