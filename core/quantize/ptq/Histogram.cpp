// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A histogram whose range grows with the values it sees.

#include "core/quantize/ptq/Histogram.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

using namespace glowplug::ptq;

/// floor(value / 2^widthLog2); exact, as only the exponent changes.
static int64_t binOf(double value, int widthLog2) {
  return static_cast<int64_t>(std::floor(std::ldexp(value, -widthLog2)));
}

Histogram::Histogram(int widthLog2, int64_t firstBin,
                     std::vector<uint64_t> counts)
    : width(widthLog2), first(firstBin), counts(std::move(counts)) {
  assert(this->counts.size() <= binLimit && "too many bins");
}

double Histogram::binWidth() const { return std::ldexp(1.0, width); }

double Histogram::lowEdge(size_t bin) const {
  return std::ldexp(static_cast<double>(first + static_cast<int64_t>(bin)),
                    width);
}

double Histogram::center(size_t bin) const {
  return lowEdge(bin) + binWidth() / 2;
}

uint64_t Histogram::total() const {
  return std::accumulate(counts.begin(), counts.end(), uint64_t(0));
}

/// Doubles the width. A bin goes where the floor of half its number says, so
/// that an odd first bin stays alone.
void Histogram::widen() {
  const int64_t oldFirst = first;
  const int64_t last = first + static_cast<int64_t>(counts.size()) - 1;
  first = oldFirst >> 1;
  std::vector<uint64_t> merged(static_cast<size_t>((last >> 1) - first + 1));
  for (size_t i = 0; i < counts.size(); ++i)
    merged[static_cast<size_t>(((oldFirst + static_cast<int64_t>(i)) >> 1) -
                               first)] += counts[i];
  counts = std::move(merged);
  ++width;
}

/// Makes every value from \p low to \p high, which hold zero, fall into a bin.
void Histogram::cover(double low, double high) {
  if (counts.empty()) {
    // Goes straight to the width that fits.
    const double span = std::max(high, -low);
    if (span > 0)
      width = std::max(minWidthLog2, std::ilogb(span) - 12);
    first = 0;
    counts.assign(1, 0);
  }
  for (;;) {
    const int64_t newFirst = std::min(first, binOf(low, width));
    const int64_t newLast = std::max(
        first + static_cast<int64_t>(counts.size()) - 1, binOf(high, width));
    if (newLast - newFirst + 1 <= binLimit) {
      counts.insert(counts.begin(), static_cast<size_t>(first - newFirst), 0);
      first = newFirst;
      counts.resize(static_cast<size_t>(newLast - newFirst + 1), 0);
      return;
    }
    widen();
  }
}

uint64_t Histogram::add(llvm::ArrayRef<float> values) {
  float low = 0, high = 0;
  uint64_t nonFinite = 0;
  for (float value : values) {
    if (!std::isfinite(value)) {
      ++nonFinite;
      continue;
    }
    low = std::min(low, value);
    high = std::max(high, value);
  }
  if (nonFinite == values.size())
    return nonFinite;
  cover(low, high);
  // A multiplication by a power of two in double is as exact as ldexp.
  const double inverse = std::ldexp(1.0, -width);
  for (float value : values)
    if (std::isfinite(value))
      ++counts[static_cast<size_t>(
          static_cast<int64_t>(std::floor(value * inverse)) - first)];
  return nonFinite;
}
