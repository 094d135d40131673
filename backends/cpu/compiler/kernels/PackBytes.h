// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// 8-bit parts of wider weights. Internal to the kernels.
#pragma once

#include <algorithm>
#include <cstdint>

namespace glowplug::cpu {

/// The part of \p value that weight plane \p plane holds: what 8 bits take of
/// that which the planes before have left.
inline int8_t planeOf(int value, int64_t plane) {
  int part = std::clamp(value, -128, 127);
  for (; plane > 0; --plane) {
    value -= part;
    part = std::clamp(value, -128, 127);
  }
  return static_cast<int8_t>(part);
}

} // namespace glowplug::cpu
