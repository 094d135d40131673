// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From histograms to ranges: min-max and percentile; mse and kl by search.

#include "core/quantize/ptq/Calibrate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

using namespace glowplug;
using namespace glowplug::ptq;

llvm::Expected<Calibration> Calibration::parse(llvm::StringRef text) {
  Calibration result;
  auto [name, argument] = text.split(':');
  if (text == "minmax")
    result.method = Method::minMax;
  else if (text == "mse")
    result.method = Method::mse;
  else if (text == "kl")
    result.method = Method::kl;
  else if (name == "percentile")
    result.method = Method::percentile;
  else
    return llvm::createStringError(
        "needs minmax, percentile[:SHARE], mse or kl, but got '" + text + "'");
  if (text.contains(':') &&
      (argument.getAsDouble(result.percentile) ||
       !(result.percentile > 50 && result.percentile <= 100)))
    return llvm::createStringError(
        "percentile needs a number above 50 and at most 100, but got '" +
        argument + "'");
  return result;
}

std::string Calibration::text() const {
  switch (method) {
  case Method::minMax:
    return "minmax";
  case Method::percentile: {
    std::string number = std::to_string(percentile);
    number.erase(number.find_last_not_of('0') + 1);
    if (number.back() == '.')
      number.pop_back();
    return "percentile:" + number;
  }
  case Method::mse:
    return "mse";
  case Method::kl:
    break;
  }
  return "kl";
}

//===----------------------------------------------------------------------===//
// Percentile
//===----------------------------------------------------------------------===//

/// Cuts the same share of values off at each side, at the outer edge of the bin
/// in which the share is reached.
static Range percentileRange(const Histogram &histogram, double percentile) {
  const double total = static_cast<double>(histogram.total());
  const double cut = total * (100 - percentile) / 200;
  Range range;
  double seen = 0;
  for (size_t i = 0; i < histogram.bins().size(); ++i) {
    seen += static_cast<double>(histogram.bins()[i]);
    if (seen > cut) {
      range.low = histogram.lowEdge(i);
      break;
    }
  }
  seen = 0;
  for (size_t i = histogram.bins().size(); i-- > 0;) {
    seen += static_cast<double>(histogram.bins()[i]);
    if (seen > cut) {
      range.high = histogram.lowEdge(i) + histogram.binWidth();
      break;
    }
  }
  return range;
}

//===----------------------------------------------------------------------===//
// Mean square error
//===----------------------------------------------------------------------===//

double ptq::squaredError(const Histogram &histogram,
                         const QuantParams &params) {
  double error = 0;
  for (size_t i = 0; i < histogram.bins().size(); ++i) {
    const int64_t bin = histogram.firstBin() + static_cast<int64_t>(i);
    if (histogram.bins()[i] == 0 || bin == 0 || bin == -1)
      continue;
    const double value = histogram.center(i);
    const double left = value - params.dequantize(params.quantize(value));
    error += left * left * static_cast<double>(histogram.bins()[i]);
  }
  return error;
}

/// Searches each side on its own, twice over, on a grid of 128 clip ratios.
static Range mseRange(const Histogram &histogram, Range full, Scheme scheme) {
  constexpr int steps = 128;
  Range best = full;
  double least = squaredError(histogram, chooseParams(full, scheme));
  auto consider = [&](Range range) {
    const double error = squaredError(histogram, chooseParams(range, scheme));
    if (error < least) {
      least = error;
      best = range;
    }
  };
  for (int i = 1; i < steps; ++i) // both together, as symmetric ranges need
    consider({full.low * i / steps, full.high * i / steps});
  for (int round = 0; round < 2; ++round) {
    for (int i = 1; i <= steps; ++i)
      consider({full.low * i / steps, best.high});
    for (int i = 1; i <= steps; ++i)
      consider({best.low, full.high * i / steps});
  }
  return best;
}

//===----------------------------------------------------------------------===//
// Kullback-Leibler divergence
//===----------------------------------------------------------------------===//

Magnitudes ptq::magnitudesOf(const Histogram &histogram) {
  std::vector<double> counts;
  for (size_t i = 0; i < histogram.bins().size(); ++i) {
    const int64_t bin = histogram.firstBin() + static_cast<int64_t>(i);
    // Bin -1 reaches from -width to 0, as bin 0 does from 0 to width.
    const auto magnitude = static_cast<size_t>(bin < 0 ? -1 - bin : bin);
    if (counts.size() <= magnitude)
      counts.resize(magnitude + 1);
    counts[magnitude] += static_cast<double>(histogram.bins()[i]);
  }
  if (counts.size() > 1)
    counts[0] = std::min(counts[0], counts[1]);
  const double total = std::accumulate(counts.begin(), counts.end(), 0.0);
  Magnitudes result{std::move(counts), histogram.binWidth()};
  while (result.counts.size() > 1 &&
         total < 16 * static_cast<double>(result.counts.size())) {
    std::vector<double> merged((result.counts.size() + 1) / 2, 0);
    for (size_t i = 0; i < result.counts.size(); ++i)
      merged[i / 2] += result.counts[i];
    result.counts = std::move(merged);
    result.binWidth *= 2;
  }
  return result;
}

