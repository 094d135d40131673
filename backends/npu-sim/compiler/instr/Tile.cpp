// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gives out DRAM.

#include "backends/npu-sim/compiler/instr/Tile.h"

#include "backends/npu-sim/compiler/instr/Memory.h"

namespace glowplug::npusim {

std::uint32_t Buffers::addInDram(std::string name, std::int64_t bytes) {
  const std::uint32_t number = add({std::move(name), dramSpace, 0, 0});
  placeInDram(number, bytes);
  return number;
}

void Buffers::placeInDram(std::uint32_t number, std::int64_t bytes) {
  list[number].offset = dramEnd;
  list[number].bytes = bytes;
  dramEnd = (dramEnd + bytes + 63) / 64 * 64;
}

} // namespace glowplug::npusim
