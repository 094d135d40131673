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

/// Counts in \p change the sums from \p low to \p high, and those that \p a and
/// \p b map to different integers of \p least to \p most. Takes a few thousand
/// calls only, since nothing changes between two steps.
void countDifferences(SumFunction a, SumFunction b, int32_t low, int32_t high,
                      int32_t least, int32_t most, RecipeChange &change);

/// Likewise for the results of two functions of the same inputs, one by one.
void countDifferences(llvm::ArrayRef<double> a, llvm::ArrayRef<double> b,
                      RecipeChange &change);

} // namespace glowplug
