// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A whole run of a model on machines that count cycles: its parts one after
/// another on one time axis.

#pragma once

#include "core/runtime/Simulation.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace glowplug::report {

/// A run of one part. Work that other backends did between parts takes no time
/// here: only the parts count cycles.
struct Part {
  uint32_t number = 0; ///< In the plan of the model.
  std::string backend;
  uint64_t beginCycle = 0, cycles = 0;
};

/// A layer as in Simulation, with cycles of the whole run.
struct Layer : Simulation::Layer {
  uint32_t part = 0; ///< Number of its part.
  /// As Energy::components; empty if its part says nothing of energy.
  std::vector<double> picojoules;

  double energy() const; ///< Picojoules of all components.

  /// Cycles per cycle of the roofline; nothing where that is 0. Below 1 when
  /// the layer overlaps with others.
  std::optional<double> gap() const;
};

struct Cause {
  std::string name;
  uint64_t cycles = 0;
  /// Share of the engine's cycles, in hundredths of a percent. Those of one
  /// engine sum to 10000.
  uint32_t share = 0;
};

struct Engine {
  std::string name;
  uint64_t cycles = 0; ///< Of the parts that report it.
  std::vector<Cause> causes;
};

/// A component of a device, over all parts that ran on it.
struct Component {
  std::string name;
  double picojoules = 0; ///< Those that belong to no layer included.
  double areaUm2 = 0;    ///< 0: none on the device, or not known.
  std::string energySource, areaSource;
};

/// What the parts took whose backends tell of energy.
struct Energy {
  std::vector<std::string> technologies; ///< Each once.
  std::vector<std::string> notes;        ///< Likewise.
  std::vector<Component> components;
  uint64_t cycles = 0; ///< Of these parts.

  double picojoules() const; ///< Of all components.
  double areaUm2() const;    ///< Likewise.
};

struct Report {
  std::vector<Part> parts;
  uint64_t cycles = 0;
  uint64_t hostNs = 0;
  uint64_t macs = 0;
  uint64_t bankConflicts = 0;
  uint32_t clockKhz = 0; ///< 0 unless all parts have the same.
  /// Multiply-adds over what the machines could have done in the same cycles;
  /// nothing when they have no peak.
  std::optional<double> utilization;
  std::vector<Layer> layers;
  std::vector<Engine> engines;
  std::optional<Energy> energy; ///< Nothing if no backend tells of it.

  /// Milliwatts on average over the cycles of the parts with energy; nothing
  /// without them, or without a clock.
  std::optional<double> averagePower() const;

  // As in Simulation. Tracks and spaces with one name are one.
  std::vector<Simulation::Track> tracks;
  std::vector<std::string> spanNames;
  std::vector<Simulation::Span> spans;
  std::vector<Simulation::Space> spaces;
  std::vector<Simulation::Buffer> buffers;
};

/// Puts \p parts one after another, in their order. Names of engines, tracks
/// and spaces get the name of the backend before them where there are several
/// backends.
Report makeReport(const std::vector<PartSimulation> &parts);

} // namespace glowplug::report
