// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Joins loops, and cuts what a copy cannot hold.

#include "backends/npu-sim/compiler/emit/Transfer.h"

#include <algorithm>

namespace glowplug::npusim {

constexpr std::int64_t mostRun = 65535, mostCount = 65535;
constexpr std::size_t mostLoops = 4;

void Transfer::loop(std::int64_t count, std::int64_t from, std::int64_t to) {
  if (count == 1)
    return;
  // Runs that are contiguous on both sides become one.
  if (loops.empty() && from == run && to == run && run * count <= mostRun) {
    run *= count;
    return;
  }
  if (!loops.empty() && from == loops.back().from * loops.back().count &&
      to == loops.back().to * loops.back().count &&
      loops.back().count * count <= mostCount) {
    loops.back().count *= count;
    return;
  }
  loops.push_back({count, from, to});
}

/// Loops beyond the fourth, and long ones, become copies of their own.
void Transfer::emit(Emitter &emitter, npu::Queue queue, std::size_t depth,
                    Place from, Place to) const {
  if (depth > mostLoops) {
    const Loop &outer = loops[depth - 1];
    for (std::int64_t i = 0; i < outer.count; ++i)
      emit(emitter, queue, depth - 1, from + i * outer.from, to + i * outer.to);
    return;
  }
  const Loop outer = depth == 0 ? Loop{1, 0, 0} : loops[depth - 1];
  for (std::int64_t i = 0; i < outer.count; i += mostCount) {
    Tile source{from + i * outer.from, gp_image_dtype_u8, {}};
    Tile target{to + i * outer.to, gp_image_dtype_u8, {}};
    for (std::size_t k = depth; k-- > 0;) {
      const std::int64_t count = k + 1 == depth
                                     ? std::min(mostCount, outer.count - i)
                                     : loops[k].count;
      source.dims.push_back({count, loops[k].from});
      target.dims.push_back({count, loops[k].to});
    }
    source.dims.push_back({run, 1});
    target.dims.push_back({run, 1});
    emitter.copy(queue, source, target);
  }
}

} // namespace glowplug::npusim
