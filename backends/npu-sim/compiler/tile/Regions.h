// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the banks of the scratchpad are for while a layer is computed.

#pragma once

#include "simulator/isa/Config.h"

#include <cstdint>

namespace glowplug::npusim {

/// Memory that is handed out as a ring. Whoever takes a piece may write it; the
/// order of commands ensures that its old contents have been read.
class Ring {
public:
  Ring() = default;
  /// Pieces of at least \p least bytes, at multiples of \p alignment.
  Ring(std::int64_t begin, std::int64_t size, std::int64_t alignment,
       std::int64_t least = 1)
      : begin(begin), size(size), alignment(alignment), least(least) {}

  /// Starts over: if all pieces have one size, and two fit, a piece then never
  /// overlaps the one before it.
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

/// Banks by their use. Each has one reader and one writer at a time, since each
/// kind of data has a reader of its own. Needs eight banks.
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
