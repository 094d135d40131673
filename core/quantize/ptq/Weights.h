// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Weights and biases as integers.

#pragma once

#include "core/quantize/ptq/Contraction.h"
#include "core/quantize/ptq/Scheme.h"

namespace glowplug::ptq {

/// The weights of a contraction as int8 with zero point 0.
struct IntegerWeights {
  std::vector<int8_t> values;
  /// One scale per output channel, all equal if `axis` is absent.
  std::vector<float> channelScales;
  std::optional<int64_t> axis; ///< Of the weights, that has the scales.
};

/// Quantises \p weights. Scales are per channel where \p perChannel says so and
/// the channels are an axis of the weights. A scale is raised where \p bias
/// would not fit 32 bits at \p inputScale times it.
IntegerWeights quantizeWeights(const Contraction &contraction,
                               llvm::ArrayRef<float> weights,
                               llvm::ArrayRef<float> bias, float inputScale,
                               Scheme scheme, bool perChannel);

/// What the integers stand for.
std::vector<float> dequantizeWeights(const Contraction &contraction,
                                     const IntegerWeights &weights);

/// The scale of channel \p c of the bias: f32(inputScale * weight scale).
inline float biasScale(const IntegerWeights &weights, float inputScale,
                       size_t c) {
  return inputScale * weights.channelScales[c];
}

/// The bias at biasScale(), rounded to the nearest, half to even.
std::vector<int32_t> quantizeBias(const IntegerWeights &weights,
                                  llvm::ArrayRef<float> bias, float inputScale);

} // namespace glowplug::ptq
