// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the banks of the scratchpad are for while a layer is computed.

#pragma once

#include "simulator/isa/Config.h"

#include <cstdint>

namespace glowplug::npusim {

/// Memory that is given out in a circle. Who takes a piece may write it; that
/// those before have been read is seen to by the order of commands.
class Ring {
public:
  Ring() = default;
  /// Pieces of at least \p least bytes, at multiples of \p alignment.
  Ring(std::int64_t begin, std::int64_t size, std::int64_t alignment,
       std::int64_t least = 1)
      : begin(begin), size(size), alignment(alignment), least(least) {}

  /// Begins anew: pieces of one size, of which two fit, then never overlap the
  /// one before them.
  void restart() { at = 0; }

  std::int64_t take(std::int64_t bytes) {
    if (bytes < least)
      bytes = least;
    bytes = (bytes + alignment - 1) / alignment * alignment;
    if (at + bytes > size)
      at = 0;
    const std::int64_t result = begin + at;
    at += bytes;
    return result;
  }

  std::int64_t bytes() const { return size; }

private:
  std::int64_t begin = 0, size = 0, alignment = 1, least = 1, at = 0;
};

/// Banks by their use. Each has one reader and one writer at a time: who reads
/// a kind is not who reads another. Needs eight banks.
///
///   bank 0     biases, scales, tables       loaded, read by the vector unit
///   banks 1-2  weights                      loaded, read by the array
///   bank 3     results                      vector unit, stored
///   banks 4..  inputs                       loaded, read by array or vector
///
/// The last two banks hold second operands, and bytes between stages, in layers
/// that have them; images, in stems; else inputs.
struct Regions {
  Ring params, weights, outputs, inputs, addends, between;
};

inline constexpr int leastBanks = 8;
/// Pieces of a ring at most: so many commands may be ahead of each other.
inline constexpr std::int64_t mostPieces = 64;
/// Of bank 0, the part for tables: two halves, for this layer and the next.
inline constexpr std::int64_t tableShare = 4;

struct RegionSizes {
  std::int64_t params, tables, weights, outputs, inputs, addends, between;
};

/// Bytes of each region. \p hasAddends: the layer has second operands or
/// several stages.
inline RegionSizes regionSizes(const npu::Config &config, bool hasAddends) {
  const std::int64_t bank = config.scratchpadBankBytes;
  const std::int64_t rest = config.scratchpadBanks - 4;
  RegionSizes sizes{};
  sizes.tables = bank / tableShare / 2;
  sizes.params = bank - 2 * sizes.tables;
  sizes.weights = 2 * bank;
  sizes.outputs = bank;
  sizes.inputs = (hasAddends ? rest - 2 : rest) * bank;
  sizes.addends = sizes.between = hasAddends ? bank : 0;
  return sizes;
}

} // namespace glowplug::npusim
