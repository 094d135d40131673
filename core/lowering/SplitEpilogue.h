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

/// Replaces \p op, which has an epilogue that is not minimal, by the op with
/// the start of it and a map with the rest. The cut is as late as possible
/// behind an 8-bit integer: at the last scalar of such a type through which all
/// that the accumulator has to do with the result goes, and which is not the
/// result. `plain` then gives this integer. Where there is none, this is
/// splitEpilogue. To cut earlier, call it again for `plain`. Each op reads the
/// extra operands that it needs. Results are the same bit for bit.
SplitOps cutEpilogue(mlir::Operation *op);

/// Whether the epilogue of \p op yields the accumulator and nothing else.
bool isMinimalEpilogue(mlir::Operation *op);

} // namespace glowplug
