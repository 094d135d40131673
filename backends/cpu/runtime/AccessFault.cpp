// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Records the first access out of bounds of a kernel with bounds tests.

#include "backends/cpu/runtime/AccessFault.h"

namespace glowplug::cpu {

void AccessFault::clear() {
  isWritten.store(false, std::memory_order_relaxed);
  isTaken.store(false, std::memory_order_relaxed);
}

void AccessFault::report(const void *const *table, AccessKind accessKind,
                         uint64_t from, uint64_t to) {
  if (isTaken.exchange(true, std::memory_order_relaxed))
    return;
  kind = accessKind;
  uint64_t start = 0;
  if (kind.buffer >= 0) {
    // After the buffers, their bounds: see codegen/CheckAccesses.h.
    const void *const *bounds = table + kind.bufferCount + 2 * kind.buffer;
    start = reinterpret_cast<uintptr_t>(bounds[0]);
    size = static_cast<int64_t>(reinterpret_cast<uintptr_t>(bounds[1]) - start);
  }
  first = static_cast<int64_t>(from - start);
  end = static_cast<int64_t>(to - start);
  isWritten.store(true, std::memory_order_release);
}

std::string AccessFault::describe() const {
  std::string text = kind.isStore ? "stores" : "loads";
  if (kind.buffer < 0)
    return text + " outside of its own memory";
  text += " bytes " + std::to_string(first) + " to " + std::to_string(end) +
          " of buffer " + std::to_string(kind.buffer) + ", which holds " +
          std::to_string(size) + " bytes";
  if (first >= 0 && end <= size)
    text += ", at an address that is not a multiple of " +
            std::to_string(uint64_t(1) << kind.alignLog2);
  return text;
}

} // namespace glowplug::cpu
