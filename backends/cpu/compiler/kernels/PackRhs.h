// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Prepares the sides of an 8-bit product that are known only when the code
/// runs: puts bytes into the order of the kernel, and computes what zero points
/// add to the sums.
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

  bool operator==(const MatrixDim &) const = default;
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

  bool operator==(const PackRhsSpec &) const = default;
};

/// Independent pieces of work: runs of column blocks of all matrices.
int64_t packRhsUnits(const MatMulPlan &plan, const PackRhsSpec &spec);

/// Buffers of the kernel that packs (ptr).
struct PackRhsBuffers {
  llvm::Value *rhs = nullptr;
  llvm::Value *packed = nullptr; ///< 4 * plan.packedElements() bytes per matrix
  /// plan.startElements() i32 per matrix; null if nobody needs them.
  llvm::Value *start = nullptr;
};

/// Emits the work units [begin, end) (i64) at the builder's place. Reads of
/// \p plan what MatMulPlan::ofRhs() keeps.
void emitPackRhs(llvm::IRBuilder<> &builder, const MatMulPlan &plan,
                 const PackRhsSpec &spec, const PackRhsBuffers &buffers,
                 llvm::Value *begin, llvm::Value *end);

/// A left side as it lies in memory, its rows without gaps inside.
struct LeftSpec {
  std::vector<MatrixDim> batch; ///< outermost first; may be empty
  int64_t rows = 0;
  int64_t columns = 0;
  int64_t rowStride = 0;
  bool isSigned = false; ///< i8; else u8

  int64_t matrices() const;

  bool operator==(const LeftSpec &) const = default;
};

/// Independent pieces of work: groups of rows of all matrices.
int64_t rowStartUnits(const TargetTraits &target, const LeftSpec &spec);

/// The sums of rows that a zero point of the right side asks for.
struct RowSumSpec {
  LeftSpec left;
  int32_t rhsZero = 0; ///< zq

  bool operator==(const RowSumSpec &) const = default;
};

/// Emits the work units [begin, end) (i64) at the builder's place. \p start
/// gets spec.left.rows i32 per matrix. For bytes that are not biased.
void emitRowStart(llvm::IRBuilder<> &builder, const TargetTraits &target,
                  const RowSumSpec &spec, llvm::Value *lhs, llvm::Value *start,
                  llvm::Value *begin, llvm::Value *end);

/// i32 elements of a widened row of \p columns bytes.
constexpr int64_t wideColumns(int64_t columns) { return (columns + 3) / 4 * 2; }

/// Independent pieces of work: rows of all matrices.
int64_t widenRowsUnits(const LeftSpec &spec);

/// Emits the work units [begin, end) (i64) at the builder's place: each four
/// bytes become an i32 of their even ones and one of their odd ones, as
/// WordPairs are; bytes past a row are 0. \p wide gets wideColumns() per row,
/// rows and matrices dense.
void emitWidenRows(llvm::IRBuilder<> &builder, const TargetTraits &target,
                   const LeftSpec &spec, llvm::Value *lhs, llvm::Value *wide,
                   llvm::Value *begin, llvm::Value *end);

} // namespace glowplug::cpu
