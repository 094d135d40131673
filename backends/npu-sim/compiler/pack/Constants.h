// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The segment of constants that a compiled program reads.

#pragma once

#include "backends/npu-sim/compiler/program/Program.h"

#include <span>

namespace glowplug::npusim {

/// Reads the values of constants, and gathers bytes for the device.
class Constants {
public:
  /// \p segments are those of the image and outlive this.
  Constants(const Program &program,
            std::span<const std::span<const std::uint8_t>> segments)
      : program(program), segments(segments) {}

  /// The bytes of constant \p id: all of its elements, row-major.
  std::vector<std::uint8_t> bytesOf(ValueId id) const;
  /// The value for channel \p channel; 32-bit integers.
  std::int32_t laneOf(const Lanes &lanes, std::int64_t channel) const;

  /// Appends \p bytes at a multiple of 64; where they begin.
  std::int64_t append(std::span<const std::uint8_t> bytes);

  std::vector<std::uint8_t> take() { return std::move(made); }

private:
  std::span<const std::uint8_t> stored(const Value &value) const;

  const Program &program;
  std::span<const std::span<const std::uint8_t>> segments;
  std::vector<std::uint8_t> made;
};

} // namespace glowplug::npusim
