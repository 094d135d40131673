// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Axes of layers.

#include "backends/npu-sim/compiler/layout/Job.h"

namespace glowplug::npusim {

Axes axesOf(const Layer &layer, std::size_t rank) {
  const auto last = static_cast<int>(rank) - 1;
  if (layer.kind == LayerKind::MatMul)
    return {last, -1, last - 1};
  return rank == 3 ? Axes{1, -1, 2} : Axes{1, 2, 3};
}

Axes elementwiseAxes(const View &result, int channel) {
  const auto rank = static_cast<int>(result.shape.size());
  Axes axes{channel, -1, -1};
  // The two longest others are rows and columns.
  for (int d = 0; d < rank; ++d) {
    if (d == axes.channel)
      continue;
    if (axes.w < 0 || result.shape[d] >= result.shape[axes.w]) {
      axes.h = axes.w;
      axes.w = d;
    } else if (axes.h < 0 || result.shape[d] >= result.shape[axes.h]) {
      axes.h = d;
    }
  }
  return axes;
}

} // namespace glowplug::npusim
