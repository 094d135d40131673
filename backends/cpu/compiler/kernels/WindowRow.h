// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Sliding windows that keep channels apart (depthwise convolution, pooling):
/// the walk over blocks, rows, tiles and taps. Internal to the kernels.
#pragma once

#include "backends/cpu/compiler/kernels/Epilogue.h"
#include "backends/cpu/compiler/kernels/Spatial.h"
#include "backends/cpu/compiler/kernels/Tile.h"
#include "backends/cpu/compiler/kernels/Units.h"

namespace glowplug::cpu {

/// What such a kernel slides over; both sides are blocked.
struct WindowWalk {
  TargetTraits target;
  int64_t batch = 1;
  int64_t channels = 0;
  SpatialDim rows, columns;
  int64_t rowsPerUnit = 1;
  llvm::ArrayRef<ColumnClass> classes;
  llvm::Type *inputLane = nullptr; ///< type of an element of the input
  llvm::Value *input = nullptr;    ///< ptr
  llvm::Value *result = nullptr;   ///< ptr
};

/// One row of taps of one tile.
struct WindowTaps {
  llvm::Value *block = nullptr; ///< channel block
  llvm::Value *rowTap = nullptr;
  /// Column tap 0 of the tile's first output; may lie outside of the input.
  llvm::Value *input = nullptr;
  const ColumnClass *tile = nullptr;
};

/// Makes a tile of that width with the accumulators' start values, for the
/// channel block and the row taps inside of the input.
using StartTileFn = llvm::function_ref<Tile(
    llvm::Value *block, const ValueRange &rowTaps, const ColumnClass &)>;

/// Folds one row of taps into the accumulators of a tile (one per output).
using FoldTapsFn = llvm::function_ref<void(const WindowTaps &, Tile &)>;

/// Emits the units [begin, end).
void emitWindowWalk(llvm::IRBuilder<> &builder, const WindowWalk &walk,
                    StartTileFn start, const Epilogue &epilogue,
                    llvm::Value *begin, llvm::Value *end, FoldTapsFn body);

} // namespace glowplug::cpu
