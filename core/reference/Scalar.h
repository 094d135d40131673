// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The scalar operations, each as a loop over a block of elements.

#pragma once

#include "core/image/Types.h"

namespace glowplug::reference {

/// Applies one scalar op to \p count elements: operands[i] and result point
/// to as many elements of their types. The second operand of a table is its
/// 256 entries.
using ScalarLoop = void (*)(const uint8_t *const *operands, uint8_t *result,
                            int64_t count);

/// The loop for \p op with a result of type \p result from operands of the
/// types \p operands. Null if there is no such combination (or for `constant`,
/// which is not computed). It is also the definition of what is allowed.
ScalarLoop scalarLoop(image::ScalarOp op, DType result,
                      llvm::ArrayRef<DType> operands);

// The parts of scalarLoop(), by file.
ScalarLoop unaryLoop(image::ScalarOp op, DType type);
ScalarLoop testLoop(image::ScalarOp op, DType operand);
ScalarLoop castLoop(DType to, DType from);
/// A type, and the one in which the interpreter holds its values.
struct HeldAs {
  DType declared, held;
};
ScalarLoop bitcastLoop(HeldAs to, HeldAs from);
ScalarLoop binaryLoop(image::ScalarOp op, DType type);
ScalarLoop compareLoop(image::ScalarOp op, DType operand);
ScalarLoop selectLoop(DType type);
ScalarLoop fmaLoop(DType type);
ScalarLoop quantizeLoop(DType to, DType from);
ScalarLoop dequantizeLoop(DType to, DType from);
ScalarLoop rescaleLoop(image::ScalarOp op, DType to,
                       llvm::ArrayRef<DType> operands);
ScalarLoop tableLoop(DType to, DType from);

} // namespace glowplug::reference
