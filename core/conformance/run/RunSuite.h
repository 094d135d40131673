// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A whole run: from a plugin to the report in a folder.

#pragma once

#include "core/conformance/report/Report.h"
#include "core/conformance/run/Runner.h"
#include "core/conformance/run/Suite.h"
#include "core/isolation/Policy.h"

namespace glowplug::conformance {

struct SuiteProgress {
  size_t done = 0, total = 0; ///< Cases of this shard.
  size_t failures = 0;
  std::string name; ///< Of the case that was done last.
};

struct SuiteRequest {
  std::string plugin; ///< The file of the library.
  std::vector<BackendOption> options;
  Depth depth = Depth::quick;
  uint64_t seed = 0;
  unsigned shard = 1, shards = 1;
  std::vector<std::string> filter; ///< Globs of names; empty: all cases.
  std::string folder;              ///< Of the report; made if need be.
  std::string waivers;             ///< A file; may be empty.
  unsigned jobs = 1;
  IsolationPolicy isolation; ///< For all calls of the plugin.
  std::string command;       ///< For the report.
  bool stopsAtFailure = false;
  /// Forgets what a run before has left in the folder, instead of going on.
  bool isFresh = false;
  /// As in RunnerSettings.
  std::function<bool()> isStopped;
  /// Told after each case, by one thread at a time; may be empty.
  std::function<void(const SuiteProgress &progress)> progress;
};

/// The plugin of a request, opened to be asked what it is.
struct OpenedPlugin {
  std::string name, version;
  std::string manifest; ///< Its file; empty if there is none.
  /// Of the manifest; the tiles are those of the description of its machine, if
  /// it has one.
  Claims claims;
};
/// A worker with that plugin.
llvm::Expected<std::shared_ptr<ProgramBackend>>
openSubject(const SuiteRequest &request);

llvm::Expected<OpenedPlugin> openPlugin(const SuiteRequest &request);

/// The plugin for cases of its functions.
AbiTarget abiTargetOf(const SuiteRequest &request);

/// The cases that \p request plans, of all shards.
llvm::Expected<std::vector<SuiteCase>> plannedCases(const SuiteRequest &request,
                                                    const Claims &claims);

/// Runs the cases that are not in the journal of the folder yet, and writes the
/// report there. Nothing, if the run was stopped: the same request goes on
/// later. Faults: `usage` if the folder holds another run, `backend` if the
/// plugin cannot be opened at all, `resources` if the disk is full.
llvm::Expected<std::optional<Report>> runSuite(const SuiteRequest &request);

} // namespace glowplug::conformance
