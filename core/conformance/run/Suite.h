// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The cases of the suite.

#pragma once

#include "core/conformance/run/SuiteCase.h"

namespace glowplug::conformance {

struct SuiteOptions {
  Depth depth = Depth::quick;
  /// What the plugin claims decides which programs are tried in more
  /// combinations, and at the edges of which tiles.
  const Claims &claims;
};

/// All cases for a plugin, by level and name. The same for equal arguments, on
/// every machine.
std::vector<SuiteCase> suiteCases(const SuiteOptions &options);

/// The programs of level 1 among them, by name.
std::vector<ProgramCase> programCases(const SuiteOptions &options);

// Parts of it, by level.
void addAbiCases(std::vector<SuiteCase> &cases);
void addOpCases(const SuiteOptions &options, std::vector<SuiteCase> &cases);
void addGraphCases(const SuiteOptions &options, std::vector<SuiteCase> &cases);
// Those that take programs of level 1, which are in \p cases.
void addInstrCases(const SuiteOptions &options, std::vector<SuiteCase> &cases);
void addTimingCases(const SuiteOptions &options, std::vector<SuiteCase> &cases);
void addLimitCases(const SuiteOptions &options, std::vector<SuiteCase> &cases);
void addImageCases(const SuiteOptions &options, std::vector<SuiteCase> &cases);
void addAliasCases(const SuiteOptions &options, std::vector<SuiteCase> &cases);
void addRelationCases(const SuiteOptions &options,
                      std::vector<SuiteCase> &cases);
void addModelCases(const SuiteOptions &options, std::vector<SuiteCase> &cases);

} // namespace glowplug::conformance
