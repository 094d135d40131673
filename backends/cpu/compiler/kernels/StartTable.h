// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What 8-bit accumulators start with. Internal to the kernels.
#pragma once

#include "backends/cpu/compiler/kernels/Spatial.h"
#include "backends/cpu/compiler/kernels/Tile.h"
#include "backends/cpu/compiler/kernels/Units.h"

namespace glowplug::cpu {

/// One output vector's part of the table of packConvStart().
struct StartTable {
  llvm::Value *base;    ///< of the whole table
  llvm::Value *block;   ///< the vector's channel block
  int64_t blocks;       ///< of all channels
  int64_t columnKernel; ///< taps of a kernel row

  /// Sets accumulators (0.., \p vector) of a tile. \p rows: the row taps that
  /// read inside of the input; those of the columns are the tile's.
  void fill(llvm::IRBuilder<> &builder, const ValueRange &rows,
            const ColumnClass &tile, Tile &acc, unsigned vector) const;

private:
  llvm::Value *entry(llvm::IRBuilder<> &builder, unsigned lanes,
                     llvm::Value *row, int64_t column) const;
};

} // namespace glowplug::cpu
