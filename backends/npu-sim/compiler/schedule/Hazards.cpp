// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ranges of bytes with their last writers and readers.

#include "backends/npu-sim/compiler/schedule/Hazards.h"

#include <algorithm>
#include <cstdlib>

namespace glowplug::npusim {

/// Cuts \p ranges at \p place.
template <typename Ranges>
static void cut(Ranges &ranges, std::int64_t place) {
  auto after = ranges.upper_bound(place);
  if (after == ranges.begin())
    return;
  auto at = std::prev(after);
  if (at->first == place || at->second.end <= place)
    return;
  auto rest = at->second;
  at->second.end = place;
  ranges.emplace(place, rest);
}

void Hazards::touch(Ranges &ranges, std::int64_t begin, std::int64_t end,
                    const npu::Access &access) {
  cut(ranges, begin);
  cut(ranges, end);
  std::int64_t at = begin;
  auto next = ranges.lower_bound(begin);
  while (at < end) {
    if (next == ranges.end() || next->first > at) {
      // Bytes that nobody touched yet.
      Range fresh;
      fresh.end = next == ranges.end() ? end : std::min(end, next->first);
      next = ranges.emplace_hint(next, at, fresh);
    }
    Range &range = next->second;
    if (range.writer >= 0) {
      // A queue's writes keep their order. Its reads after writes do not,
      // except those of sums that are added to.
      const bool isOwn = range.writerQueue == queue;
      const bool keepsOrder =
          access.write && (!access.accumulates || range.writerAccumulates);
      if (!isOwn || !keepsOrder)
        found.push_back(range.writer);
    }
    if (access.write) {
      for (int q = 0; q < npu::queueCount; ++q)
        if (q != queue && range.readers[q] >= 0)
          found.push_back(range.readers[q]);
      range.readers.fill(-1);
      range.writer = id;
      range.writerQueue = queue;
      range.writerAccumulates = access.accumulates;
    } else {
      range.readers[queue] = id;
    }
    at = range.end;
    ++next;
  }
  // Neighbours with one history become one again, so that few ranges remain.
  if (!access.write)
    return;
  auto first = ranges.find(begin);
  first->second.end = end;
  ranges.erase(std::next(first), ranges.lower_bound(end));
}

void Hazards::touch(const npu::Access &access) {
  Ranges &ranges = access.space == npu::Space::Scratchpad ? scratchpad
                   : access.space == npu::Space::Accumulator
                       ? accumulator
                       : dram[access.base];
  // Follow the outermost dimension that jumps over what is within it.
  constexpr std::int64_t mostPieces = 256;
  int outer = -1;
  for (int i = 3; i >= 0 && outer < 0; --i) {
    npu::Access inner = access;
    for (int k = i; k < 4; ++k)
      inner.count[k] = 1;
    if (access.count[i] > 1 && access.count[i] <= mostPieces &&
        std::abs(access.step[i]) > inner.high() - inner.low())
      outer = i;
    else if (access.count[i] > 1)
      break;
  }
  if (outer < 0)
    return touch(ranges, access.low(), access.high(), access);
  npu::Access one = access;
  one.count[outer] = 1;
  for (std::int64_t n = 0; n < access.count[outer]; ++n) {
    touch(ranges, one.low(), one.high(), access);
    one.begin += access.step[outer];
  }
}

std::vector<StepId> Hazards::add(StepId number, int ofQueue,
                                 std::span<const npu::Access> accesses) {
  id = number;
  queue = ofQueue;
  found.clear();
  for (const npu::Access &access : accesses)
    touch(access);
  std::erase(found, id);
  return found;
}

} // namespace glowplug::npusim
