// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The memory's sizes, from the configuration.

#include "simulator/timing/Dram.h"

#include <bit>

namespace glowplug::npu {

static int log2Of(std::int32_t value) {
  return std::countr_zero(static_cast<std::uint32_t>(value));
}

Dram::Dram(const Config &config)
    : busShift(log2Of(config.dramBytesPerCycle)),
      rowShift(log2Of(config.dramRowBytes)),
      bankMask(static_cast<std::uint64_t>(config.dramBanks) - 1),
      banked(config.dramBanked != 0), latency(config.dramLatencyCycles),
      missCycles(config.dramMissCycles),
      banks(static_cast<std::size_t>(config.dramBanks)) {}

} // namespace glowplug::npu
