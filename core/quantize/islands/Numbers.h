// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Small constant tensors as numbers: scales, zero points, biases.

#pragma once

#include "core/prim/Build.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <optional>
#include <vector>

namespace glowplug::islands {

/// A tensor of numbers that are exact in double (f32, or integers of 32 bits),
/// in row-major order.
struct Numbers {
  prim::Shape shape;
  std::vector<double> values;

  /// One number, with \p rank dims of size 1.
  static Numbers one(double value, int64_t rank) {
    return {prim::Shape(rank, 1), {value}};
  }
  /// Nothing for 64-bit integers, which may not be exact.
  static std::optional<Numbers> of(const Tensor &tensor);

  bool isOne() const { return values.size() == 1; }

  /// All dims of size 1 where all numbers are equal; else unchanged.
  Numbers collapsed() const;

  /// The only dim that is not 1; -1 if there is none. Nothing if there are
  /// more.
  std::optional<int64_t> axis() const;

  /// Each number through \p f.
  Numbers mapped(llvm::function_ref<double(double)> f) const;

  /// As a constant of \p element, whose numbers these are.
  mlir::Value build(prim::PrimBuilder &builder, mlir::Type element) const;
};

/// f(a, b) for each pair, broadcast to each other; the ranks agree, and sizes
/// are equal or 1.
Numbers combine(const Numbers &a, const Numbers &b,
                llvm::function_ref<double(double, double)> f);

/// The product and the quotient, rounded to f32.
Numbers timesF32(const Numbers &a, const Numbers &b);
Numbers overF32(const Numbers &a, const Numbers &b);

} // namespace glowplug::islands
