/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/**
 * \file
 * Places buffers with known lifetimes in one arena. C++17.
 */
#ifndef GLOWPLUG_GLUE_ARENA_H
#define GLOWPLUG_GLUE_ARENA_H

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <tuple>
#include <vector>

namespace glowplug::glue {

/// A buffer that holds something from step \p first to step \p last, both
/// included; first <= last.
struct ArenaRequest {
  uint64_t bytes = 0;
  uint32_t first = 0;
  uint32_t last = 0;
};

struct ArenaPlan {
  std::vector<uint64_t> offsets; ///< Bytes, one per request, aligned.
  uint64_t bytes = 0;            ///< Size of the arena, aligned.
};

/// \p bytes rounded up to a multiple of \p alignment, a power of two.
inline uint64_t alignUp(uint64_t bytes, uint64_t alignment) {
  return (bytes + alignment - 1) & ~(alignment - 1);
}

/// The bytes that are alive together at the worst step, each request rounded
/// up to \p alignment. No plan is smaller.
inline uint64_t arenaLowerBound(const std::vector<ArenaRequest> &requests,
                                uint64_t alignment = 64) {
  // The sum can only rise at a step where something begins.
  uint64_t peak = 0;
  for (const ArenaRequest &at : requests) {
    uint64_t alive = 0;
    for (const ArenaRequest &other : requests)
      if (other.first <= at.first && at.first <= other.last)
        alive += alignUp(other.bytes, alignment);
    peak = std::max(peak, alive);
  }
  return peak;
}

/// Greedy best fit: the largest request first, each in the tightest gap that
/// its contemporaries leave, else above them. Deterministic; takes O(n^2)
/// steps. Empty if the sizes do not fit 64 bits.
inline std::optional<ArenaPlan>
planArena(const std::vector<ArenaRequest> &requests, uint64_t alignment = 64) {
  uint64_t total = 0;
  for (const ArenaRequest &request : requests) {
    const uint64_t limit = UINT64_MAX - total;
    if (request.bytes > limit || limit - request.bytes < alignment)
      return std::nullopt;
    total += alignUp(request.bytes, alignment);
  }

  std::vector<size_t> order(requests.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    const ArenaRequest &x = requests[a], &y = requests[b];
    return std::tie(y.bytes, x.first, x.last, a) <
           std::tie(x.bytes, y.first, y.last, b);
  });

  ArenaPlan plan;
  plan.offsets.assign(requests.size(), 0);
  std::vector<size_t> placed; // by offset
  for (const size_t index : order) {
    const ArenaRequest &request = requests[index];
    const uint64_t size = alignUp(request.bytes, alignment);
    if (size == 0)
      continue;
    uint64_t gapBegin = 0, bestOffset = 0, bestGap = UINT64_MAX;
    for (const size_t otherIndex : placed) {
      const ArenaRequest &other = requests[otherIndex];
      if (other.last < request.first || request.last < other.first)
        continue;
      const uint64_t otherBegin = plan.offsets[otherIndex];
      if (otherBegin > gapBegin) {
        const uint64_t gap = otherBegin - gapBegin;
        if (gap >= size && gap < bestGap) {
          bestGap = gap;
          bestOffset = gapBegin;
        }
      }
      gapBegin =
          std::max(gapBegin, otherBegin + alignUp(other.bytes, alignment));
    }
    const uint64_t offset = bestGap != UINT64_MAX ? bestOffset : gapBegin;
    plan.offsets[index] = offset;
    plan.bytes = std::max(plan.bytes, offset + size);
    const auto above = std::upper_bound(placed.begin(), placed.end(), offset,
                                        [&](uint64_t value, size_t other) {
                                          return value < plan.offsets[other];
                                        });
    placed.insert(above, index);
  }
  return plan;
}

} // namespace glowplug::glue

#endif // GLOWPLUG_GLUE_ARENA_H
