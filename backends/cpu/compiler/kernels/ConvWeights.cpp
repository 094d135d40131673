// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Order of convolution weights in memory.

#include "backends/cpu/compiler/kernels/Conv.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cassert>

using namespace llvm;

namespace glowplug::cpu {

/// [C / lanes][KH][KW][lanes]
static void packDepthwise(const ConvPlan &plan, ArrayRef<float> weights,
                          MutableArrayRef<float> packed) {
  const int64_t lanes = plan.target.lanes;
  const int64_t taps = plan.spec.rows.kernel * plan.spec.columns.kernel;
  for (int64_t c = 0; c < plan.spec.outChannels; ++c)
    for (int64_t tap = 0; tap < taps; ++tap)
      packed[(c / lanes * taps + tap) * lanes + c % lanes] =
          weights[c * taps + tap];
}

void packConvWeights(const ConvPlan &plan, ArrayRef<float> weights,
                     MutableArrayRef<float> packed) {
  assert(int64_t(packed.size()) == plan.packedElements());
  std::fill(packed.begin(), packed.end(), 0.0f);
  if (plan.kind == ConvKind::depthwise) {
    packDepthwise(plan, weights, packed);
    return;
  }
  // [group][panel][I / block][KH][KW][block][vectors * lanes], where a block
  // is lanes input channels, or one of them for a row-major input. The last
  // panel of a group may have fewer vectors.
  const int64_t lanes = plan.target.lanes;
  const int64_t block = plan.kind == ConvKind::blocked ? lanes : 1;
  const int64_t inputs = plan.groupIn();
  const int64_t padded = alignTo(inputs, block);
  const int64_t taps = plan.spec.rows.kernel * plan.spec.columns.kernel;
  const int64_t outBlocks = plan.outBlocks();
  for (int64_t group = 0; group < plan.spec.groups; ++group)
    for (int64_t first = 0; first < outBlocks; first += plan.vectors) {
      const int64_t width =
          std::min<int64_t>(plan.vectors, outBlocks - first) * lanes;
      const int64_t outputs = std::min(width, plan.groupOut() - first * lanes);
      const float *from =
          weights.data() +
          (group * plan.groupOut() + first * lanes) * inputs * taps;
      float *panel =
          packed.data() + (group * outBlocks + first) * lanes * padded * taps;
      for (int64_t i = 0; i < inputs; ++i)
        for (int64_t tap = 0; tap < taps; ++tap) {
          float *to =
              panel + ((i / block * taps + tap) * block + i % block) * width;
          for (int64_t o = 0; o < outputs; ++o)
            to[o] = from[(o * inputs + i) * taps + tap];
        }
    }
}

} // namespace glowplug::cpu
