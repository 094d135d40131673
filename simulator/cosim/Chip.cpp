// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The whole NPU in RTL.

#include "simulator/cosim/BuiltChip.h"
#include "simulator/cosim/ChipSizes.h"

#include "simulator/cosim/chip_sizes.inc"

namespace glowplug::npu::cosim {

Result<std::unique_ptr<Chip>> makeChip(const Config &config) {
  return makeForRows<Chip, BuiltChip>(config, Built());
}

} // namespace glowplug::npu::cosim
