// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// 8-bit parts of wider weights. Internal to the kernels.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace glowplug::cpu {

/// The part of \p value that weight plane \p plane holds: as much of what the
/// planes before it left over as 8 bits can hold.
inline int8_t planeOf(int value, int64_t plane) {
  int part = std::clamp(value, -128, 127);
  for (; plane > 0; --plane) {
    value -= part;
    part = std::clamp(value, -128, 127);
  }
  return static_cast<int8_t>(part);
}

/// Puts \p value where WordPairs have byte \p byte of lane \p lane: vectors of
/// the even bytes of \p lanes lanes at \p step, then vectors of the odd ones.
inline void storePaired(int8_t *step, int64_t lanes, int64_t lane, int64_t byte,
                        int16_t value) {
  int8_t *to = step + ((byte % 2 * lanes + lane) * 2 + byte / 2) * 2;
  std::memcpy(to, &value, sizeof value);
}

} // namespace glowplug::cpu
