// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Configurations from JSON, with the checks of every parameter's range.

#include "simulator/isa/Config.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace glowplug::npu {

Result<Config> checkConfig(const Config &config) {
  for (const Parameter &parameter : parameters) {
    const std::int32_t value = config.*parameter.member;
    if (value < parameter.least || value > parameter.most)
      return Fault{fmt::format("{} must lie in {}..{}, but is {}",
                               parameter.name, parameter.least, parameter.most,
                               value)};
    if (parameter.powerOfTwo && (value & (value - 1)) != 0)
      return Fault{fmt::format("{} must be a power of two, but is {}",
                               parameter.name, value)};
  }
  if (scratchpadBytes(config) > 1 << 24)
    return Fault{fmt::format("the scratchpad has at most 16777216 bytes, but "
                             "its banks have {}",
                             scratchpadBytes(config))};
  if (accumulatorRows(config) > 1 << 16)
    return Fault{fmt::format("the accumulator has at most 65536 rows, but its "
                             "banks have {}",
                             accumulatorRows(config))};
  if (config.dramRefreshInterval != 0 &&
      config.dramRefreshCycles >= config.dramRefreshInterval)
    return Fault{fmt::format("dram.refreshCycles must be less than "
                             "dram.refreshInterval, but they are {} and {}",
                             config.dramRefreshCycles,
                             config.dramRefreshInterval)};
  return config;
}

Result<Config> readConfig(std::string_view json) {
  const nlohmann::json root =
      nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!root.is_object())
    return Fault{"the configuration is not a JSON object"};
  Config config;
  for (const auto &[group, members] : root.items()) {
    if (!members.is_object())
      return Fault{fmt::format("{} is not a group of parameters", group)};
    for (const auto &[key, value] : members.items()) {
      const std::string name = group + "." + key;
      const auto *parameter =
          std::find_if(parameters.begin(), parameters.end(),
                       [&](const Parameter &p) { return p.name == name; });
      if (parameter == parameters.end())
        return Fault{fmt::format("{} is not a parameter", name)};
      if (!value.is_number_integer())
        return Fault{fmt::format("{} is not an integer", name)};
      // Above the range of int64_t it wraps to a negative number, and no
      // parameter takes these.
      const auto number = value.get<std::int64_t>();
      if (number < parameter->least || number > parameter->most)
        return Fault{fmt::format("{} must lie in {}..{}, but is {}", name,
                                 parameter->least, parameter->most,
                                 value.dump())};
      config.*parameter->member = static_cast<std::int32_t>(number);
    }
  }
  return checkConfig(config);
}

std::string writeConfig(const Config &config) {
  nlohmann::json root;
  for (const Parameter &parameter : parameters) {
    const std::size_t dot = parameter.name.find('.');
    root[std::string(parameter.name.substr(0, dot))]
        [std::string(parameter.name.substr(dot + 1))] =
            config.*parameter.member;
  }
  return root.dump();
}

} // namespace glowplug::npu
