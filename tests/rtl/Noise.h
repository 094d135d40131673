// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Random bytes, for memories and for ports that are not read.

#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <random>

namespace glowplug::npu::test {

/// Fills \p size bytes at \p to.
inline void fillRandomly(std::mt19937_64 &random, void *to, std::size_t size) {
  auto *bytes = static_cast<char *>(to);
  for (std::size_t at = 0; at < size; at += sizeof(std::uint64_t)) {
    const std::uint64_t value = random();
    std::memcpy(bytes + at, &value, std::min(size - at, sizeof value));
  }
}

} // namespace glowplug::npu::test
