// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What element-wise ops and average pools of quantised tensors were made
/// from: kept beside what computes them, for those who compute it otherwise.

#pragma once

#include "core/prim/Prim.h"

#include <array>
#include <optional>

namespace glowplug::prim {

/// Scale and zero point of both sides and of the result, in this order.
struct PairSchemes {
  std::array<float, 3> scales;
  std::array<int32_t, 3> zeroPoints;
};

/// Says that \p op, a scalar quantize, ends an addition or product under
/// \p schemes.
void setPairSchemes(mlir::Operation *op, const PairSchemes &schemes);

/// What was said so, if anything was.
std::optional<PairSchemes> pairSchemesOf(mlir::Operation *op);

/// Of an average over a window of quantised elements.
struct PoolScheme {
  float xScale, yScale;
  int32_t xZeroPoint, yZeroPoint;
  /// What a sum is divided by; 0: the number of its elements that are no pads.
  double count;
};

/// Says that \p op, a scalar quantize, ends an average pool. ONNX Runtime sums
/// the real elements in single precision, in row-major order of the window:
/// round(sum / count / yScale + yZeroPoint). \p op stands behind the exact sum
/// of the integers instead.
void setPoolScheme(mlir::Operation *op, const PoolScheme &scheme);

/// What was said so, if anything was.
std::optional<PoolScheme> poolSchemeOf(mlir::Operation *op);
void removePoolScheme(mlir::Operation *op);

} // namespace glowplug::prim
