// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Runs many cases, several at a time.

#pragma once

#include "core/conformance/run/SuiteCase.h"

namespace glowplug::conformance {

/// Opens the plugin under test once more. Each thread of a run has its own, so
/// that a case that ends its worker disturbs no other.
using OpenSubject =
    std::function<llvm::Expected<std::shared_ptr<ProgramBackend>>()>;

/// How often a worker may be killed in vain before that counts: by somebody, or
/// by the system for want of memory, but a plugin may also kill itself.
inline constexpr unsigned mostKilled = 5;

struct RunnerSettings {
  uint64_t seed = 0;
  unsigned jobs = 1;
  /// How often a case that fails is made again. One that then ends otherwise is
  /// flaky.
  unsigned retries = 2;
  /// For cases of the functions of the plugin.
  std::optional<AbiTarget> abi = {};
  std::vector<BackendOption> options = {}; ///< Of the backends.
  /// As in Subject; called from any thread.
  std::function<llvm::Expected<std::shared_ptr<ProgramBackend>>(uint64_t bytes)>
      openLimited = {};
  /// Failures are kept below this folder; empty: they are not.
  std::string keepFolder = {};
  /// Ends the run after the first case that fails.
  bool stopsAtFailure = false;
  /// Asked from any thread; when it says so, the run ends after the cases that
  /// are under way. May be empty.
  std::function<bool()> isStopped = {};
};

/// Where the failure of the case \p name is kept, below a folder.
std::string failureFolder(llvm::StringRef name);

/// Runs \p cases on backends from \p open, and gives \p finished each record
/// as it comes, one call at a time. Fails if no backend can be opened.
llvm::Error runCases(const std::vector<SuiteCase> &cases, const Claims &claims,
                     const OpenSubject &open, const RunnerSettings &settings,
                     const std::function<void(CaseRecord)> &finished);

} // namespace glowplug::conformance
