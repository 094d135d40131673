// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The whole NPU in RTL, with waves.

#include "simulator/cosim/BuiltChip.h"
#include "simulator/cosim/ChipSizes.h"

#include "simulator/cosim/traced_sizes.inc"

namespace glowplug::npu::cosim {

Result<std::unique_ptr<Chip>> makeTracedChip(const Config &config) {
  return makeForRows<Chip, BuiltChip>(config, Built());
}

} // namespace glowplug::npu::cosim
