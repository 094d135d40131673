// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Inputs made from a seed.

#pragma once

#include "core/support/Tensor.h"

namespace glowplug {

/// A tensor of numbers that depend on nothing but the arguments, on every
/// machine. Floats are multiples of 2^-23 in [-1, 1), rounded to the type;
/// integers of 8 bits take every value; wider ones, which are often indices,
/// lie in 0..7; booleans are either. \p stream tells inputs of one seed apart.
llvm::Expected<Tensor> randomTensor(DType type, llvm::ArrayRef<int64_t> shape,
                                    uint64_t seed, uint64_t stream);

} // namespace glowplug
