// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Weights and biases as integers.

#include "core/quantize/ptq/Weights.h"

#include <algorithm>
#include <cmath>

using namespace glowplug;
using namespace glowplug::ptq;

/// Largest magnitude of an integer bias: half of the range is left for the
/// sums.
static constexpr double biasLimit = 1 << 30;

IntegerWeights ptq::quantizeWeights(const Contraction &contraction,
                                    llvm::ArrayRef<float> weights,
                                    llvm::ArrayRef<float> bias,
                                    float inputScale, Scheme scheme,
                                    bool perChannel) {
  const auto channels = static_cast<size_t>(contraction.channels());
  IntegerWeights result;
  if (perChannel)
    result.axis = contraction.weightAxis();
  std::vector<double> magnitudes(channels, 0);
  for (size_t i = 0; i < weights.size(); ++i) {
    double &magnitude =
        magnitudes[size_t(contraction.channelOf(static_cast<int64_t>(i)))];
    magnitude = std::max<double>(magnitude, std::fabs(weights[i]));
  }
  for (size_t c = 0; c < channels; ++c) {
    const double least = std::fabs(bias[c]) / biasLimit / inputScale;
    float scale = weightScale(magnitudes[c], scheme);
    if (scale < least)
      scale = roundUpToPowerOfTwo(least);
    result.channelScales.push_back(scale);
  }
  if (!result.axis)
    result.channelScales.assign(channels,
                                *std::max_element(result.channelScales.begin(),
                                                  result.channelScales.end()));
  for (size_t i = 0; i < weights.size(); ++i) {
    const float scale = result.channelScales[size_t(
        contraction.channelOf(static_cast<int64_t>(i)))];
    result.values.push_back(static_cast<int8_t>(
        std::clamp(std::nearbyint(double(weights[i]) / scale), -127., 127.)));
  }
  return result;
}

std::vector<float> ptq::dequantizeWeights(const Contraction &contraction,
                                          const IntegerWeights &weights) {
  std::vector<float> result;
  for (size_t i = 0; i < weights.values.size(); ++i)
    result.push_back(static_cast<float>(weights.values[i]) *
                     weights.channelScales[size_t(
                         contraction.channelOf(static_cast<int64_t>(i)))]);
  return result;
}

std::vector<int32_t> ptq::quantizeBias(const IntegerWeights &weights,
                                       llvm::ArrayRef<float> bias,
                                       float inputScale) {
  std::vector<int32_t> result;
  for (size_t c = 0; c < bias.size(); ++c)
    result.push_back(static_cast<int32_t>(std::clamp(
        std::nearbyint(double(bias[c]) / biasScale(weights, inputScale, c)),
        -2147483648., 2147483647.)));
  return result;
}
