// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// CRC-32 as in zlib and IEEE 802.3: polynomial 0x04c11db7, bits reversed.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace glowplug::npu {

inline constexpr auto crcTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit)
      value = (value >> 1) ^ ((value & 1) != 0 ? 0xedb88320u : 0u);
    table[i] = value;
  }
  return table;
}();

/// The state of a CRC before any byte, and what it ends with: the complement of
/// the state is the CRC.
inline constexpr std::uint32_t crcStart = 0xffffffffu;

/// The state after \p size bytes at \p data.
inline std::uint32_t addToCrc(std::uint32_t crc, const void *data,
                              std::size_t size) {
  const auto *bytes = static_cast<const std::uint8_t *>(data);
  for (std::size_t i = 0; i < size; ++i)
    crc = (crc >> 8) ^ crcTable[(crc ^ bytes[i]) & 0xff];
  return crc;
}

} // namespace glowplug::npu
