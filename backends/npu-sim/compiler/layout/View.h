// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Where the elements of a tensor lie in DRAM.

#pragma once

#include "backends/npu-sim/compiler/instr/Tile.h"
#include "backends/npu-sim/compiler/program/Program.h"

#include <optional>

namespace glowplug::npusim {

/// Element i lies at `at` + the sum over dims d of i[d] * strides[d], bytes
/// of a buffer; but along the blocked dim at (i / lanes) *
/// strides[blocked] + (i % lanes) * bytes of an element.
struct View {
  Place at;
  std::int64_t elementBytes = 1;
  Shape shape;
  std::vector<std::int64_t> strides;
  int blocked = -1; ///< a dim, or -1
  std::int64_t lanes = 1;
  /// Of a blocked dim: the lanes of the last block after the last channel have
  /// been written, with any value.
  bool isFilled = false;
  int storage = -1; ///< of Layout; the offset counts from its beginning

  bool isBlocked() const { return blocked >= 0; }
};

/// Row-major.
View denseView(Place at, const Shape &shape, std::int64_t elementBytes);

/// [outer][blocks][inner][lanes]: the dims but for \p blocked row-major, with
/// the blocks of \p lanes before the dims after it. \p at is a multiple of 64.
View blockedView(Place at, const Shape &shape, std::int64_t elementBytes,
                 int blocked, std::int64_t lanes);

/// Bytes of blockedView(), the last block whole.
std::int64_t blockedBytes(const Shape &shape, std::int64_t elementBytes,
                          int blocked, std::int64_t lanes);

/// The same bytes under another shape, in row-major order; nothing if no view
/// can express that.
std::optional<View> reshaped(const View &view, const Shape &shape);
View transposed(const View &view, const std::vector<std::int64_t> &permutation);
/// Nothing if a block would be cut.
std::optional<View> sliced(const View &view,
                           const std::vector<std::int64_t> &starts,
                           const std::vector<std::int64_t> &strides,
                           const Shape &shape);
/// \p shape has the view's rank; dims of 1 are repeated.
View broadcasted(const View &view, const Shape &shape);

/// A tensor as the engines walk it: outer indices, rows, columns, and channels
/// in blocks of R lanes.
struct Grid {
  std::uint32_t buffer = noBuffer;
  std::vector<std::int64_t> offsets; ///< one for each outer index
  std::int64_t channels = 1, height = 1, width = 1;
  std::int64_t stepBlock = 0, stepH = 0, stepW = 0; ///< bytes
  std::int64_t stepLane = 1; ///< between channels of one block
  std::int64_t elementBytes = 1;
  /// The last block has all its lanes in memory, whatever is in them.
  bool isPadded = false;

  std::int64_t blocks(std::int64_t lanes) const {
    return (channels + lanes - 1) / lanes;
  }
};

/// \p view with dim \p channel as channels, dims \p h and \p w (or -1) as rows
/// and columns, and all others as outer indices, row-major. Nothing if another
/// dim is blocked.
std::optional<Grid> gridOf(const View &view, int channel, int h, int w,
                           std::int64_t lanes);

} // namespace glowplug::npusim
