// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The prices of actions, from the generated table or a file, and sums over
// them.

#include "simulator/energy/EnergyTable.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <numeric>

namespace glowplug::npu {

EnergyTable defaultEnergyTable() {
  EnergyTable table{std::string(energyTechnology)};
  for (std::size_t i = 0; i < actionInfos.size(); ++i)
    table.picojoules[i] = actionInfos[i].picojoules;
  return table;
}

/// The action of this name that has a price, or actionCount.
static std::size_t findPriced(std::string_view name) {
  const auto *found = std::find_if(
      actionInfos.begin(), actionInfos.end(),
      [&](const ActionInfo &a) { return a.priced && a.name == name; });
  return static_cast<std::size_t>(found - actionInfos.begin());
}

Result<EnergyTable> readEnergyTable(std::string_view json,
                                    std::string_view file) {
  const nlohmann::json root =
      nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!root.is_object())
    return Fault{
        fmt::format("{}: needs a JSON object, but got {}", file,
                    root.is_discarded() ? "no JSON" : root.type_name())};
  EnergyTable table;
  for (const auto &[key, value] : root.items()) {
    if (key == "technology" && value.is_string())
      table.technology = value.get<std::string>();
    else if (key != "picojoules" || !value.is_object())
      return Fault{fmt::format("{}: needs an object picojoules, and perhaps a "
                               "text technology, but got {}, which is {}",
                               file, key, value.type_name())};
  }
  if (!root.contains("picojoules"))
    return Fault{
        fmt::format("{}: needs an object picojoules, but got none", file)};
  std::array<bool, actionCount> seen{};
  for (const auto &[name, value] : root["picojoules"].items()) {
    const std::size_t action = findPriced(name);
    if (action == actionInfos.size())
      return Fault{fmt::format("{}: picojoules: needs actions with a price, "
                               "but got {}",
                               file, name)};
    const double price = value.is_number() ? value.get<double>() : -1;
    if (!(price >= 0) || !std::isfinite(price))
      return Fault{fmt::format("{}: picojoules: {} needs a number of at least "
                               "0, but got {}",
                               file, name, value.dump())};
    table.picojoules[action] = price;
    seen[action] = true;
  }
  for (std::size_t i = 0; i < actionInfos.size(); ++i)
    if (actionInfos[i].priced && !seen[i])
      return Fault{fmt::format("{}: picojoules: needs {}, but got no price of "
                               "it",
                               file, actionInfos[i].name)};
  return table;
}

std::string writeEnergyTable(const EnergyTable &table) {
  nlohmann::ordered_json root;
  root["technology"] = table.technology;
  for (std::size_t i = 0; i < actionInfos.size(); ++i)
    if (actionInfos[i].priced)
      root["picojoules"][std::string(actionInfos[i].name)] =
          table.picojoules[i];
  return root.dump(2) + "\n";
}

double priceOf(Action action, const EnergyTable &table, const Config &config) {
  const auto index = static_cast<std::size_t>(action);
  const ActionInfo &info = actionInfos[index];
  return table.picojoules[index] * factorOf(info.scale[0], config) *
         factorOf(info.scale[1], config);
}

double Energy::total() const {
  return std::accumulate(components.begin(), components.end(), 0.0);
}

Energy energyOf(const Counts &counts, const EnergyTable &table,
                const Config &config) {
  Energy energy;
  for (std::size_t i = 0; i < actionInfos.size(); ++i) {
    const auto action = static_cast<Action>(i);
    energy.components[static_cast<std::size_t>(actionInfos[i].component)] +=
        static_cast<double>(counts[action]) * priceOf(action, table, config);
  }
  return energy;
}

} // namespace glowplug::npu
