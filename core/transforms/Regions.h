// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Putting together regions over scalars: the bodies of maps and epilogues.

#pragma once

#include "core/prim/Prim.h"

#include "mlir/IR/Builders.h"

namespace glowplug {

/// Number of ops in a region over scalars, the yield left out; 0 for an empty
/// region. A `prim.quantized` counts as its formula.
unsigned scalarCount(mlir::Region &region);

/// The operands that a block over scalars reads, in step with its arguments
/// from `first` on (an epilogue's argument 0 is the accumulator).
struct ScalarOperands {
  llvm::SmallVector<mlir::Value> values;
  unsigned first = 0;

  /// Replaces argument and operand \p index of \p block by those of
  /// \p producer, a map: its body moves (or is copied) to the start of
  /// \p block, and all arguments for results of it are replaced by what it
  /// yields. \p producer loses its body if it moves.
  void absorb(mlir::Block &block, prim::MapOp producer, bool move);

  /// Makes the list shorter: a repeated operand is read once, a splat constant
  /// becomes a scalar constant, and unread operands are removed. At least \p
  /// keep operands stay.
  void simplify(mlir::Block &block, unsigned keep);
};

/// Brings the operands of \p map into their simplest form (see simplify).
/// Returns whether that changed anything.
bool simplifyOperands(prim::MapOp map);

/// The op that would take \p map as its epilogue: a contraction, reduction or
/// window whose result has the shape of the map's only result, and is used by
/// the map alone. The last contraction in the block, else the last other op;
/// null if there is none.
mlir::Operation *epilogueOwner(prim::MapOp map);

/// Whether all uses of the results of \p op are operands of \p user.
bool isUsedOnlyBy(mlir::Operation *op, mlir::Operation *user);

} // namespace glowplug
