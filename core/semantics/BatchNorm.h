// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a batch normalisation with known statistics computes.

#pragma once

#include <cmath>
#include <optional>
#include <vector>

namespace glowplug {

/// y = x * factor + offset, per channel.
struct Affine {
  std::vector<double> factor, offset;
};

/// The parameters of a batch normalisation, one number per channel each.
struct BatchNormNumbers {
  std::vector<double> scale, bias, mean, variance;
};

/// Its factors and offsets; nothing if one is not finite, since the result then
/// depends on each element.
inline std::optional<Affine> batchNormAffine(const BatchNormNumbers &numbers,
                                             double epsilon) {
  Affine affine;
  for (size_t i = 0; i < numbers.scale.size(); ++i) {
    const double factor =
        numbers.scale[i] / std::sqrt(numbers.variance[i] + epsilon);
    const double offset = numbers.bias[i] - numbers.mean[i] * factor;
    if (!std::isfinite(factor) || !std::isfinite(offset))
      return std::nullopt;
    affine.factor.push_back(factor);
    affine.offset.push_back(offset);
  }
  return affine;
}

} // namespace glowplug
