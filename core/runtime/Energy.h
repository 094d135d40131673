// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the last run of a program took in energy, and the areas of the device:
/// the records of the optional group "energy", checked.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace glowplug {

/// One run of one program.
struct EnergyUse {
  /// A part of the device, or a memory beside it.
  struct Component {
    std::string name; ///< One lower-case word; each once.
    std::string energySource;
    double areaUm2 = 0;     ///< 0: none on the device, or not known.
    std::string areaSource; ///< Empty exactly if the area is 0.
  };

  /// Each component and layer at most once.
  struct Amount {
    uint32_t component = 0; ///< Of components.
    uint32_t layer = 0;     ///< Of Simulation::layers, or its noLayer.
    double picojoules = 0;  ///< Finite, at least 0.
  };

  std::string technology; ///< "45 nm"; may be empty.
  std::string note;       ///< What the figures are worth.
  std::vector<Component> components;
  std::vector<Amount> amounts; ///< They add up to the whole run.
};

} // namespace glowplug
