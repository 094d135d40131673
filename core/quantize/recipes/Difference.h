// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// How far an integer recipe is from the formula in floats: counted, not
/// estimated.

#pragma once

#include "core/quantize/recipes/Recipe.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace glowplug {

/// A function of a 32-bit sum that never falls as the sum grows.
using SumFunction = llvm::function_ref<int32_t(int32_t sum)>;

/// Adds to \p change every sum from \p low to \p high, all of which count,
/// that \p a and \p b bring to different integers of \p least to \p most.
/// Takes a few thousand calls: between two steps nothing changes.
void countDifferences(SumFunction a, SumFunction b, int32_t low, int32_t high,
                      int32_t least, int32_t most, RecipeChange &change);

/// A function of two 8-bit integers.
using PairFunction = llvm::function_ref<int32_t(int32_t a, int32_t b)>;

/// Likewise for all pairs of integers from \p low to \p low + 255.
void countPairs(PairFunction a, PairFunction b, int32_t lowA, int32_t lowB,
                RecipeChange &change);

} // namespace glowplug
