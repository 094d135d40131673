// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What handlers of several families and formats emit.

#pragma once

#include "core/importer/build/OpImport.h"

namespace glowplug::importer {

/// Product of sizes, which were checked as a shape or are part of one.
int64_t product(ArrayRef<int64_t> sizes);

/// 0, 1, ... up to rank - 1.
Shape iotaDims(int64_t rank);

/// A shape of \p rank ones, but \p size in \p dim.
Shape onesBut(int64_t rank, int64_t dim, int64_t size);

/// 0, 1, 2 ... as i64 along \p dim, with size 1 in the other dims. A scan of
/// ones: it takes no memory in the model.
Value iota(OpImport &n, int64_t rank, int64_t dim, int64_t size);

/// The type in which a formula over elements of \p type is computed: f32 for
/// the 16-bit floats, which would otherwise round after each step.
Type computeType(Type type);

/// A map whose body computes in computeType() of the first operand; operands
/// of that type are converted, the result is converted back.
Value mapWide(OpImport &n, ValueRange operands, prim::ScalarFunction body);

/// \p value with elements of computeType().
Value widen(OpImport &n, Value value);

/// Value of rank 0 with the one element of \p value.
Value toScalar(OpImport &n, Value value);

/// A tensor of shape [C] as [1, C, 1, ...] of \p rank.
Value alongChannels(OpImport &n, Value value, int64_t rank);

/// Drops the dims \p dims, which have size 1.
Value dropDims(OpImport &n, Value value, ArrayRef<int64_t> dims);

/// Mean over \p dims, which stay with size 1.
Value meanOver(OpImport &n, Value value, ArrayRef<int64_t> dims);

/// Dims from \p first to \p last - 1.
Shape dimRange(int64_t first, int64_t last);

/// 1 / (1 + exp(-x)).
Value sigmoid(ScalarBuilder &s, Value x);

} // namespace glowplug::importer
