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
/// but this rounding, `plain` keeps an epilogue that yields the accumulator and
/// nothing else. An op that has such an epilogue already keeps it too;
/// splitting it again would change nothing (see isMinimalEpilogue).
SplitOps splitEpilogue(mlir::Operation *op);

/// Replaces \p op, which has an epilogue that is not minimal, by the op with
/// the start of it and a map with the rest. The cut is as late as possible
/// after an 8-bit integer: at the last such scalar, other than the result,
/// through which all influence of the accumulator on the result goes. `plain`
/// then gives this integer. Without such a scalar, this is splitEpilogue. To
/// cut earlier, call it again for `plain`. Each op reads the extra operands
/// that it needs. Results are the same bit for bit.
SplitOps cutEpilogue(mlir::Operation *op);

/// Whether the epilogue of \p op yields the accumulator and nothing else.
bool isMinimalEpilogue(mlir::Operation *op);

} // namespace glowplug
