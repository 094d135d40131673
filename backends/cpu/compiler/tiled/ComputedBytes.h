// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Steps that bring the sides of an 8-bit product of two computed matrices into
/// the form of its kernel.
#pragma once

#include "backends/cpu/compiler/kernels/MatMul.h"
#include "backends/cpu/compiler/lower/Lowering.h"

namespace glowplug::cpu {

/// The number that all \p zeroPoints are, 0 if there are none; nothing if they
/// differ.
std::optional<int64_t> singleZeroPoint(llvm::ArrayRef<int64_t> zeroPoints);

/// The operands of an 8-bit product and their zero points.
struct ByteOperands {
  View lhs; ///< with rows of neighbouring elements
  View rhs; ///< with strides of 1 in one of its last two dims
  int64_t lhsZero = 0;
  int64_t rhsZero = 0;

  /// The right side's strides in the last two dims; one of them is 1.
  int64_t rhsRowStride() const;
  int64_t rhsColumnStride() const;

  /// Says in \p spec which factors are unsigned, and strides of the batch dims
  /// \p firstDim.. in matrices.
  void describe(MatMulSpec &spec, size_t firstDim) const;
};

/// The right side of \p id as it lies, if one of its last two strides is 1,
/// else as a dense copy.
View rowsOrColumnsOf(Lowering &l, ValueId id);

/// Buffers of the kernel that steps of their own fill.
struct PackedOperands {
  View rhs;
  std::optional<View> start;    ///< per column
  std::optional<View> rowStart; ///< per row
};

/// Adds the step that widens \p lhs, whose rows have neighbouring elements, and
/// says so in \p spec, with the batch dims from \p firstDim on. For
/// wantsWideLhs().
View widenRows(Lowering &l, const View &lhs, size_t firstDim, MatMulSpec &spec);

/// Adds the steps. \p plan has a spec from describe(), with the batch dims from
/// \p firstDim on.
PackedOperands packComputed(Lowering &l, const MatMulPlan &plan,
                            const ByteOperands &operands, size_t firstDim);

} // namespace glowplug::cpu
