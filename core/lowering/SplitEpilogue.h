// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Takes an epilogue off its op, for backends that refuse it.

#pragma once

#include "core/prim/Prim.h"

namespace glowplug {

/// An op and the map that was its epilogue.
struct SplitOps {
  mlir::Operation *plain;
  prim::MapOp map;
};

/// Replaces \p op, which has an epilogue, by the op without it and a map with
/// the same region. Results are the same bit for bit.
///
/// An epilogue may read an f32 accumulator of f16 or bf16 elements, which the
/// op without an epilogue rounds to their type. If it does anything with it
/// but this rounding, `plain` keeps an epilogue that yields the accumulator
/// and nothing else. So does an op that has such an epilogue already; splitting
/// it again would not get further (see isMinimalEpilogue).
SplitOps splitEpilogue(mlir::Operation *op);

/// Whether the epilogue of \p op yields the accumulator and nothing else.
bool isMinimalEpilogue(mlir::Operation *op);

} // namespace glowplug
