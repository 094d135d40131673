// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Additions and products of all pairs of bytes: they are ONNX Runtime's, and
// what a change of recipe says about them is what the interpreter gives.

#include "core/fold/Evaluate.h"
#include "core/quantize/islands/Passes.h"
#include "core/quantize/recipes/Recipe.h"
#include "tests/unit/quantize/islands/Oracle.h"

#include "mlir/Pass/PassManager.h"

#include <gtest/gtest.h>

#include <numeric>

using namespace glowplug;
using namespace glowplug::test;
using namespace mlir;

namespace {

/// All pairs of two integers, each side once along a dim of its own.
Island allPairs(std::mt19937 &random, Anchor anchor) {
  Island island = randomIsland(random, anchor);
  island.a.shape = {1, 256, 1};
  island.b.shape = {1, 1, 256};
  for (QTensor *side : {&island.a, &island.b}) {
    side->values.resize(256);
    std::iota(side->values.begin(), side->values.end(), side->low());
  }
  island.low = island.high = std::nullopt;
  return island;
}

std::vector<double> evaluateMap(Operation *map, const Island &island) {
  llvm::Expected<SmallVector<Tensor>> result =
      evaluateOp(map, inputsOf(island));
  if (!result) {
    ADD_FAILURE() << llvm::toString(result.takeError());
    return {};
  }
  return toDoubles(result->front());
}

void expectCounted(Anchor anchor, Recipe recipe, unsigned seed) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  context.loadDialect<prim::PrimDialect, func::FuncDialect>();
  std::mt19937 random(seed);
  const Island island = allPairs(random, anchor);
  OwningOpRef<ModuleOp> module = buildIsland(context, island);
  PassManager passes(&context);
  passes.addPass(createFormIslands());
  ASSERT_TRUE(succeeded(passes.run(*module)));
  prim::MapOp map;
  unsigned maps = 0;
  module->walk([&](prim::MapOp op) {
    map = op;
    ++maps;
  });
  ASSERT_EQ(maps, 1u);

  const std::vector<double> before = evaluateMap(map, island);
  const std::vector<int> fused = expectedOf(island).fused;
  EXPECT_EQ(before, std::vector<double>(fused.begin(), fused.end()))
      << island.text();
  const std::vector<RecipeChange> changes = rewriteRecipe(map, recipe);
  ASSERT_EQ(changes.size(), 1u) << island.text();
  EXPECT_FALSE(hasFloatRecipe(map));
  const std::vector<double> after = evaluateMap(map, island);
  uint64_t differing = 0, most = 0;
  for (size_t i = 0; i < before.size(); ++i) {
    differing += before[i] != after[i];
    most =
        std::max(most, static_cast<uint64_t>(std::abs(before[i] - after[i])));
  }
  EXPECT_EQ(changes[0].name, "node");
  EXPECT_EQ(changes[0].total, 65536u);
  EXPECT_EQ(changes[0].differing, differing) << island.text();
  EXPECT_EQ(changes[0].mostSteps, most) << island.text();
  EXPECT_LE(most, 1u) << island.text();
}

} // namespace

TEST(Rewrite, CountsAllPairsOfAdditionsAndProducts) {
  for (unsigned seed = 0; seed < 20; ++seed)
    for (Anchor anchor : {Anchor::add, Anchor::mul})
      for (Recipe recipe : {Recipe::tosaSingle, Recipe::tosaDouble})
        expectCounted(anchor, recipe, seed);
}

TEST(Rewrite, NamesGoBothWays) {
  for (Recipe recipe :
       {Recipe::fp32Rne, Recipe::tosaSingle, Recipe::tosaDouble})
    EXPECT_EQ(recipeNamed(recipeName(recipe)), recipe);
  EXPECT_EQ(recipeNamed("tosa"), std::nullopt);
}
