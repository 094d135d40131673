// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Memory between two pages that nobody may touch.

#pragma once

#include <cstddef>
#include <cstdint>

namespace glowplug::fuzz {

/// Some bytes that end, or begin, at an inaccessible page; they begin at a
/// multiple of 64, so up to 63 more lie before the page where they end there.
/// What lies around them in their pages is filled, and can be looked at again.
class Guarded {
public:
  enum class Side : uint8_t { end, begin };

  Guarded(size_t bytes, Side side);
  ~Guarded();
  Guarded(const Guarded &) = delete;
  Guarded &operator=(const Guarded &) = delete;

  uint8_t *data() const { return first; }
  size_t size() const { return count; }
  /// The bytes become read-only.
  void protect();
  /// Offset from the first byte of the first byte around that has changed;
  /// `untouched` if none has.
  ptrdiff_t firstChange() const;
  static constexpr ptrdiff_t untouched = PTRDIFF_MIN;

private:
  uint8_t filler(size_t offset) const;
  uint8_t *base = nullptr; ///< Of the inaccessible page before.
  uint8_t *open = nullptr; ///< Of the pages between.
  size_t openBytes = 0;
  uint8_t *first = nullptr;
  size_t count = 0;
  Side side;
};

/// How many allocations at multiples of 64 (arenas, workspaces, constants: see
/// GuardedHeap.cpp) this process has made so that they end at an inaccessible
/// page.
uint64_t guardedAllocations();

} // namespace glowplug::fuzz
