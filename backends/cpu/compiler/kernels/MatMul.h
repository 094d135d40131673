// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The matrix product kernel, f32 and 8-bit: [batch.., M, K] x [batch.., K, N],
/// row-major result.
#pragma once

#include "backends/cpu/compiler/kernels/Epilogue.h"
#include "backends/cpu/compiler/kernels/Spatial.h"
#include "backends/cpu/compiler/kernels/Tile.h"

#include "llvm/ADT/ArrayRef.h"

#include <vector>

namespace glowplug::cpu {

/// A batch dim of a matrix product. Strides in elements; 0 where the operand is
/// broadcast. The result is dense.
struct BatchDim {
  int64_t size = 1;
  int64_t lhsStride = 0;
  int64_t rhsStride = 0;   ///< in whole matrices if the right side is packed
  int64_t lhsMatrices = 0; ///< int8 only: the left side's stride, in matrices

  bool operator==(const BatchDim &) const = default;
};

struct MatMulSpec {
  std::vector<BatchDim> batch; ///< outermost first; may be empty
  int64_t m = 0;
  int64_t n = 0;
  int64_t k = 0;
  int64_t lhsRowStride = 0; ///< elements; 0 stands for dense rows
  int64_t rhsRowStride = 0; ///< elements; 0 stands for n; unused if packed
  bool packedRhs = false; ///< by packMatMulRhs(), or emitPackRhs() when it runs

  // int8 only, which needs a packed right side.
  bool isLhsSigned = false; ///< i8; else u8
  /// The packed bytes are the unsigned factors and the left side's, which must
  /// be i8, the signed ones; else the other way round.
  bool isRhsUnsigned = false;
  int64_t weightPlanes = 1; ///< weightPlanesFor() the right side

  /// The left side went through emitWidenRows(): its elements are i32, two per
  /// step. For wantsWideLhs().
  bool isLhsWide = false;

  /// The reduction sees the left side as u8, biased by 128.
  bool biasesLhs() const { return isLhsSigned && !isRhsUnsigned && !isLhsWide; }

  bool operator==(const MatMulSpec &) const = default;
};

/// True if 8-bit products on \p target need a widened left side.
inline bool wantsWideLhs(const TargetTraits &target) {
  return target.byteDot == ByteDot::pairs;
}

/// Tiling of one product, chosen from the shapes alone.
struct MatMulPlan {
  TargetTraits target;
  MatMulSpec spec;
  Arithmetic arithmetic = Arithmetic::fp32;
  unsigned vectors = 1;             ///< column vectors per tile
  unsigned maxRows = 1;             ///< rows per tile, at most
  int64_t tilesPerUnit = 1;         ///< row tiles of a work unit
  std::vector<ColumnClass> classes; ///< row tiles

  int64_t columnBlocks() const; ///< ceil(n / lanes)
  int64_t panels() const;       ///< ceil(columnBlocks / vectors)
  int64_t unitsPerPanel() const;
  int64_t batches() const;

  /// Independent pieces of work; neighbours share a panel of the right side.
  int64_t workUnits() const;

  /// Elements that the kernel stores: the whole result.
  int64_t resultElements() const { return batches() * spec.m * spec.n; }

  /// Steps of the reduction; one of int8 takes four columns of the left side.
  int64_t steps() const;

  /// Vectors of a packed right side per step and column block.
  int64_t stepVectors() const;

  /// Elements of a packed right side: f32, or for int8 four bytes each.
  int64_t packedElements() const;

  /// i32 elements of the table of packMatMulStart(), per packed matrix; int8
  /// only.
  int64_t startElements() const;

  /// The part of the plan that decides the order of a packed right side: the
  /// same for all left sides.
  MatMulPlan ofRhs() const;

  bool operator==(const MatMulPlan &) const = default;
};

MatMulPlan planMatMul(const TargetTraits &target, const MatMulSpec &spec,
                      Arithmetic arithmetic = Arithmetic::fp32);

/// Packs a row-major [K, N] matrix; columns past N become zero.
void packMatMulRhs(const MatMulPlan &plan, llvm::ArrayRef<float> rhs,
                   llvm::MutableArrayRef<float> packed);

/// Likewise for int8: \p rhs less its zero points (-255 to 255). \p packed has
/// 4 * plan.packedElements() bytes.
void packMatMulRhs(const MatMulPlan &plan, llvm::ArrayRef<int16_t> rhs,
                   llvm::MutableArrayRef<int8_t> packed);

/// What int8 accumulators of each column start with: -lhsZero * (the sum of the
/// column), for the left side's zero point or, where that side is signed, 128
/// more: the kernel sees it biased, as u8.
void packMatMulStart(const MatMulPlan &plan, llvm::ArrayRef<int16_t> rhs,
                     int32_t lhsZero, llvm::MutableArrayRef<int32_t> start);

/// Buffers of a matmul kernel (ptr).
struct MatMulBuffers {
  llvm::Value *lhs = nullptr;    ///< row-major
  llvm::Value *rhs = nullptr;    ///< packed or row-major, as the spec says
  llvm::Value *result = nullptr; ///< row-major, dense

  // int8 only: what accumulators start with; null where all is 0.
  llvm::Value *start = nullptr;    ///< per column of each packed matrix
  llvm::Value *rowStart = nullptr; ///< per row of each left matrix, dense
};

/// Emits the work units [begin, end) (i64) at the builder's place.
void emitMatMul(llvm::IRBuilder<> &builder, const MatMulPlan &plan,
                const MatMulBuffers &buffers, const Epilogue &epilogue,
                llvm::Value *begin, llvm::Value *end);

} // namespace glowplug::cpu
