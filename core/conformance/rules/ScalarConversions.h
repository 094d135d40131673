// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Scalar ops between types, over intervals. No operand is a NaN.

#pragma once

#include "core/conformance/rules/Interval.h"
#include "core/image/Types.h"

#include "llvm/ADT/ArrayRef.h"

namespace glowplug::conformance {

/// All numbers of \p type; of floats anything.
Interval rangeOfType(DType type);

Interval castInterval(const Interval &x, DType from, DType to);

/// (x, scale, zero point). Says something if only x is not a point.
Interval quantizeInterval(llvm::ArrayRef<DType> types, DType to,
                          llvm::ArrayRef<Interval> operands);

/// (q, scale, zero point)
Interval dequantizeInterval(DType to, llvm::ArrayRef<Interval> operands);

/// (x, factors..., zero point), by a recipe. As quantizeInterval().
Interval rescaleInterval(image::ScalarOp op, llvm::ArrayRef<DType> types,
                         DType to, llvm::ArrayRef<Interval> operands);

/// The entries that the byte \p x may choose.
Interval tableInterval(llvm::ArrayRef<double> entries, const Interval &x);

} // namespace glowplug::conformance
