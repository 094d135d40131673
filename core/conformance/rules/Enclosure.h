// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a tensor may be: all values that lawful backends may give it.

#pragma once

#include "core/conformance/rules/Interval.h"
#include "core/support/Tensor.h"

#include <optional>
#include <vector>

namespace glowplug::conformance {

/// An interval for each element, in row-major order.
using Intervals = std::vector<Interval>;

/// Rule R4: the exact sums of a contraction, and the unit in which their
/// distances are counted.
struct SumTarget {
  std::vector<double> exact, unit;
  double terms = 0; ///< Of a sum, as the rule counts them.
};

/// A value of a program.
struct Enclosure {
  llvm::SmallVector<int64_t, 4> shape;
  DType dtype = DType::none;
  /// Set where all lawful backends give the same bits.
  std::optional<Tensor> exact;
  /// Otherwise one for each element.
  Intervals intervals;
  /// The sign of a zero is that of the exact value: elements were only moved.
  bool keepsZeroSigns = false;
  /// Set if it is the plain result of a contraction.
  std::optional<SumTarget> sums;

  static Enclosure of(const Tensor &tensor);
  static Enclosure of(DType dtype, llvm::ArrayRef<int64_t> shape,
                      Intervals intervals);
  bool isExact() const { return exact.has_value(); }
  /// Of an exact one points, and for integers beyond 2^53 those near them.
  Intervals asIntervals() const;
};

/// Those of \p from, broadcast to \p shape.
Intervals broadcast(const Intervals &from, llvm::ArrayRef<int64_t> fromShape,
                    llvm::ArrayRef<int64_t> shape);
llvm::Expected<Tensor> broadcast(const Tensor &from,
                                 llvm::ArrayRef<int64_t> shape);

} // namespace glowplug::conformance
