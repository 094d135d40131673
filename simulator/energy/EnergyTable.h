// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The prices of actions, and what counts cost.

#pragma once

#include "simulator/energy/Counts.h"

namespace glowplug::npu {

/// Picojoules for each action before scaling, in the order of Action; 0 for
/// those without a price.
struct EnergyTable {
  std::string technology;
  std::array<double, actionCount> picojoules{};
};

/// The prices of hw/spec/energy.json.
EnergyTable defaultEnergyTable();

/// Reads the prices in \p json, whose name is \p file: an object "picojoules"
/// with all actions that have a price, and perhaps the name of a "technology".
/// A fault names the file, and the action.
Result<EnergyTable> readEnergyTable(std::string_view json,
                                    std::string_view file);

/// \p table in the form that readEnergyTable reads.
std::string writeEnergyTable(const EnergyTable &table);

/// What one \p action costs in a machine of \p config, in picojoules.
double priceOf(Action action, const EnergyTable &table, const Config &config);

/// Picojoules, in the order of Component.
struct Energy {
  std::array<double, componentCount> components{};

  double operator[](Component component) const {
    return components[static_cast<std::size_t>(component)];
  }
  double total() const;
};

Energy energyOf(const Counts &counts, const EnergyTable &table,
                const Config &config);

} // namespace glowplug::npu
