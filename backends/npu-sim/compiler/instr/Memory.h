// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The memories of the NPU as spaces of its machine description.

#pragma once

#include "simulator/isa/Config.h"

#include <cstdint>

namespace glowplug::npusim {

/// Spaces of the machine, by their index.
enum MachineSpace : std::uint32_t {
  dramSpace,
  scratchpadSpace,  ///< banks 1 and on
  parameterSpace,   ///< the part of bank 0 that programs may use
  accumulatorSpace, ///< sums, counted in bytes
  spaceCount
};

/// Which bytes of the scratchpad belong to which space. Tables and the zero
/// points of columns have no place in an instr program, as they are part of its
/// kernels: the encoder puts them into the part of bank 0 that it reserves.
class MemoryMap {
public:
  explicit MemoryMap(const npu::Config &config);

  struct Place {
    std::uint32_t space;
    std::int64_t offset; ///< in the space
  };
  /// Where \p address of the scratchpad lies; not in the reserved part.
  Place placeOf(std::int64_t address) const;
  /// The address in the scratchpad of an offset in one of its two spaces.
  std::int64_t addressOf(std::uint32_t space, std::int64_t offset) const;
  bool isKept(std::int64_t address) const {
    return address >= keptBegin && address < keptEnd;
  }

  /// Bytes of a space; those of DRAM are what an offset can say.
  std::uint64_t bytesOf(std::uint32_t space) const { return bytes[space]; }

  std::int64_t sumBytes; ///< of a row of the accumulator
  std::int64_t keptBegin, keptEnd;

private:
  std::uint64_t bytes[spaceCount];
};

} // namespace glowplug::npusim
