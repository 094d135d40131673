// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// For which configurations there is a chip.

#pragma once

#include "simulator/cosim/Chip.h"
#include "simulator/cosim/VerilatedUnit.h"

namespace glowplug::npu::cosim {

/// What is wrong with \p config for a chip: all sizes are those of hw/spec/
/// npu.json, but `array.rows` is one of builtChipRows, and those of the DRAM
/// may be any but its width.
std::optional<Fault> checkChipConfig(const Config &config);

/// A \p Built of the class of Verilator for the rows of \p config, as its
/// \p Interface.
template <typename Interface, template <typename, int> class Built,
          typename... Unit, int... R, typename... Arguments>
Result<std::unique_ptr<Interface>> makeForRows(const Config &config,
                                               Sizes<Size<Unit, R>...>,
                                               Arguments &...arguments) {
  if (auto fault = checkChipConfig(config))
    return *fault;
  std::unique_ptr<Interface> made;
  const auto tryOne = [&]<typename One, int rows>(Size<One, rows>) {
    if (config.arrayRows == rows)
      made = std::make_unique<Built<One, rows>>(arguments...);
  };
  (tryOne(Size<Unit, R>()), ...);
  return made;
}

} // namespace glowplug::npu::cosim
