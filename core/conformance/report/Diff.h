// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What changed from one report to another.

#pragma once

#include "core/conformance/report/Report.h"

namespace glowplug::conformance {

struct Change {
  std::string name;          ///< Of a case or a profile.
  std::string before, after; ///< Verdicts or statuses.
};

struct Slowdown {
  std::string name;
  double before = 0, after = 0; ///< Seconds.
};

struct Diff {
  std::vector<Change> newFailures;   ///< Also of cases that are new.
  std::vector<Change> fixed;         ///< They failed, and do not any more.
  std::vector<Change> lostSupport;   ///< They passed, and are refused.
  std::vector<Change> gainedSupport; ///< They were refused, and pass.
  std::vector<Change> otherwise;     ///< Other changes of a verdict.
  std::vector<std::string> added, removed; ///< Cases.
  std::vector<Change> profilesLost, profilesWon;
  std::vector<Slowdown> slower; ///< No regression: times are noisy.

  bool hasRegressions() const {
    return !newFailures.empty() || !lostSupport.empty() ||
           !profilesLost.empty();
  }
};

/// A case is slower if it takes `slowerTimes` as long and `slowerSeconds` more.
inline constexpr double slowerTimes = 1.5, slowerSeconds = 0.05;

Diff diffReports(const Report &before, const Report &after);

Json toJson(const Diff &diff);

} // namespace glowplug::conformance
