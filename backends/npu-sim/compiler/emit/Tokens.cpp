// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tiles as strided accesses to a space, and waits for them.

#include "backends/npu-sim/compiler/emit/Tokens.h"

#include <glowplug/glue/dtype.h>

#include <algorithm>

namespace glowplug::npusim {

/// The loops of \p tile with the smallest steps innermost, and those joined
/// that touch without a gap. Where more than four are left, the outer ones
/// count as one range.
npu::Access Tokens::accessOf(const Tile &tile, bool writes) const {
  struct Loop {
    std::int64_t step, count;
  };
  std::vector<Loop> loops;
  const auto add = [&](std::int64_t count, std::int64_t step) {
    if (count > 1 && step != 0)
      loops.push_back({step, count});
  };
  for (const TileDim &dim : tile.dims) {
    add((dim.size + dim.block - 1) / dim.block, dim.stride);
    add(std::min(dim.size, dim.block), dim.inner);
  }
  std::sort(loops.begin(), loops.end(), [](const Loop &a, const Loop &b) {
    return std::abs(a.step) < std::abs(b.step);
  });
  const Buffer &buffer = buffers[tile.at.buffer];
  npu::Access access;
  // The two parts of the scratchpad are apart from each other.
  access.space = buffer.space == accumulatorSpace  ? npu::Space::Accumulator
                 : buffer.space == scratchpadSpace ? npu::Space::Scratchpad
                                                   : npu::Space::Dram;
  access.base = static_cast<std::uint8_t>(buffer.space);
  access.write = writes;
  access.begin = buffer.offset + tile.at.offset;
  access.run = static_cast<std::int64_t>(gp_dtype_bytes(tile.dtype));
  std::size_t depth = 0;
  for (const auto &[step, count] : loops) {
    if (depth == 0 && step == access.run) {
      access.run *= count;
    } else if (depth < access.count.size()) {
      access.count[depth] = count;
      access.step[depth++] = step;
    } else {
      access.begin += std::min<std::int64_t>(0, step * (count - 1));
      access.run += std::abs(step) * (count - 1);
    }
  }
  return access;
}

std::vector<std::uint32_t> Tokens::add(int engine, std::span<const Tile> reads,
                                       const Tile &writes) {
  std::vector<npu::Access> accesses;
  for (const Tile &tile : reads)
    accesses.push_back(accessOf(tile, false));
  accesses.push_back(accessOf(writes, true));
  std::vector<StepId> earlier = hazards.add(clocks.count(), engine, accesses);
  earlier.insert(earlier.end(), extra.begin(), extra.end());
  extra.clear();
  std::vector<std::uint32_t> waits;
  for (StepId step : clocks.add(engine, std::move(earlier)).steps)
    if (step >= 0)
      waits.push_back(static_cast<std::uint32_t>(step));
  return waits;
}

} // namespace glowplug::npusim
