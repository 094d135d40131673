// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// For which configurations there is a chip.

#include "simulator/cosim/ChipSizes.h"

#include <algorithm>

namespace glowplug::npu::cosim {

std::optional<Fault> checkChipConfig(const Config &config) {
  // Those of the memory behind it are not the chip's.
  const auto isFixed = [](std::string_view name) {
    return name != "array.rows" &&
           (!name.starts_with("dram.") || name == "dram.bytesPerCycle");
  };
  if (auto fault = checkSizes("chip", config, isFixed))
    return fault;
  if (std::find(std::begin(builtChipRows), std::end(builtChipRows),
                config.arrayRows) == std::end(builtChipRows))
    return Fault{fmt::format("chip: the hardware was built for {} rows, but "
                             "the configuration has {}",
                             fmt::join(builtChipRows, ", "), config.arrayRows)};
  return std::nullopt;
}

} // namespace glowplug::npu::cosim
