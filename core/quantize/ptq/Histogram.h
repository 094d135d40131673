// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A histogram whose range grows with the values it sees.

#pragma once

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <vector>

namespace glowplug::ptq {

/// Counts of finite values in at most 2048 bins of equal width, a power of
/// two, whose edges are multiples of the width; zero is always in range. When
/// a value lies outside, the width doubles and neighbours are merged, which is
/// exact. So the result depends on the values alone, not on their order or on
/// how they were divided.
class Histogram {
public:
  static constexpr int64_t binLimit = 2048;
  /// Exponents of the width; the lowest keeps all denormals apart.
  static constexpr int minWidthLog2 = -149;
  static constexpr int maxWidthLog2 = 120;

  Histogram() = default;
  /// A histogram that was saved. The counts lie within the limits.
  Histogram(int widthLog2, int64_t firstBin, std::vector<uint64_t> counts);

  /// Counts the finite ones of \p values; returns how many were not.
  uint64_t add(llvm::ArrayRef<float> values);

  bool empty() const { return counts.empty(); }
  int widthLog2() const { return width; }
  /// Bin \p i holds values from (firstBin + i) * width up to the next.
  int64_t firstBin() const { return first; }
  llvm::ArrayRef<uint64_t> bins() const { return counts; }
  double binWidth() const;
  /// The middle of a bin.
  double center(size_t bin) const;
  double lowEdge(size_t bin) const;
  uint64_t total() const;

private:
  void cover(double low, double high);
  void widen();

  int width = minWidthLog2;
  int64_t first = 0;
  std::vector<uint64_t> counts;
};

} // namespace glowplug::ptq
