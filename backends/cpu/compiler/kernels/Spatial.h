// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Which outputs of a sliding window read inside of the input, and how a row of
/// outputs splits into tiles. Plain arithmetic, no IR.
#pragma once

#include <cstdint>
#include <vector>

namespace glowplug::cpu {

/// A sliding window over one dim: output o reads the input at
/// o * stride - low + k * dilation for k in [0, kernel).
struct SpatialDim {
  int64_t in = 1;
  int64_t out = 1;
  int64_t kernel = 1;
  int64_t stride = 1;
  int64_t dilation = 1;
  int64_t low = 0; ///< padding before the first element

  /// True if every window lies inside of the input.
  bool isInside() const {
    return low == 0 && (out - 1) * stride + (kernel - 1) * dilation < in;
  }

  bool operator==(const SpatialDim &) const = default;
};

/// A half-open range.
struct Range {
  int64_t begin = 0;
  int64_t end = 0;
  bool operator==(const Range &) const = default;
};

/// Outputs in [0, dim.out) for which tap \p k reads inside of the input.
Range outputsInside(const SpatialDim &dim, int64_t k);

/// Neighbouring tiles of one width whose taps read inside of the input for the
/// same outputs, so that they share code.
struct ColumnClass {
  int64_t begin = 0;       ///< first output of the first tile
  int64_t count = 0;       ///< tiles, one after the other
  int64_t width = 0;       ///< outputs per tile
  bool inside = true;      ///< every tap of every output reads inside
  std::vector<Range> taps; ///< per tap: outputs of a tile that read inside

  bool operator==(const ColumnClass &) const = default;
};

/// Splits a row into tiles of at most \p maxWidth whose widths differ by at
/// most one, widest first.
std::vector<ColumnClass> splitColumns(const SpatialDim &dim, int64_t maxWidth);

} // namespace glowplug::cpu
