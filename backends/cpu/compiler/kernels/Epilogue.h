// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The hook through which element-wise work runs on a kernel's accumulators
/// while they are in registers, and the loads of its extra operands.
#pragma once

#include "backends/cpu/compiler/target/Traits.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/IRBuilder.h"

#include <functional>

namespace glowplug::cpu {

/// Where the vector at hand lies in the kernel's logical result.
struct EpilogueContext {
  TargetTraits target;

  /// Logical coordinates (i64) of lane 0, one per dim of the result: n, c, h, w
  /// for convolution and pooling (1-D convolution has h = 0), batch dims, row,
  /// column for matmul.
  llvm::SmallVector<llvm::Value *, 4> coords;

  /// The dim along which lanes advance: 1 (channels) for the blocked kernels,
  /// the last for matmul.
  unsigned laneDim = 0;

  /// <lanes x i1>: which lanes are elements of the result; null if all are.
  llvm::Value *mask = nullptr;

  /// Elements (i64) from the start of the result's buffer to lane 0, in the
  /// layout in which the kernel stores the result.
  llvm::Value *resultOffset = nullptr;
};

/// Maps a vector of accumulators to the vector that is stored: results as they
/// lie in memory, of whatever width. Lanes outside of the mask may hold
/// anything on both sides. Must only append straight-line code or code that
/// joins again; must not store.
using EpilogueFn = std::function<llvm::Value *(
    llvm::IRBuilder<> &, llvm::Value *acc, const EpilogueContext &)>;

struct Epilogue {
  EpilogueFn emit; ///< empty: the accumulator is stored as it is

  /// Long epilogues (say, over twelve instructions) are emitted once per tile
  /// as a loop over accumulators parked on the stack instead of once per
  /// accumulator: less code, no pressure on the registers of the reduction.
  bool isLong = false;
};

/// How an extra operand lies in memory.
struct ExtraOperand {
  llvm::Value *base = nullptr; ///< ptr

  /// Same shape and same layout as the result: element = base[resultOffset].
  bool likeResult = false;

  /// Otherwise: elements to advance per step of each result dim, 0 where the
  /// operand is broadcast. The stride of the lane dim must be 0 (the value is
  /// splat) or 1.
  llvm::SmallVector<int64_t, 4> strides;
};

/// Address of the element of \p extra that belongs to lane 0; the extra's
/// elements are of \p elementType in memory.
llvm::Value *extraAddress(llvm::IRBuilder<> &builder, llvm::Type *elementType,
                          const ExtraOperand &extra,
                          const EpilogueContext &context);

/// True if all lanes read the same element of \p extra.
bool isSplat(const ExtraOperand &extra, const EpilogueContext &context);

/// Loads the vector of \p elementType elements that belongs to the
/// accumulator at \p context. Lanes outside of the mask are not touched in
/// memory and read as zero.
llvm::Value *loadExtra(llvm::IRBuilder<> &builder, llvm::Type *elementType,
                       const ExtraOperand &extra,
                       const EpilogueContext &context);

} // namespace glowplug::cpu
