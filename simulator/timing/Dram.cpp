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
      bankMask(config.dramBanked != 0
                   ? static_cast<std::uint64_t>(config.dramBanks) - 1
                   : 0),
      isBanked(config.dramBanked != 0), latency(config.dramLatencyCycles),
      missCycles(config.dramBanked != 0 ? config.dramMissCycles : 0),
      turnaround(config.dramTurnaroundCycles),
      refreshInterval(config.dramRefreshInterval),
      refreshCycles(config.dramRefreshCycles), banks(bankMask + 1) {
  for (Bank &bank : banks)
    bank.refresh = refreshInterval != 0 ? refreshInterval : never;
}

} // namespace glowplug::npu
