// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The formulas of ONNX Runtime's fused operators, in plain loops that share
/// nothing with the compiler.

#pragma once

#include "tests/unit/quantize/islands/RandomIsland.h"

namespace glowplug::test {

/// What a random island gives, in row-major order.
struct Expected {
  std::vector<int> fused;
  /// Before rounding, in double, as the graph in floats means it: zero point
  /// included, limits applied, not saturated.
  std::vector<double> real;
};

Expected expectedOf(const Island &island);

} // namespace glowplug::test
