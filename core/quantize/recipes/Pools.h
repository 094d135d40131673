// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Average pools that sum integers in the place of floats, and which results
/// both give.

#pragma once

#include "core/prim/Prim.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <vector>

namespace glowplug {

/// A `prim.quantized` average over the window of a pool.
struct Pool {
  prim::QuantizedOp average;
  float xScale, yScale;
  int32_t xZp, yZp;
  /// What a sum is divided by; 0: the number of its elements that are no pads.
  double count;
  prim::WindowOp window;
  /// What the region reads: the accumulator if the region is the window's
  /// epilogue, else the parameter for the window's result, perhaps transposed
  /// and reshaped.
  mlir::BlockArgument sum;
};

/// The pools in the region of \p op, a map or an op with an epilogue, whose
/// parameters are known.
std::vector<Pool> poolsOf(mlir::Operation *op);

/// The results that sums of floats may have.
struct PoolSum {
  /// Of the integers, zero points subtracted.
  int32_t sum;
  /// Steps of the result per such sum: xScale / (yScale * count).
  float scale;
  /// The results, depending on which elements the sum is made of: the least
  /// and the most.
  int32_t least, most;
};

/// Visits every sum that \p pool may have: with each number of elements that
/// its windows hold, if sums are divided by that. Both ends of the range are
/// reached; beyond 128 elements they are bounds. Costs 500 * elements^2
/// additions.
void visitPool(Pool &pool, llvm::function_ref<void(const PoolSum &)> visit);

/// Whether integers give the same results as floats, for any elements.
bool isExactInIntegers(Pool &pool);

/// How many elements without pads the windows of \p window hold: every number
/// that occurs, ascending.
std::vector<int64_t> elementCounts(prim::WindowOp window);

} // namespace glowplug
