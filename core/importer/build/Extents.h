// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Sizes that the model computes when it runs.
///
/// The type of a value says how many elements each dim holds at most. A dim
/// *varies* if the model decides how many of them count: those at its front, as
/// many as its extent says, an i64 of rank 0 from 0 to the size of the type.
/// The other elements are there, but mean nothing. No element that counts may
/// depend on them, nor on the size of a dim that varies.

#pragma once

#include "core/fold/Ranges.h"
#include "core/prim/Build.h"

#include <string>

namespace glowplug::importer {

/// What is known of the varying dims of the values of a function.
class Extents {
public:
  /// One per dim; null where the dim does not vary.
  using List = llvm::SmallVector<mlir::Value, 4>;

  /// Empty if no dim of \p value varies.
  llvm::ArrayRef<mlir::Value> of(mlir::Value value) const;
  /// Whether it was said of \p value which of its dims vary.
  bool areKnown(mlir::Value value) const {
    return lists.contains(value) || areScattered(value);
  }
  /// Of one dim; null if it does not vary.
  mlir::Value of(mlir::Value value, int64_t dim) const;
  /// Whether the elements of \p value that count are in places that depend on
  /// extents otherwise than said above; they can be gathered only.
  bool areScattered(mlir::Value value) const {
    return scattered.contains(value);
  }
  bool vary(mlir::Value value) const {
    return areScattered(value) || !of(value).empty();
  }

  void set(mlir::Value value, List list);
  /// Whether \p value is the extent of a dim.
  bool isExtent(mlir::Value value) const { return sizes.contains(value); }
  void setFixed(mlir::Value value) { lists[value]; }
  void setScattered(mlir::Value value) { scattered.insert(value); }
  /// \p value is about to be erased.
  void forget(mlir::Value value);

private:
  llvm::DenseMap<mlir::Value, List> lists;
  llvm::DenseSet<mlir::Value> scattered, sizes;
};

/// 1 where the number of the place along \p dim is below \p extent; a boolean
/// of the rank of \p shape, with size 1 in the other dims.
mlir::Value isCounted(prim::PrimBuilder &b, llvm::ArrayRef<int64_t> shape,
                      int64_t dim, mlir::Value extent);

/// \p value, with \p fill, of rank 0, in place of the elements that do not
/// count along \p dims.
mlir::Value fillUncounted(prim::PrimBuilder &b, const Extents &extents,
                          mlir::Value value, llvm::ArrayRef<int64_t> dims,
                          mlir::Value fill);

/// Says of the results of \p op, which was just made, what follows from its
/// operands, unless it is said already; and lets elements that do not count
/// have no effect on others, for which it may change the operands of \p op.
void inferExtents(Extents &extents, mlir::Operation *op,
                  mlir::OpBuilder &builder);

} // namespace glowplug::importer
