// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The micro-kernel: a tile of accumulators that stays in registers over the
/// whole reduction.
#pragma once

#include "backends/cpu/compiler/kernels/Epilogue.h"
#include "backends/cpu/compiler/kernels/Target.h"

namespace glowplug::cpu {

/// How products are formed and summed. Only fp32 is for use; the others are
/// deliberately poor, to prove that an accuracy check can fail.
enum class Arithmetic {
  fp32,
  bf16,           ///< both factors rounded to 8 bits of significand
  tf32,           ///< both factors rounded to 11 bits of significand
  fp16Accumulate, ///< the sum rounded to f16 after each step
};

/// A rows x vectors tile. Rows are output pixels or matrix rows; vectors run
/// along output channels or matrix columns.
class Tile {
public:
  Tile(llvm::IRBuilder<> &builder, const KernelTarget &target,
       Arithmetic arithmetic, unsigned rows, unsigned vectors);

  /// Sets all accumulators to zero.
  void clear();

  /// Prepares a factor that is used as it is in several calls of multiplyAdd.
  llvm::Value *roundFactor(llvm::Value *factor);

  /// acc(row, vector) += factors, which went through roundFactor().
  void multiplyAdd(unsigned row, unsigned vector, llvm::Value *a,
                   llvm::Value *b);

  llvm::Value *loadVector(llvm::Value *pointer, int64_t elementOffset);
  llvm::Value *loadSplat(llvm::Value *pointer, int64_t elementOffset);

  llvm::Value *&acc(unsigned row, unsigned vector) {
    return accumulators[row * vectors + vector];
  }

  /// For emitLoop(): what loops inside the reduction carry.
  llvm::SmallVectorImpl<llvm::Value *> &carried() { return accumulators; }

  /// Runs \p epilogue on each accumulator and stores the results, all of them
  /// after the last load. \p locate says where accumulator (row, vector) goes;
  /// both are i64 values since a long epilogue runs as a loop.
  /// \p maskedVector: index of the vector that has masked lanes, or -1;
  /// where \p storeMasked is set, only the lanes in the mask are stored.
  using Locate = llvm::function_ref<EpilogueContext(llvm::Value *row,
                                                    llvm::Value *vector)>;
  void finish(llvm::Value *result, const Epilogue &epilogue, Locate locate,
              bool storeMasked);

  const unsigned rows;
  const unsigned vectors;

private:
  llvm::IRBuilder<> &builder;
  KernelTarget target;
  Arithmetic arithmetic;
  llvm::SmallVector<llvm::Value *, 32> accumulators;
};

} // namespace glowplug::cpu
