// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A program on the model of a device and on its hardware: the records of the
/// optional group "cosim", checked.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace glowplug {

/// One run on both. Cycles count from its begin.
struct Cosimulation {
  static constexpr uint32_t noLayer = UINT32_MAX;

  struct Times {
    uint64_t firstCycle = 0, lastCycle = 0;
    uint64_t cycles() const { return lastCycle - firstCycle; }
    friend bool operator==(const Times &, const Times &) = default;
  };

  struct Command {
    std::string engine;
    uint32_t layer = noLayer;
    bool differs = false; ///< Its results do.
    Times model, hardware;
  };

  /// The first command that differs, and its first wrong byte.
  struct Difference {
    uint64_t command = 0; ///< Of commands.
    std::string text;
    std::string place;
    uint64_t resultBytes = 0, differingBytes = 0;
    uint32_t got = 0, want = 0;
  };

  uint64_t modelCycles = 0, hardwareCycles = 0;
  uint64_t modelNs = 0, hardwareNs = 0; ///< Of the host.
  uint64_t commandsInHardware = 0;
  std::vector<std::string> units;  ///< For which hardware stood.
  std::vector<std::string> layers; ///< Their names.
  std::vector<Command> commands;
  std::optional<Difference> difference;
};

/// What is wanted of such a run.
struct CosimRequest {
  std::string units; ///< With commas; empty: those that the backend chooses.
  bool lockstep = false; ///< The clocks of units never stand still.
  uint64_t seed = 0;     ///< Of what hardware reads that nobody has written.

  /// A file with the hardware's signals from the dispatch of one command until
  /// another one has ended, both included.
  struct Waves {
    std::string file;
    uint64_t firstCommand = 0, lastCommand = 0;
  };
  std::optional<Waves> waves;
};

/// One part of a model.
struct PartCosimulation {
  uint32_t part = 0; ///< Its number in the plan.
  std::string backend;
  Cosimulation cosimulation;
};

} // namespace glowplug
