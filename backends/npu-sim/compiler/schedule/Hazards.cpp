// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ranges of bytes with their last writers and readers, and ports of banks.

#include "backends/npu-sim/compiler/schedule/Hazards.h"

#include <algorithm>
#include <bit>
#include <cstdlib>

namespace glowplug::npusim {

Hazards::Ports Hazards::emptyPorts() {
  Ports ports;
  for (auto &port : ports)
    port.fill(-1);
  return ports;
}

std::array<std::array<std::int32_t, 64>, npu::queueCount>
Hazards::emptyStreams() {
  std::array<std::array<std::int32_t, 64>, npu::queueCount> streams;
  for (auto &queue : streams)
    queue.fill(-1);
  return streams;
}

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
      // but for sums that are added to.
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

void Hazards::takePort(Ports &ports, std::uint64_t banks) {
  for (; banks != 0; banks &= banks - 1) {
    auto &port = ports[std::countr_zero(banks)];
    for (int q = 0; q < npu::queueCount; ++q)
      if (q != queue && port[q] >= 0)
        found.push_back(port[q]);
    // What others did is known to have retired now.
    port.fill(-1);
    port[queue] = id;
  }
}

void Hazards::takePorts(const npu::BankUse &use) {
  takePort(reads, use.frontReads | use.streamReads);
  takePort(writes, use.writes);
  takePort(sumReads, use.sumReads);
  takePort(sumWrites, use.sumWrites);
  // The front of a command works while the one before it streams.
  for (std::uint64_t banks = use.frontReads; banks != 0; banks &= banks - 1)
    if (std::int32_t other = streams[queue][std::countr_zero(banks)];
        other >= 0)
      found.push_back(other);
  for (std::uint64_t banks = use.streamReads; banks != 0; banks &= banks - 1)
    streams[queue][std::countr_zero(banks)] = id;
}

std::vector<std::int32_t> Hazards::add(std::int32_t number,
                                       const npu::Command &command) {
  id = number;
  queue = npu::headerOf(command).queue;
  found.clear();
  for (const npu::Access &access : npu::accessesOf(command, config))
    touch(access);
  takePorts(npu::bankUseOf(command, config));
  std::erase(found, id);
  return found;
}

} // namespace glowplug::npusim
