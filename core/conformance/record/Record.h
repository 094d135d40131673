// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What became of one case: raw figures, from which its verdict follows.

#pragma once

#include "core/conformance/record/Features.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace glowplug::conformance {

/// Of a case, in the order in which they run.
enum class Level : uint8_t {
  abi,    ///< L0: the functions of the plugin, called directly
  ops,    ///< L1: one op in a program
  graphs, ///< L2: several ops
  models, ///< L3: whole networks, through the compiler
  robust, ///< L4: hostile input and lack of resources
  instr,  ///< L5: machine descriptions, schedules, encoding
  timing, ///< L6: what simulated runs say of themselves
};
inline constexpr unsigned levelCount = 7;

/// "L1"
std::string levelName(Level level);

/// How a case ended. The verdict takes it and the measurements.
enum class Ending : uint8_t {
  finished,      ///< Everything was measured.
  refused,       ///< check() takes an op of it not; `message` says why.
  notApplicable, ///< The plugin lacks what it needs, lawfully.
  failed,        ///< A call of the plugin gave an error.
  crashed,       ///< The worker died.
  late,          ///< A call took too long, and the worker was ended.
  resources,     ///< Memory or the disk ran out.
  suite,         ///< A defect of the suite: the case itself is not sound.
};

/// One rule held against one thing: an output of a run, or an answer. The
/// rules are those of docs/reference/conformance.md.
struct Measurement {
  std::string rule;    ///< "R1" to "R8", "abi"
  std::string subject; ///< "output 0", "second run", "status of load"
  /// Elements judged, and those beyond their limit. Of answers 1, and 0 or 1.
  uint64_t elements = 0;
  uint64_t mismatches = 0;
  /// The largest distance as a multiple of its limit, where it is finite.
  double worst = 0;
  /// Of R4 over many sums: mean square and mean of the distances, in units of
  /// the rule, with their limits.
  struct Moments {
    double square = 0, squareLimit = 0;
    double bias = 0, biasLimit = 0;
  };
  std::optional<Moments> moments = {};
  /// The first mismatch: where, what came, what should have come, and how far
  /// apart they may be. Empty if there is none.
  std::string where = {}, got = {}, want = {}, limit = {};
};

struct CaseRecord {
  std::string name; ///< "ops/Conv/u8.i8/k3x3.s2x1.g4/tosa_single"
  Level level = Level::abi;
  Features features;
  uint64_t seed = 0;
  /// The manifest says that the plugin takes it.
  bool isClaimed = false;
  Ending ending = Ending::finished;
  std::string message; ///< Why it did not finish.
  /// Ops that the plugin under test did, and those of the program.
  uint64_t opsTaken = 0, ops = 0;
  std::vector<Measurement> measurements;
  /// How many more attempts there were, and how many of all ended otherwise
  /// than this one.
  unsigned retries = 0, otherEndings = 0;
  /// Its worker was killed from outside, which says nothing of the plugin. Only
  /// known while the run lasts.
  bool wasKilled = false;
  std::string repro;  ///< Folder of a failure, below that of the report.
  double seconds = 0; ///< No part of any verdict.
};

} // namespace glowplug::conformance
