// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// From what was seen of a tensor to the range that its integers cover.

#pragma once

#include "core/quantize/ptq/Profile.h"
#include "core/quantize/ptq/Scheme.h"

namespace glowplug::ptq {

/// How much of the tails is cut off, so that the middle gets finer steps.
struct Calibration {
  enum class Method : uint8_t {
    minMax,     ///< Nothing is cut off.
    percentile, ///< What lies outside the given share of values.
    mse,        ///< What makes the mean square error least.
    kl,         ///< What makes the Kullback-Leibler divergence least, of
                ///< ranges with at most klErrorLimit times the square error.
  };
  Method method = Method::minMax;
  double percentile = 99.99; ///< Above 50, at most 100.

  /// "minmax", "percentile", "percentile:99.9", "mse" or "kl"; or a message.
  static llvm::Expected<Calibration> parse(llvm::StringRef text);
  std::string text() const;
};

/// The range for \p tensor, which holds 0 and lies within its min and max
/// (extended to hold 0).
Range calibrate(const TensorProfile &tensor, const Calibration &calibration,
                Scheme scheme);

/// A range chosen by its divergence may have at most this many times the square
/// error of the full range: one bit of the eight.
inline constexpr double klErrorLimit = 4;

/// Sum over a histogram of the squared error of its bins' middles when they
/// are quantised with \p params. The bins beside zero have none: zero is exact
/// under every range, and of most tensors many values are zero.
double squaredError(const Histogram &histogram, const QuantParams &params);

/// Divergence of the distribution of magnitudes from what is left of it when
/// those above \p bins bins are clipped and the rest has \p levels levels.
/// \p magnitudes: counts by bins of equal width from 0.
double clippedDivergence(llvm::ArrayRef<double> magnitudes, size_t bins,
                         size_t levels);

/// Counts of magnitudes, of both signs, in bins of equal width from 0.
struct Magnitudes {
  std::vector<double> counts;
  double binWidth = 0;
};

/// The magnitudes that the search for the least divergence looks at. Zero is
/// exact under every range, so many zeros say nothing: the first bin is limited
/// to the count of the second. Then bins are merged until they hold 16 values
/// on average, so that the search does not fit noise.
Magnitudes magnitudesOf(const Histogram &histogram);

} // namespace glowplug::ptq
