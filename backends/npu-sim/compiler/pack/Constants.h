// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The segment of constants that a compiled program reads.

#pragma once

#include "backends/npu-sim/compiler/instr/Tile.h"
#include "backends/npu-sim/compiler/program/Program.h"

#include <span>

namespace glowplug::npusim {

/// Reads the values of constants, and gathers bytes for the device.
class Constants {
public:
  /// \p segments are those of the image; all outlive this.
  Constants(const Program &program,
            std::span<const std::span<const std::uint8_t>> segments, Dram &dram)
      : program(program), segments(segments), dram(dram) {}

  /// The bytes of constant \p id: all of its elements, row-major.
  std::vector<std::uint8_t> bytesOf(ValueId id) const;
  /// The value for channel \p channel; 32-bit integers.
  std::int32_t laneOf(const Lanes &lanes, std::int64_t channel) const;

  /// Appends \p bytes at a multiple of 64 as a buffer, and returns where it
  /// begins. Empty bytes get no buffer.
  Place append(const std::string &name, std::span<const std::uint8_t> bytes);

  /// A buffer of constants, and where it begins in the segment.
  struct Piece {
    std::uint32_t buffer;
    std::int64_t offset;
  };
  const std::vector<Piece> &pieces() const { return list; }

  std::vector<std::uint8_t> take() { return std::move(made); }

private:
  std::span<const std::uint8_t> stored(const Value &value) const;

  const Program &program;
  std::span<const std::span<const std::uint8_t>> segments;
  Dram &dram;
  std::vector<Piece> list;
  std::vector<std::uint8_t> made;
};

} // namespace glowplug::npusim
