// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Order of convolution weights in memory.

#include "backends/cpu/compiler/kernels/Conv.h"

#include "backends/cpu/compiler/kernels/PackBytes.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cassert>

using namespace llvm;

namespace glowplug::cpu {

/// [C / lanes][KH][KW][lanes]
template <typename Element>
static void packDepthwise(const ConvPlan &plan, ArrayRef<Element> weights,
                          Element *packed) {
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
    packDepthwise(plan, weights, packed.data());
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

int64_t weightPlanesFor(int64_t least, int64_t greatest) {
  int64_t planes = 1;
  while (greatest > 127 * planes || least < -128 * planes)
    ++planes;
  return planes;
}

/// [C / lanes][KH][KW / 4][lanes][4]
static void packQuads(const ConvPlan &plan, ArrayRef<int16_t> weights,
                      MutableArrayRef<int8_t> packed) {
  const int64_t lanes = plan.target.lanes;
  const int64_t width = plan.spec.columns.kernel;
  const int64_t taps = plan.spec.rows.kernel * width;
  const int64_t quads = divideCeil(width, 4);
  for (int64_t c = 0; c < plan.spec.outChannels; ++c)
    for (int64_t tap = 0; tap < taps; ++tap) {
      const int64_t row = c / lanes * plan.spec.rows.kernel + tap / width;
      const int64_t quad = row * quads + tap % width / 4;
      packed[(quad * lanes + c % lanes) * 4 + tap % width % 4] =
          static_cast<int8_t>(weights[c * taps + tap]);
    }
}

/// [group][panel][I / lanes][KH][KW][step][plane][vectors * lanes][4]: as f32,
/// with four input channels in the place of one. Of a mixed plan there is one
/// group, and each word of four channels is a block of its own. WordPairs have
/// two halves in the place of planes.
class DenseBytes {
public:
  DenseBytes(const ConvPlan &plan, MutableArrayRef<int8_t> packed)
      : plan(plan), packed(packed), isMixed(plan.kind == ConvKind::mixed),
        isPaired(plan.target.byteDot == ByteDot::pairs),
        blockInputs(isMixed ? 4 : plan.target.lanes),
        taps(plan.spec.rows.kernel * plan.spec.columns.kernel),
        steps(plan.blockSteps()), planes(plan.stepVectors()) {}

  /// The \p weights of output channel \p o: [inputs][taps].
  void pack(int64_t o, const int16_t *weights) {
    const int64_t lanes = plan.target.lanes;
    const int64_t outputs = plan.spec.outChannels / plan.kernelGroups();
    const int64_t block = o % outputs / lanes;
    const int64_t first = block / plan.vectors * plan.vectors;
    const int64_t perBlock =
        plan.inBlocks() * steps * planes * taps * lanes * 4;
    panel = packed.data() + (o / outputs * plan.outBlocks() + first) * perBlock;
    width = std::min<int64_t>(plan.vectors, plan.outBlocks() - first) * lanes;
    column = o % outputs - first * lanes;
    const int64_t inputs = plan.groupIn();
    // Where a mixed plan has the group's first input, after those of others.
    const int64_t skipped =
        isMixed ? o / plan.groupOut() * inputs - plan.inSteps(block).begin * 4
                : 0;
    for (int64_t i = 0; i < inputs; ++i)
      for (int64_t tap = 0; tap < taps; ++tap)
        store(skipped + i, tap, weights[i * taps + tap]);
  }

private:
  void store(int64_t input, int64_t tap, int16_t weight) {
    const int64_t step =
        (input / blockInputs * taps + tap) * steps + input % blockInputs / 4;
    if (isPaired) {
      storePaired(panel + step * planes * width * 4, width, column, input % 4,
                  weight);
      return;
    }
    for (int64_t plane = 0; plane < planes; ++plane)
      panel[((step * planes + plane) * width + column) * 4 + input % 4] =
          planeOf(weight, plane);
  }

  const ConvPlan &plan;
  const MutableArrayRef<int8_t> packed;
  const bool isMixed, isPaired;
  const int64_t blockInputs; ///< channels of an input block
  const int64_t taps, steps, planes;
  int8_t *panel = nullptr; ///< of the output channel at hand
  int64_t width = 0;       ///< columns of the panel
  int64_t column = 0;      ///< of the channel, in the panel
};

void packConvWeights(const ConvPlan &plan, ArrayRef<int16_t> weights,
                     MutableArrayRef<int8_t> packed) {
  assert(int64_t(packed.size()) == 4 * plan.packedElements());
  std::fill(packed.begin(), packed.end(), int8_t(0));
  if (plan.usesQuads) {
    packQuads(plan, weights, packed);
    return;
  }
  if (plan.kind == ConvKind::depthwise) {
    packDepthwise(plan, weights, reinterpret_cast<int16_t *>(packed.data()));
    return;
  }
  DenseBytes dense(plan, packed);
  const int64_t perOutput =
      plan.groupIn() * plan.spec.rows.kernel * plan.spec.columns.kernel;
  for (int64_t o = 0; o < plan.spec.outChannels; ++o)
    dense.pack(o, weights.data() + o * perOutput);
}

} // namespace glowplug::cpu
