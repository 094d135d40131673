// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What happens to the result of an anchor until it is quantised.

#pragma once

#include "core/quantize/islands/QuantParams.h"

namespace glowplug::islands {

/// A constant that is added. If it was quantised itself, its integers are
/// known.
struct Bias {
  Numbers value;                   ///< The f32 numbers.
  std::optional<Numbers> integers; ///< Less their zero point.
  Numbers scale;                   ///< Of the integers, if there are any.
};

/// A limit from below (max) or from above (min).
struct Limit {
  bool isLow;
  Numbers value; ///< f32.
};

/// quantize(limits(result * factor / divisor + bias)): the ops that follow an
/// anchor's result, each the only user of the one before.
struct Tail {
  Numbers factor, divisor; ///< Above 0; 1 without factors.
  std::optional<Bias> bias;
  llvm::SmallVector<Limit, 2> limits; ///< In the order of their application.
  /// Parameters of the quantize at the end; without one, nothing but a bias
  /// that directly follows the anchor is in the tail.
  std::optional<QuantParams> output;
  /// The value that the tail ends with; the anchor's result if it is empty.
  mlir::Value end;
};

/// Follows \p result, which is f32.
Tail followTail(mlir::Value result);

} // namespace glowplug::islands
