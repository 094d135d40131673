// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the last run of a program took on a machine that counts cycles: the
/// records of the ABI's group "simulation", checked.

#pragma once

#include "core/runtime/Energy.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace glowplug {

/// What is wanted besides the run, its layers and its stalls.
struct SimulationRequest {
  bool spans = false;
  bool buffers = false;
  bool energy = false;
};

/// One run of one program. Cycles count from its begin.
struct Simulation {
  static constexpr uint32_t noLayer = UINT32_MAX;

  struct Layer {
    std::string name;
    uint64_t beginCycle = 0, endCycle = 0; ///< Layers may overlap.
    uint64_t cycles = 0; ///< Its share of the run; all sum to at most cycles.
    uint64_t macs = 0;
    std::string bound; ///< "compute", "dma", ...; one word.
    uint64_t rooflineCycles = 0;
    uint64_t dramBytes = 0;
  };

  /// Per engine the cycles sum to those of the run.
  struct Stall {
    std::string engine, cause;
    uint64_t cycles = 0;
  };

  enum class TrackKind : uint8_t { engine, queue, semaphore, memory };
  struct Track {
    std::string name;
    TrackKind kind = TrackKind::engine;
  };

  struct Span {
    uint32_t track = 0; ///< Of tracks.
    uint32_t layer = noLayer;
    uint32_t name = 0; ///< Of spanNames.
    uint64_t startCycle = 0, endCycle = 0;
  };

  struct Space {
    std::string name;
    uint64_t bytes = 0;
  };

  struct Buffer {
    uint32_t space = 0; ///< Of spaces.
    uint32_t layer = noLayer;
    std::string name;
    uint64_t beginBytes = 0, bytes = 0;
    uint64_t firstCycle = 0, lastCycle = 0;
  };

  uint64_t cycles = 0;
  uint64_t hostNs = 0;
  uint64_t macs = 0;
  uint32_t macsPerCycle = 0; ///< 0: the machine has no peak.
  uint32_t clockKhz = 0;     ///< 0: the machine has no fixed clock.
  uint64_t bankConflicts = 0;
  std::vector<Layer> layers;
  std::vector<Stall> stalls;
  std::vector<Track> tracks;
  std::vector<std::string> spanNames; ///< Each once.
  std::vector<Span> spans;
  std::vector<Space> spaces;
  std::vector<Buffer> buffers;
  std::optional<EnergyUse> energy; ///< Of backends that tell of it.
};

/// The run of one part of a model.
struct PartSimulation {
  uint32_t part = 0; ///< Its number in the plan.
  std::string backend;
  Simulation simulation;
};

} // namespace glowplug
