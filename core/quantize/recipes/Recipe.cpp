// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Names of recipes, and the rewriting of one op.

#include "core/quantize/recipes/Recipe.h"

#include "core/image/Writer.h"
#include "core/quantize/recipes/RegionEditor.h"

#include "llvm/ADT/StringSwitch.h"

using namespace glowplug;
using namespace mlir;

llvm::StringRef glowplug::recipeName(Recipe recipe) {
  switch (recipe) {
  case Recipe::fp32Rne:
    return "fp32_rne";
  case Recipe::tosaSingle:
    return "tosa_single";
  case Recipe::tosaDouble:
    return "tosa_double";
  }
  llvm_unreachable("all recipes are above");
}

std::optional<Recipe> glowplug::recipeNamed(llvm::StringRef name) {
  return llvm::StringSwitch<std::optional<Recipe>>(name)
      .Case("fp32_rne", Recipe::fp32Rne)
      .Case("tosa_single", Recipe::tosaSingle)
      .Case("tosa_double", Recipe::tosaDouble)
      .Default(std::nullopt);
}

/// The scalar ops of \p block that compute an integer by way of floats.
static SmallVector<Operation *> candidates(Block &block) {
  SmallVector<Operation *> found;
  for (Operation &op : block) {
    auto scalar = dyn_cast<prim::ScalarOp>(op);
    if (isa<prim::QuantizedOp>(op) ||
        (scalar && (scalar.getKind() == prim::ScalarKind::rescale_fp32_rne ||
                    scalar.getKind() == prim::ScalarKind::quantize)))
      found.push_back(&op);
  }
  return found;
}

bool glowplug::hasFloatRecipe(Operation *op) {
  Block *block = RegionEditor::blockOf(op);
  return block && !candidates(*block).empty();
}

std::vector<RecipeChange>
glowplug::rewriteRecipe(Operation *op, Recipe recipe,
                        llvm::function_ref<bool(llvm::StringRef)> wanted) {
  std::vector<RecipeChange> changes;
  Block *block = RegionEditor::blockOf(op);
  if (!block || recipe == Recipe::fp32Rne)
    return changes;
  RegionEditor editor(op);
  for (Operation *scalar : candidates(*block)) {
    RecipeChange change;
    change.name = locationName(scalar->getLoc());
    change.recipe = recipe;
    if (!wanted(change.name))
      continue;
    Value result = rewriteScalar(editor, scalar, recipe, change);
    if (!result)
      continue;
    scalar->getResult(0).replaceAllUsesWith(result);
    scalar->erase();
    changes.push_back(std::move(change));
  }
  editor.eraseDead();
  return changes;
}
