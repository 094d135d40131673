// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Changes the recipe by which an op rescales sums to narrow integers, for
/// backends that have no floats.

#pragma once

#include "mlir/IR/Operation.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace glowplug {

/// As the scalar ops rescale_*.
enum class Recipe : uint8_t { fp32Rne, tosaSingle, tosaDouble };

/// "fp32_rne", "tosa_single" or "tosa_double".
llvm::StringRef recipeName(Recipe recipe);
/// The recipe of that name; nothing for another name.
std::optional<Recipe> recipeNamed(llvm::StringRef name);

/// One rescale that was rewritten.
struct RecipeChange {
  std::string name; ///< Of the node of the model; may be empty.
  Recipe recipe = Recipe::fp32Rne;
  /// Of `total` inputs of the rescale, how many give another result, and by how
  /// many steps at most. `domain` says what an input is.
  uint64_t differing = 0, total = 0;
  uint64_t mostSteps = 0;
  std::string domain;
};

/// Whether \p op has a region with a rescale in floats that can be rewritten.
bool hasFloatRecipe(mlir::Operation *op);

/// Rewrites every rescale in floats of \p op whose name \p wanted accepts, in
/// place; constants are added before it. \p recipe is not a float recipe.
/// Scales must be constants above 0; rescales with others stay.
std::vector<RecipeChange> rewriteRecipe(
    mlir::Operation *op, Recipe recipe,
    llvm::function_ref<bool(llvm::StringRef name)> wanted =
        [](llvm::StringRef) { return true; });

} // namespace glowplug
