// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What is known at compile time of numbers that the model computes when it
/// runs: how large a size, a count or a position may become.

#pragma once

#include "core/prim/Prim.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"

namespace glowplug {

/// Every element is from `least` to `most`, or NaN. Either may be infinite.
struct Range {
  double least, most;

  bool isOne() const { return least == most; }
};

/// Ranges of values of the prim dialect, by interval arithmetic over the ops
/// that compute them. What is not understood has the range of its type. Values
/// are remembered, so the IR that it was asked about must not change (more ops
/// may be added).
class Ranges {
public:
  using List = llvm::SmallVector<Range, 1>;

  /// One range per element of \p value, in row-major order, or one for all of
  /// them; never more than `mostElements`.
  List of(mlir::Value value);
  /// From now on the one element of \p value is known to be in \p range too.
  void restrict(mlir::Value value, Range range);
  /// \p value is about to be erased.
  void forget(mlir::Value value) { known.erase(value); }

  static constexpr int64_t mostElements = 64;

private:
  List compute(mlir::Value value);
  List computeMap(glowplug::prim::MapOp map);
  List computeReduce(glowplug::prim::ReduceOp reduce);
  List moved(mlir::Operation *op);
  /// One range that holds all of \p value.
  Range whole(mlir::Value value);

  llvm::DenseMap<mlir::Value, List> known;
  unsigned depth = 0;
};

} // namespace glowplug
