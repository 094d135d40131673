// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// How far an integer recipe is from the formula in floats: counted, not
/// estimated.

#pragma once

#include "core/quantize/recipes/Recipe.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace glowplug {

/// A function of a 32-bit sum that never falls as the sum grows.
using SumFunction = llvm::function_ref<int32_t(int32_t sum)>;

/// Adds to \p change every sum from \p low to \p high, all of which count,
/// that \p a and \p b bring to different integers of \p least to \p most.
/// Takes a few thousand calls: between two steps nothing changes.
void countDifferences(SumFunction a, SumFunction b, int32_t low, int32_t high,
                      int32_t least, int32_t most, RecipeChange &change);

/// Likewise for what two functions give for the same inputs, one by one.
void countDifferences(llvm::ArrayRef<double> a, llvm::ArrayRef<double> b,
                      RecipeChange &change);

} // namespace glowplug