double ptq::clippedDivergence(llvm::ArrayRef<double> magnitudes, size_t bins,
                              size_t levels) {
  // What it should be: the tail counts as the last bin.
  std::vector<double> wanted(magnitudes.begin(), magnitudes.begin() + bins);
  double tail = 0;
  for (double count : magnitudes.drop_front(bins))
    tail += count;
  wanted.back() += tail;
  // What is left: each level spreads its count over its bins that are in use.
  std::vector<double> left(bins, 0.0);
  for (size_t level = 0; level < levels; ++level) {
    const size_t begin = level * bins / levels;
    const size_t end = (level + 1) * bins / levels;
    double sum = 0;
    size_t used = 0;
    for (size_t i = begin; i < end; ++i) {
      sum += magnitudes[i];
      used += magnitudes[i] != 0;
    }
    for (size_t i = begin; i < end; ++i)
      if (magnitudes[i] != 0)
        left[i] = sum / static_cast<double>(used);
  }
  double wantedTotal = 0, leftTotal = 0;
  for (size_t i = 0; i < bins; ++i) {
    wantedTotal += wanted[i];
    leftTotal += left[i];
  }
  if (wantedTotal == 0 || leftTotal == 0)
    return std::numeric_limits<double>::infinity();
  // A bin that holds only the tail has nothing left of it; it counts with a
  // small share, so that the divergence stays finite and large.
  constexpr double small = 1e-4;
  double divergence = 0;
  for (size_t i = 0; i < bins; ++i) {
    if (wanted[i] == 0)
      continue;
    const double p = wanted[i] / wantedTotal;
    const double q = std::max(left[i] / leftTotal, small * p);
    divergence += p * std::log(p / q);
  }
  return divergence;
}

/// Clips magnitudes; the least divergence wins, and of equal ones the widest.
/// A divergence counts values whatever their size and however far they are
/// moved, so it would give away the few large ones that carry most of a sparse
/// tensor. Hence only ranges count whose square error is within one bit of that
/// of the full range, so that no layer gets more than 6 dB worse.
static Range klRange(const Histogram &histogram, Range full, Scheme scheme) {
  const Magnitudes seen = magnitudesOf(histogram);
  const std::vector<double> &magnitudes = seen.counts;
  const bool oneSided = full.low == 0 || full.high == 0;
  const size_t levels = oneSided && (scheme == Scheme::asymmetric ||
                                     scheme == Scheme::symmetricUint8)
                            ? 256
                            : 128;
  // Too few values to know their distribution.
  if (magnitudes.size() < 2 * levels)
    return full;
  auto rangeOf = [&](size_t bins) -> Range {
    const double limit = static_cast<double>(bins) * seen.binWidth;
    return {std::max(full.low, -limit), std::min(full.high, limit)};
  };
  std::vector<std::pair<double, size_t>> candidates;
  for (size_t bins = magnitudes.size(); bins >= levels; --bins)
    candidates.emplace_back(clippedDivergence(magnitudes, bins, levels), bins);
  std::sort(
      candidates.begin(), candidates.end(), [](const auto &a, const auto &b) {
        return a.first != b.first ? a.first < b.first : a.second > b.second;
      });
  const double limit =
      klErrorLimit * squaredError(histogram, chooseParams(full, scheme));
  for (const auto &[divergence, bins] : candidates) {
    const Range range = rangeOf(bins);
    if (squaredError(histogram, chooseParams(range, scheme)) <= limit)
      return range;
  }
  return full;
}

Range ptq::calibrate(const TensorProfile &tensor,
                     const Calibration &calibration, Scheme scheme) {
  const Range full = {std::min(tensor.min, 0.0), std::max(tensor.max, 0.0)};
  if (tensor.histogram.empty())
    return full;
  Range range = full;
  switch (calibration.method) {
  case Calibration::Method::minMax:
    break;
  case Calibration::Method::percentile:
    range = percentileRange(tensor.histogram, calibration.percentile);
    break;
  case Calibration::Method::mse:
    range = mseRange(tensor.histogram, full, scheme);
    break;
  case Calibration::Method::kl:
    range = klRange(tensor.histogram, full, scheme);
    break;
  }
  return {std::clamp(range.low, full.low, 0.0),
          std::clamp(range.high, 0.0, full.high)};
}
