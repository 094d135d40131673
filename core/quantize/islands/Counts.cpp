// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How many elements the windows of an op hold.

#include "core/quantize/islands/Counts.h"

using namespace glowplug;
using namespace glowplug::islands;
using namespace mlir;

/// How many elements other than pads each window along \p dim has.
static Numbers countsAlong(prim::WindowOp window, int64_t dim) {
  const int64_t rank = prim::rankOf(window.getResult());
  const int64_t in = prim::shapeOf(window.getInput())[dim],
                out = prim::shapeOf(window.getResult())[dim];
  Numbers counts{prim::Shape(rank, 1), {}};
  counts.shape[dim] = out;
  for (int64_t i = 0; i < out; ++i) {
    const int64_t first =
        i * window.getStrides()[dim] - window.getPadsLow()[dim];
    int64_t count = 0;
    for (int64_t k = 0; k < window.getSizes()[dim]; ++k) {
      const int64_t at = first + k * window.getDilations()[dim];
      count += at >= 0 && at < in;
    }
    counts.values.push_back(static_cast<double>(count));
  }
  return counts.collapsed();
}

Numbers islands::windowCounts(prim::WindowOp window) {
  const int64_t rank = prim::rankOf(window.getResult());
  Numbers counts = Numbers::one(1, rank);
  for (int64_t dim = 0; dim < rank; ++dim)
    counts = combine(counts, countsAlong(window, dim),
                     [](double a, double b) { return a * b; });
  return counts;
}
