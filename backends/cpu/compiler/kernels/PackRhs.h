// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The right side of an 8-bit product that is known only when the code runs:
/// its bytes in the order of the kernel, and what zero points add to the sums.
///
/// Written p and q for the bytes as the kernel multiplies them, either side
/// perhaps biased by 128, and zp, zq for the zero points biased alike:
///
///   sum (p - zp) (q - zq) = sum p q - zp (sum q - K zq) - zq sum p
///
/// The second term depends on the column only and comes from emitPackRhs(); the
/// last one depends on the row only and comes from emitRowStart().
#pragma once

#include "backends/cpu/compiler/kernels/MatMul.h"

namespace glowplug::cpu {

/// Matrices that follow each other, with a stride in elements.
struct MatrixDim {
  int64_t size = 1;
  int64_t stride = 0;
};

/// A right side as it lies in memory. One of the strides must be 1.
struct PackRhsSpec {
  std::vector<MatrixDim> batch; ///< outermost first; may be empty
  int64_t rowStride = 0;        ///< from one of the K rows to the next
  int64_t columnStride = 0;
  bool isSigned = false; ///< i8; else u8
  int32_t lhsZero = 0;   ///< zp
  int32_t rhsZero = 0;   ///< zq

  /// Number of matrices.
  int64_t matrices() const;
};

/// Independent pieces of work: column blocks of all matrices.
int64_t packRhsUnits(const MatMulPlan &plan, const PackRhsSpec &spec);

/// Emits the work units [begin, end) (i64) at the builder's place. \p packed
/// gets 4 * plan.packedElements() bytes per matrix. \p start gets
/// plan.startElements() i32 per matrix; null if nobody needs them.
void emitPackRhs(llvm::IRBuilder<> &builder, const MatMulPlan &plan,
                 const PackRhsSpec &spec, llvm::Value *rhs, llvm::Value *packed,
                 llvm::Value *start, llvm::Value *begin, llvm::Value *end);

/// A left side as it lies in memory, its rows without gaps inside.
struct RowStartSpec {
  std::vector<MatrixDim> batch; ///< outermost first; may be empty
  int64_t rows = 0;
  int64_t columns = 0;
  int64_t rowStride = 0;
  bool isSigned = false; ///< i8; else u8
  bool isBiased = false; ///< the kernel multiplies x + 128 for x
  int32_t rhsZero = 0;   ///< zq

  int64_t matrices() const;
};

/// Independent pieces of work: groups of rows of all matrices.
int64_t rowStartUnits(const KernelTarget &target, const RowStartSpec &spec);

/// Emits the work units [begin, end) (i64) at the builder's place. \p start
/// gets spec.rows i32 per matrix.
void emitRowStart(llvm::IRBuilder<> &builder, const KernelTarget &target,
                  const RowStartSpec &spec, llvm::Value *lhs,
                  llvm::Value *start, llvm::Value *begin, llvm::Value *end);

} // namespace glowplug::cpu
