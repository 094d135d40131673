// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The micro-kernel: a tile of accumulators that stays in registers over the
/// whole reduction.
#pragma once

#include "backends/cpu/compiler/kernels/Epilogue.h"
#include "backends/cpu/compiler/target/Traits.h"

namespace glowplug::cpu {

/// How products are formed and summed. fp32 is for floats and int8 for 8-bit
/// integers; the others are inaccurate on purpose, to prove that an accuracy
/// check can fail.
enum class Arithmetic {
  fp32,
  bf16,           ///< both factors rounded to 8 bits of significand
  tf32,           ///< both factors rounded to 11 bits of significand
  fp16Accumulate, ///< the sum rounded to f16 after each step
  int8, ///< see emitByteDot(): four products per step, i32 accumulators
};

/// Products per lane of one step of a reduction.
constexpr int64_t productsPerStep(Arithmetic arithmetic) {
  return arithmetic == Arithmetic::int8 ? 4 : 1;
}

/// Vectors of packed weights per step of a reduction and vector of results.
/// Where bytes have to be widened for products, weights are kept as WordPairs,
/// whatever their \p planes.
inline int64_t vectorsPerStep(const TargetTraits &target, Arithmetic arithmetic,
                              int64_t planes) {
  return arithmetic != Arithmetic::int8     ? 1
         : target.byteDot == ByteDot::pairs ? 2
                                            : planes;
}

/// Type of an accumulator's lane: f32, or i32 for int8.
llvm::Type *accumulatorLane(llvm::LLVMContext &context, Arithmetic arithmetic);

/// <lanes x i1> with the first \p remaining (i64) lanes set.
llvm::Value *laneMask(llvm::IRBuilder<> &builder, unsigned lanes,
                      llvm::Value *remaining);

/// Stores a vector of results, in their memory form, where \p context says;
/// with
/// \p storeMasked only the lanes inside of its mask.
void storeResult(llvm::IRBuilder<> &builder, llvm::Value *value,
                 llvm::Value *result, const EpilogueContext &context,
                 bool storeMasked);

/// A rows x vectors tile. Rows are output pixels or matrix rows; vectors run
/// along output channels or matrix columns.
class Tile {
public:
  Tile(llvm::IRBuilder<> &builder, const TargetTraits &target,
       Arithmetic arithmetic, unsigned rows, unsigned vectors);

  /// One without products: accumulators have lanes of type \p lane.
  Tile(llvm::IRBuilder<> &builder, const TargetTraits &target, llvm::Type *lane,
       unsigned rows);

  /// Sets all accumulators to zero.
  void clear();

  /// Prepares a factor that is used as it is in several calls of multiplyAdd.
  llvm::Value *roundFactor(llvm::Value *factor);

  /// acc(row, vector) += factors, which went through roundFactor().
  void multiplyAdd(unsigned row, unsigned vector, llvm::Value *a,
                   llvm::Value *b);

  /// Likewise of WordPairs, either half.
  void multiplyAddPairs(unsigned row, unsigned vector, llvm::Value *a,
                        llvm::Value *b);

  /// Lanes of the accumulators' type, counted in these.
  llvm::Value *loadVector(llvm::Value *pointer, int64_t elementOffset);
  llvm::Value *loadSplat(llvm::Value *pointer, int64_t elementOffset);

  llvm::Value *&acc(unsigned row, unsigned vector) {
    return accumulators[row * vectors + vector];
  }

  /// For emitLoop(): what loops inside the reduction carry.
  llvm::SmallVectorImpl<llvm::Value *> &carried() { return accumulators; }

  /// Where accumulator (row, vector) goes; both are i64 values, since a long
  /// epilogue runs as a loop.
  using Locate = llvm::function_ref<EpilogueContext(llvm::Value *row,
                                                    llvm::Value *vector)>;

  /// Runs \p epilogue on each accumulator and stores the results. With
  /// \p storeMasked only lanes inside of the mask are stored.
  void finish(llvm::Value *result, const Epilogue &epilogue, Locate locate,
              bool storeMasked);

  const unsigned rows;
  const unsigned vectors;

private:
  void finishInLoop(llvm::Value *result, const Epilogue &epilogue,
                    Locate locate, bool storeMasked);

  llvm::IRBuilder<> &builder;
  TargetTraits target;
  Arithmetic arithmetic;
  llvm::FixedVectorType *type;
  llvm::SmallVector<llvm::Value *, 32> accumulators;
};

} // namespace glowplug::cpu
