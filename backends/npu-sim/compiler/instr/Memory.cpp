// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Bytes of the scratchpad as spaces.

#include "backends/npu-sim/compiler/instr/Memory.h"

#include "backends/npu-sim/compiler/tile/Regions.h"

namespace glowplug::npusim {

MemoryMap::MemoryMap(const npu::Config &config)
    : sumBytes(std::int64_t(4) * config.arrayRows),
      keptBegin(regionSizes(config, false).params),
      keptEnd(config.scratchpadBankBytes) {
  bytes[dramSpace] = std::uint64_t(1) << 40;
  bytes[scratchpadSpace] =
      static_cast<std::uint64_t>(config.scratchpadBanks - 1) *
      static_cast<std::uint64_t>(config.scratchpadBankBytes);
  bytes[parameterSpace] = static_cast<std::uint64_t>(keptBegin);
  bytes[accumulatorSpace] =
      static_cast<std::uint64_t>(config.accumulatorBanks) *
      static_cast<std::uint64_t>(config.accumulatorBankRows) *
      static_cast<std::uint64_t>(sumBytes);
}

MemoryMap::Place MemoryMap::placeOf(std::int64_t address) const {
  if (address < keptBegin)
    return {parameterSpace, address};
  return {scratchpadSpace, address - keptEnd};
}

std::int64_t MemoryMap::addressOf(std::uint32_t space,
                                  std::int64_t offset) const {
  return space == parameterSpace ? offset : keptEnd + offset;
}

} // namespace glowplug::npusim
