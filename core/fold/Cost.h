// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the evaluation of an op costs, before it is done.

#pragma once

#include "mlir/IR/Operation.h"

#include <cstdint>

namespace glowplug {

/// The work of interpreting \p op, in elementary steps: multiply-adds of a
/// contraction, elements times scalar ops of a map, elements read and written
/// of anything else. At least the number of elements of its results. Saturates
/// at the largest int64_t.
int64_t evaluationCost(mlir::Operation *op);

/// Number of elements of a value of the prim dialect.
int64_t elementCountOf(mlir::Value value);

/// Bytes of a value of the prim dialect; a boolean takes one.
int64_t byteCountOf(mlir::Value value);

} // namespace glowplug
