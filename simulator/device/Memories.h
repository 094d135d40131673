// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The NPU's memories as bytes.

#pragma once

#include "simulator/isa/Config.h"

#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace glowplug::npu {

/// Scratchpad, accumulator, and what the base registers point to. Words are
/// little endian, as is the host.
struct Memories {
  /// All zero; no DRAM.
  explicit Memories(const Config &config);

  Config config;
  std::vector<std::uint8_t> scratchpad;
  std::vector<std::int32_t> accumulator; ///< rows of R sums
  /// The bytes that each base register points to; owned by the caller, and at
  /// least as many as the program's extents say.
  std::array<std::span<std::uint8_t>, baseRegisters> dram{};

  std::int32_t word(std::int64_t address) const {
    std::int32_t value;
    std::memcpy(&value, &scratchpad[address], sizeof value);
    return value;
  }
  void setWord(std::int64_t address, std::int32_t value) {
    std::memcpy(&scratchpad[address], &value, sizeof value);
  }
};

/// A byte of the scratchpad as a number.
constexpr std::int32_t valueOf(std::uint8_t byte, bool isUnsigned) {
  return isUnsigned ? std::int32_t(byte)
                    : std::int32_t(static_cast<std::int8_t>(byte));
}

/// Addition and multiplication that wrap.
constexpr std::int32_t wrap(std::int64_t value) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(value));
}

} // namespace glowplug::npu
