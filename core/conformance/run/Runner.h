// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Runs many cases, several at a time.

#pragma once

#include "core/conformance/run/SuiteCase.h"

#include <atomic>

namespace glowplug::conformance {

/// Opens the plugin under test once more. Each thread of a run has its own, so
/// that a case that ends its worker disturbs no other.
using OpenSubject =
    std::function<llvm::Expected<std::shared_ptr<ProgramBackend>>()>;

struct RunSettings {
  uint64_t seed = 0;
  unsigned jobs = 1;
  /// How often a case that fails is made again. One that then ends otherwise is
  /// flaky.
  unsigned retries = 2;
  /// Ends the run after the first case that fails.
  bool stopsAtFailure = false;
  /// Set from outside, it ends the run after the cases that are under way; may
  /// be null.
  const std::atomic<bool> *stop = nullptr;
};

/// Runs \p cases on backends from \p open, and gives \p finished each record
/// as it comes, one call at a time. Fails if no backend can be opened.
llvm::Error runCases(const std::vector<SuiteCase> &cases, const Claims &claims,
                     const OpenSubject &open, const RunSettings &settings,
                     const std::function<void(CaseRecord)> &finished);

} // namespace glowplug::conformance
