// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a sum or product of two quantised tensors was made from: kept beside
/// the floats that compute it, for those who compute it in integers.

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

} // namespace glowplug::prim
