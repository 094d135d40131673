// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A report as the figures that commands print.

#include "core/report/Json.h"

#include "llvm/ADT/StringExtras.h"

#include <nlohmann/json.hpp>

#include <cmath>

using Json = nlohmann::ordered_json;

namespace glowplug::report {
namespace {

/// The value with as many decimals as are worth reading; null without a value.
Json rounded(const std::optional<double> &value) {
  if (!value)
    return nullptr;
  return std::round(*value * 10000) / 10000;
}

/// Picojoules and square micrometres with three decimals: sums over layers
/// stay the whole to that.
double thousandths(double value) { return std::round(value * 1000) / 1000; }

Json layersOf(const Report &report) {
  Json layers = Json::array();
  for (const Layer &layer : report.layers) {
    Json row = {{"name", layer.name},
                {"part", layer.part},
                {"cycles", layer.cycles},
                {"macs", layer.macs},
                {"bound", layer.bound},
                {"roofline_cycles", layer.rooflineCycles},
                {"gap", rounded(layer.gap())},
                {"dram_bytes", layer.dramBytes},
                {"begin_cycle", layer.beginCycle},
                {"end_cycle", layer.endCycle}};
    if (!layer.picojoules.empty()) {
      row["energy_pj"] = thousandths(layer.energy());
      Json &components = row["energy"] = Json::object();
      for (size_t i = 0; i < layer.picojoules.size(); ++i)
        components[report.energy->components[i].name] =
            thousandths(layer.picojoules[i]);
    }
    layers.push_back(std::move(row));
  }
  return layers;
}

void addEnergy(Json &result, const Report &report) {
  const Energy &energy = *report.energy;
  result["energy_pj"] = thousandths(energy.picojoules());
  if (const std::optional<double> power = report.averagePower())
    result["average_power_mw"] = rounded(power);
  Json amounts = Json::object(), areas = Json::object();
  Json sources = Json::object();
  for (const Component &component : energy.components) {
    amounts[component.name] = thousandths(component.picojoules);
    sources[component.name]["energy"] = component.energySource;
    if (component.areaUm2 == 0)
      continue;
    areas[component.name] = thousandths(component.areaUm2);
    sources[component.name]["area"] = component.areaSource;
  }
  result["energy"] = std::move(amounts);
  result["area_um2"] = thousandths(energy.areaUm2());
  result["area"] = std::move(areas);
  result["energy_basis"] = {
      {"technology", llvm::join(energy.technologies, ", ")},
      {"note", llvm::join(energy.notes, " ")},
      {"sources", std::move(sources)}};
}

Json stallsOf(const Report &report) {
  Json engines = Json::object();
  for (const Engine &engine : report.engines) {
    Json causes = Json::object();
    for (const Cause &cause : engine.causes)
      causes[cause.name] = cause.share / 100.0;
    engines[engine.name] = std::move(causes);
  }
  return engines;
}

} // namespace

Json toJson(const Report &report) {
  Json result = {{"cycles", report.cycles},
                 {"host_ms", rounded(static_cast<double>(report.hostNs) / 1e6)},
                 {"macs", report.macs},
                 {"utilization", rounded(report.utilization)},
                 {"bank_conflicts", report.bankConflicts}};
  if (report.clockKhz != 0)
    result["device_ms"] =
        rounded(static_cast<double>(report.cycles) / report.clockKhz);
  if (report.energy)
    addEnergy(result, report);
  result["layers"] = layersOf(report);
  result["stalls"] = stallsOf(report);
  return result;
}

} // namespace glowplug::report
