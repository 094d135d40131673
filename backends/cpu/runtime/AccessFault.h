// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The first access out of bounds of a kernel with bounds tests.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace glowplug::cpu {

/// The constant part of what is known of an access, in 64 bits.
struct AccessKind {
  bool isStore = false;
  int32_t buffer = -1; ///< -1: memory of the kernel's own
  uint32_t bufferCount = 0;
  uint32_t alignLog2 = 0;

  uint64_t encode() const {
    return uint64_t(isStore) | uint64_t(alignLog2) << 1 |
           uint64_t(bufferCount) << 8 | uint64_t(uint32_t(buffer)) << 32;
  }
  static AccessKind decode(uint64_t bits) {
    return {(bits & 1) != 0, static_cast<int32_t>(bits >> 32),
            static_cast<uint32_t>(bits >> 8 & 0xffffff),
            static_cast<uint32_t>(bits >> 1 & 0x7f)};
  }
};

/// The first bad access of a run. Kernels on several threads may write it.
class AccessFault {
public:
  bool happened() const { return isWritten.load(std::memory_order_acquire); }
  void clear();
  /// Takes note of an access of the addresses [\p first, \p end) by a kernel
  /// with the table \p table, unless there was one before.
  void report(const void *const *table, AccessKind kind, uint64_t first,
              uint64_t end);
  /// "stores bytes 4096 to 4160 of buffer 2, which holds 4096 bytes"
  std::string describe() const;

private:
  AccessKind kind;
  int64_t first = 0, end = 0; ///< from the start of the buffer
  int64_t size = 0;           ///< of the buffer
  std::atomic<bool> isTaken{false};
  std::atomic<bool> isWritten{false};
};

} // namespace glowplug::cpu
