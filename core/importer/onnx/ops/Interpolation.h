// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Which elements, with which weights, make an element of a resized axis.

#pragma once

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <string>
#include <vector>

namespace glowplug::importer {

enum class Interpolation { nearest, linear, cubic };

/// How one axis is resized. The names are those of ONNX's Resize.
struct AxisResize {
  int64_t in, out;
  double scale;
  /// scale * in where a scale was given, else out.
  double resizedLength;
  double roiStart = 0, roiEnd = 1;
  std::string coordinates = "half_pixel";
  std::string nearestMode = "round_prefer_floor";
  Interpolation mode = Interpolation::nearest;
  double cubicA = -0.75;
  bool excludeOutside = false;
  bool antialias = false;
};

/// The taps of all elements of an axis: element o is the sum over t of
/// weights[t][o] * input[indices[t][o]].
struct Taps {
  std::vector<llvm::SmallVector<int64_t>> indices;
  std::vector<llvm::SmallVector<double>> weights;
  /// Elements that come from outside of the input (tf_crop_and_resize).
  llvm::SmallVector<bool> outside;
};

/// Whether \p name is a coordinate transformation that is known.
bool isCoordinateMode(llvm::StringRef name);

/// The taps of an axis with in and out above 0.
Taps makeTaps(const AxisResize &axis);

} // namespace glowplug::importer
