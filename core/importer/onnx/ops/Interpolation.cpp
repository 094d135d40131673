// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Taps of resized axes, by the formulas in the documentation of ONNX's Resize.

#include "core/importer/onnx/ops/Interpolation.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/ErrorHandling.h"

#include <algorithm>
#include <cmath>

using namespace glowplug::importer;

bool glowplug::importer::isCoordinateMode(llvm::StringRef name) {
  return llvm::StringSwitch<bool>(name)
      .Cases("half_pixel", "half_pixel_symmetric", "pytorch_half_pixel",
             "align_corners", "asymmetric", true)
      .Cases("tf_crop_and_resize", "tf_half_pixel_for_nn", true)
      .Default(false);
}

/// Where element \p o of the output lies on the axis of the input.
static double originalCoordinate(const AxisResize &a, int64_t o) {
  const double x = static_cast<double>(o), in = static_cast<double>(a.in);
  if (a.coordinates == "asymmetric")
    return x / a.scale;
  if (a.coordinates == "align_corners")
    return a.resizedLength == 1 ? 0 : x * (in - 1) / (a.resizedLength - 1);
  if (a.coordinates == "pytorch_half_pixel")
    return a.out > 1 ? (x + 0.5) / a.scale - 0.5 : 0;
  if (a.coordinates == "tf_half_pixel_for_nn")
    return (x + 0.5) / a.scale;
  if (a.coordinates == "tf_crop_and_resize")
    return a.out > 1 ? a.roiStart * (in - 1) +
                           x * (a.roiEnd - a.roiStart) * (in - 1) /
                               (static_cast<double>(a.out) - 1)
                     : 0.5 * (a.roiStart + a.roiEnd) * (in - 1);
  if (a.coordinates == "half_pixel_symmetric") {
    // The part of the output that fits the scaled input, centred.
    const double adjustment = static_cast<double>(a.out) / (a.scale * in);
    const double offset = in / 2 * (1 - adjustment);
    return offset + (x + 0.5) / a.scale - 0.5;
  }
  return (x + 0.5) / a.scale - 0.5; // half_pixel
}

static int64_t nearestIndex(const AxisResize &a, double x) {
  if (a.nearestMode == "floor")
    return static_cast<int64_t>(std::floor(x));
  if (a.nearestMode == "ceil")
    return static_cast<int64_t>(std::ceil(x));
  if (a.nearestMode == "round_prefer_ceil")
    return static_cast<int64_t>(std::floor(x + 0.5));
  return static_cast<int64_t>(std::ceil(x - 0.5));
}

/// The kernel of the linear and cubic filters at distance \p t.
static double filterWeight(const AxisResize &a, double t) {
  t = std::abs(t);
  if (a.mode == Interpolation::linear)
    return std::max(0.0, 1 - t);
  const double A = a.cubicA;
  if (t <= 1)
    return ((A + 2) * t - (A + 3)) * t * t + 1;
  if (t < 2)
    return ((A * t - 5 * A) * t + 8 * A) * t - 4 * A;
  return 0;
}

Taps glowplug::importer::makeTaps(const AxisResize &a) {
  // The filter reaches `radius` to each side, more when it also smooths.
  const double stretch =
      a.antialias && a.scale < 1 ? std::max(a.scale, 1e-6) : 1;
  const double radius = a.mode == Interpolation::cubic ? 2 : 1;
  const int64_t first =
      a.mode == Interpolation::nearest
          ? 0
          : static_cast<int64_t>(std::floor(-radius / stretch)) + 1;
  const int64_t count = a.mode == Interpolation::nearest ? 1 : 2 - 2 * first;

  Taps taps;
  taps.indices.resize(count);
  taps.weights.resize(count);
  for (int64_t o = 0; o < a.out; ++o) {
    const double x = originalCoordinate(a, o);
    taps.outside.push_back(a.coordinates == "tf_crop_and_resize" &&
                           (x < 0 || x > static_cast<double>(a.in - 1)));
    if (a.mode == Interpolation::nearest) {
      taps.indices[0].push_back(
          std::clamp<int64_t>(nearestIndex(a, x), 0, a.in - 1));
      taps.weights[0].push_back(1);
      continue;
    }
    const auto base = static_cast<int64_t>(std::floor(x));
    double sum = 0;
    for (int64_t t = 0; t < count; ++t) {
      const int64_t index = base + first + t;
      double weight =
          filterWeight(a, (static_cast<double>(index) - x) * stretch);
      if (a.excludeOutside && (index < 0 || index >= a.in))
        weight = 0;
      sum += weight;
      taps.indices[t].push_back(std::clamp<int64_t>(index, 0, a.in - 1));
      taps.weights[t].push_back(weight);
    }
    if (a.excludeOutside || stretch != 1)
      for (int64_t t = 0; t < count && sum != 0; ++t)
        taps.weights[t].back() /= sum;
  }
  return taps;
}
