// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Buffers of an instr program, and tensors in them.

#pragma once

#include <glowplug/image.h>

#include <cstdint>
#include <string>
#include <vector>

namespace glowplug::npusim {

inline constexpr std::uint32_t noBuffer = ~std::uint32_t(0);

/// A byte of a buffer.
struct Place {
  std::uint32_t buffer = noBuffer;
  std::int64_t offset = 0;

  bool exists() const { return buffer != noBuffer; }
  friend Place operator+(Place place, std::int64_t bytes) {
    return {place.buffer, place.offset + bytes};
  }
};

/// A dim of a tile. Without a block, elements are `stride` bytes apart; with
/// one, blocks are, and elements of a block `inner`.
struct TileDim {
  std::int64_t size = 1, stride = 0, block = 1, inner = 0;
};

/// A tensor in a buffer: a view of schema/instr.fbs.
struct Tile {
  Place at;
  gp_image_dtype dtype = gp_image_dtype_none;
  std::vector<TileDim> dims;
};

struct Buffer {
  std::string name;
  std::uint32_t space = 0; ///< see MachineSpace
  std::int64_t offset = 0, bytes = 0;
};

/// The buffers of a program. What reads or writes names them by their number.
class Buffers {
public:
  std::uint32_t add(Buffer buffer) {
    list.push_back(std::move(buffer));
    return static_cast<std::uint32_t>(list.size() - 1);
  }
  /// A buffer in DRAM, behind those before it.
  std::uint32_t addInDram(std::string name, std::int64_t bytes);
  /// Gives the buffer \p number, of which only the name was known, its place.
  void placeInDram(std::uint32_t number, std::int64_t bytes);

  const Buffer &operator[](std::uint32_t number) const { return list[number]; }
  const std::vector<Buffer> &all() const { return list; }

private:
  std::vector<Buffer> list;
  std::int64_t dramEnd = 0;
};

} // namespace glowplug::npusim
