// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the emitters of spatial kernels share: the numbers of a work unit, rows
/// and tiles of a unit, taps of a row. Internal to the kernels.
#pragma once

#include "backends/cpu/compiler/kernels/Spatial.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/IRBuilder.h"

namespace glowplug::cpu {

/// Splits \p number into digits of the mixed radix \p radices (the last digit
/// runs fastest; the first has no limit).
llvm::SmallVector<llvm::Value *, 4>
splitNumber(llvm::IRBuilder<> &builder, llvm::Value *number,
            llvm::ArrayRef<int64_t> radices);

/// [chunk * size, min(limit, (chunk + 1) * size))
struct ValueRange {
  llvm::Value *begin;
  llvm::Value *end;
};
ValueRange chunkRange(llvm::IRBuilder<> &builder, llvm::Value *chunk,
                      int64_t size, int64_t limit);

/// The taps of output \p position that read inside of the input.
ValueRange insideTaps(llvm::IRBuilder<> &builder, const SpatialDim &dim,
                      llvm::Value *position);

/// Runs \p body for each tile of a row: once per class in the code, in a loop
/// over its tiles. \p tiles limits the tile numbers, or all if null.
void forEachTile(
    llvm::IRBuilder<> &builder, llvm::ArrayRef<ColumnClass> classes,
    const ValueRange *tiles,
    llvm::function_ref<void(const ColumnClass &, llvm::Value *column)> body);

/// Shorthands on i64.
llvm::Value *scaled(llvm::IRBuilder<> &builder, llvm::Value *value,
                    int64_t factor);
llvm::Value *plus(llvm::IRBuilder<> &builder, llvm::Value *a, llvm::Value *b);
llvm::Value *plus(llvm::IRBuilder<> &builder, llvm::Value *a, int64_t b);

/// \p value as something that the compiler's loop strength reduction does not
/// look through. Addresses that are used at many constant distances are marked
/// so: the pass would weigh each of them in each loop around, which costs more
/// time than all the rest of code generation and gains nothing.
llvm::Value *opaque(llvm::IRBuilder<> &builder, llvm::Value *value);

/// Address of 4-byte element \p offset.
llvm::Value *elementAt(llvm::IRBuilder<> &builder, llvm::Value *base,
                       llvm::Value *offset);

/// Address of element \p offset of \p type.
llvm::Value *elementAt(llvm::IRBuilder<> &builder, llvm::Type *type,
                       llvm::Value *base, llvm::Value *offset);

} // namespace glowplug::cpu
