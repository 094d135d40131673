// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What lies behind addresses of DRAM.

#pragma once

#include <cstdint>

namespace glowplug::npu::cosim {

/// What lies behind addresses. An access that it refuses is answered with
/// SLVERR.
class Storage {
public:
  virtual ~Storage() = default;
  /// Reads \p bytes at \p address, a multiple of it; false refuses.
  virtual bool read(std::uint64_t address, std::uint8_t *data, int bytes) = 0;
  /// Writes those of \p bytes that \p strobes chooses: bit i for byte i.
  virtual bool write(std::uint64_t address, const std::uint8_t *data,
                     std::uint64_t strobes, int bytes) = 0;
};

} // namespace glowplug::npu::cosim
