// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Many seeds: generated, run in children, shrunk and kept where they fail.

#pragma once

#include "core/conformance/graphs/Builder.h"
#include "tests/fuzz/Runner.h"

namespace glowplug::fuzz {

using namespace graphs; // the models

struct CampaignOptions {
  uint64_t seed = 1;
  uint64_t count = 1000;
  unsigned jobs = 1;
  double seconds = 30; ///< For one graph.
  bool wantShrink = true;
  double shrinkSeconds = 60;          ///< For one failing graph.
  uint64_t mostFailures = 50;         ///< The run ends after so many.
  std::string keep;                   ///< Folder for failing cases; or empty.
  std::vector<BackendOption> backend; ///< More options of the backend.
  /// What has to become of at least one graph each: to see faults found.
  std::set<Result> expected;
  Options generator;
};

class Campaign {
public:
  explicit Campaign(CampaignOptions options);

  /// Whether no graph failed, and few were not supported.
  bool run();
  /// Runs a kept case with each configuration, and shrinks it.
  bool replay(const std::string &folder);
  /// Writes \p count cases with what the interpreter makes of them.
  bool writeSample(const std::string &folder, uint64_t count);

private:
  Outcome outcomeOf(const struct TaskEnd &end) const;
  Case shrunk(const Case &which, uint64_t seed, const Outcome &first) const;
  void report(uint64_t seed, const Case &which, Outcome outcome) const;
  void count(const Case &which, const Outcome &outcome);
  void summarise(double seconds) const;

  CampaignOptions options;
  std::vector<Configuration> all;
  mutable Runner runner;
  std::map<Result, uint64_t> results;
  std::map<std::string, uint64_t> reasons; ///< Of what is not supported.
  std::set<std::string> operators;         ///< In graphs that passed.
  uint64_t nodes = 0;
};

} // namespace glowplug::fuzz
