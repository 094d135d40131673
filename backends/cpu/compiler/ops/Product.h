// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the generic contractions share: factors, zero points, accumulation.
#pragma once

#include "backends/cpu/compiler/emit/Kernel.h"
#include "backends/cpu/compiler/lower/Lowering.h"

namespace glowplug::cpu {

/// Sums of products (lhs - lhs_zp) * (rhs - rhs_zp).
struct Product {
  DType lhs, rhs;
  DType accumulator;
  Arithmetic arithmetic = Arithmetic::fp32; ///< of f32 factors only

  Product(DType lhsType, DType rhsType, Arithmetic arithmetic);
  bool operator==(const Product &) const = default;

  /// An element as a factor, \p zeroPoint (accumulator type) subtracted if it
  /// is not null.
  llvm::Value *factor(Kernel &k, DType type, llvm::Value *element,
                      llvm::Value *zeroPoint) const;
  /// sum + x * y
  llvm::Value *add(Kernel &k, llvm::Value *sum, llvm::Value *x,
                   llvm::Value *y) const;
  llvm::Value *zero(Kernel &k, unsigned lanes) const;
  /// Lanes of accumulators in a vector.
  unsigned lanes(const TargetTraits &traits) const;
};

/// \p zeroPoints as constants of type i32: one for all, or one per index of
/// dim \p dim of a result with \p rank dims. Nothing if there are none, or
/// all are zero.
std::optional<View> zeroPointView(Lowering &l, llvm::ArrayRef<int64_t> points,
                                  size_t rank, size_t dim);

} // namespace glowplug::cpu
