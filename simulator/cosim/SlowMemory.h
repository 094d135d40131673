// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A memory behind a chip that keeps no contract.

#pragma once

#include <cstdint>

namespace glowplug::npu::cosim {

/// Slower and less orderly than the memory of the contract: results stay, times
/// do not. Zeros: the memory of the contract.
struct SlowMemory {
  std::uint32_t stallPercent; ///< of cycles in which it is not ready, or silent
  std::uint32_t mostLatency;  ///< random up to this, in cycles, for each burst
  std::uint64_t seed;

  bool isAny() const { return stallPercent != 0 || mostLatency != 0; }
};

} // namespace glowplug::npu::cosim
