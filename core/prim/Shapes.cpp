// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Shape formulas. Computed in 128 bits: attributes come from untrusted files.

#include "core/prim/Shapes.h"

#include <algorithm>
#include <limits>

using namespace glowplug;

using Wide = __int128;

static int64_t narrow(Wide value) {
  return value < 0 || value > std::numeric_limits<int64_t>::max()
             ? -1
             : static_cast<int64_t>(value);
}

int64_t prim::dilatedSize(int64_t size, int64_t dilation) {
  return narrow(Wide(dilation) * (size - 1) + 1);
}

int64_t prim::windowedSize(int64_t in, int64_t size, int64_t stride,
                           int64_t low, int64_t high, int64_t dilation) {
  const Wide room =
      Wide(in) + low + high - (Wide(dilation) * (Wide(size) - 1) + 1);
  // Division rounds toward zero; a negative room must round down.
  const Wide steps =
      room >= 0 ? room / stride : -((-room + stride - 1) / stride);
  return narrow(steps + 1);
}

int64_t prim::transposedSize(int64_t in, int64_t size, int64_t stride,
                             int64_t low, int64_t high, int64_t dilation) {
  return narrow((Wide(in) - 1) * stride + Wide(dilation) * (Wide(size) - 1) +
                1 - low - high);
}

int64_t prim::paddedSize(int64_t in, int64_t low, int64_t high,
                         int64_t interior) {
  return narrow(Wide(low) + high + in +
                Wide(interior) * std::max<int64_t>(in - 1, 0));
}
