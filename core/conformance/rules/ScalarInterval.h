// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A scalar op over intervals: all that lawful backends may give.

#pragma once

#include "core/conformance/rules/FloatFormat.h"
#include "core/conformance/rules/Interval.h"
#include "core/image/Types.h"

#include "llvm/ADT/ArrayRef.h"

namespace glowplug::conformance {

/// An instruction of a region, other than a constant.
struct ScalarCall {
  image::ScalarOp op;
  DType result;
  llvm::ArrayRef<DType> operands;
  /// Of a table: its 256 entries as numbers.
  llvm::ArrayRef<double> table;
};

/// What \p call may give if its operands are within \p operands. Holds all
/// lawful results; may hold others where the intervals are wide.
Interval evaluate(const ScalarCall &call, llvm::ArrayRef<Interval> operands,
                  const FloatPromise &promise);

} // namespace glowplug::conformance
