// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A report as the figures that commands print.

#include "core/report/Json.h"

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

Json layersOf(const Report &report) {
  Json layers = Json::array();
  for (const Layer &layer : report.layers)
    layers.push_back({{"name", layer.name},
                      {"part", layer.part},
                      {"cycles", layer.cycles},
                      {"macs", layer.macs},
                      {"bound", layer.bound},
                      {"roofline_cycles", layer.rooflineCycles},
                      {"gap", rounded(layer.gap())},
                      {"dram_bytes", layer.dramBytes},
                      {"begin_cycle", layer.beginCycle},
                      {"end_cycle", layer.endCycle}});
  return layers;
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
  result["layers"] = layersOf(report);
  result["stalls"] = stallsOf(report);
  return result;
}

} // namespace glowplug::report
