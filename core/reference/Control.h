// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The ops `if` and `loop`, which run bodies.

#pragma once

#include "core/image/Types.h"
#include "core/reference/Call.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace glowplug::reference {

/// Runs body number \p body of the program. \p exact says which inputs are the
/// same in every precision.
using RunBody = llvm::function_ref<Evaluated(
    uint32_t body, llvm::ArrayRef<Tensor> inputs, llvm::ArrayRef<bool> exact)>;

/// Runs \p op, which is an `if` or a `loop`. \p results are the types of its
/// results as they are held.
Evaluated evaluateControl(const image::Op &op, llvm::ArrayRef<Tensor> operands,
                          llvm::ArrayRef<bool> exact,
                          llvm::ArrayRef<TensorType> results, RunBody run);

} // namespace glowplug::reference
