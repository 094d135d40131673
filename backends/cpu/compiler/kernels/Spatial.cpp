// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tap ranges and tiles of a row.

#include "backends/cpu/compiler/kernels/Spatial.h"

#include <algorithm>

namespace glowplug::cpu {

/// The least integer at or above a / b, for b > 0.
static int64_t divideUp(int64_t a, int64_t b) {
  return a >= 0 ? (a + b - 1) / b : -(-a / b);
}

Range outputsInside(const SpatialDim &dim, int64_t k) {
  // 0 <= o * stride + shift < in
  const int64_t shift = k * dim.dilation - dim.low;
  const int64_t begin =
      std::clamp<int64_t>(divideUp(-shift, dim.stride), 0, dim.out);
  const int64_t end =
      std::clamp<int64_t>(divideUp(dim.in - shift, dim.stride), 0, dim.out);
  return {begin, std::max(begin, end)};
}

/// The class of the tile of \p width outputs from \p begin on.
static ColumnClass classOf(const SpatialDim &dim, int64_t begin,
                           int64_t width) {
  ColumnClass tile;
  tile.begin = begin;
  tile.count = 1;
  tile.width = width;
  for (int64_t k = 0; k < dim.kernel; ++k) {
    const Range all = outputsInside(dim, k);
    Range taps{std::clamp<int64_t>(all.begin - begin, 0, width),
               std::clamp<int64_t>(all.end - begin, 0, width)};
    if (taps.begin >= taps.end)
      taps = {0, 0};
    tile.inside &= taps == Range{0, width};
    tile.taps.push_back(taps);
  }
  return tile;
}

std::vector<ColumnClass> splitColumns(const SpatialDim &dim, int64_t maxWidth) {
  std::vector<ColumnClass> classes;
  if (dim.out == 0)
    return classes;
  const int64_t tiles = divideUp(dim.out, maxWidth);
  const int64_t width = divideUp(dim.out, tiles);
  const int64_t wide = dim.out - tiles * (width - 1);
  // Rows can be long (whole planes), so runs of tiles that need no look at
  // their taps are taken in one step.
  const bool isInside = dim.isInside();
  for (int64_t t = 0; t < tiles;) {
    const int64_t w = t < wide ? width : width - 1;
    const int64_t begin = t * (width - 1) + std::min(t, wide);
    ColumnClass tile = classOf(dim, begin, w);
    if (isInside)
      tile.count = t < wide ? wide : tiles - wide;
    t += tile.count;
    ColumnClass *last = classes.empty() ? nullptr : &classes.back();
    if (last && last->width == w && last->taps == tile.taps)
      last->count += tile.count;
    else
      classes.push_back(std::move(tile));
  }
  return classes;
}

} // namespace glowplug::cpu
