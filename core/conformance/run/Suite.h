// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The cases of the suite.

#pragma once

#include "core/conformance/run/SuiteCase.h"

namespace glowplug::conformance {

struct SuiteOptions {
  Depth depth = Depth::quick;
  /// What the plugin claims decides which programs are tried in more
  /// combinations.
  const Claims &claims;
  /// Sizes at whose edges shapes are tried.
  std::vector<int64_t> tiles = {16};
};

/// All cases for a plugin, by level and name. The same for equal arguments, on
/// every machine.
std::vector<SuiteCase> suiteCases(const SuiteOptions &options);

// Parts of it, by level.
void addAbiCases(std::vector<SuiteCase> &cases);
void addOpCases(const SuiteOptions &options, std::vector<SuiteCase> &cases);
void addGraphCases(const SuiteOptions &options, std::vector<SuiteCase> &cases);

} // namespace glowplug::conformance
