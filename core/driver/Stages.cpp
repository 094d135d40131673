// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs passes over a model.

#include "core/driver/Stages.h"

#include "core/image/Verify.h"
#include "core/lowering/ExpandPools.h"
#include "core/lowering/Pipeline.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringMap.h"

using namespace glowplug;
using namespace mlir;

/// Runs \p passes on \p root; a failure says what the passes said.
static llvm::Error run(PassManager &passes, Operation *root) {
  std::string messages;
  ScopedDiagnosticHandler handler(
      root->getContext(), [&](Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() == DiagnosticSeverity::Error &&
            messages.empty())
          llvm::raw_string_ostream(messages)
              << locationName(diagnostic.getLocation()) << ": " << diagnostic;
        return success();
      });
  if (failed(passes.run(root)))
    return makeFault(FaultKind::model, messages);
  return llvm::Error::success();
}

/// Changes the recipes of what \p changes name.
static void changeRecipes(func::FuncOp function,
                          llvm::ArrayRef<RecipeChange> changes) {
  llvm::StringMap<Recipe> recipes;
  for (const RecipeChange &change : changes)
    recipes[change.name] = change.recipe;
  if (recipes.empty())
    return;
  SmallVector<Operation *> ops;
  function.walk([&](Operation *op) {
    if (hasFloatRecipe(op))
      ops.push_back(op);
  });
  for (Recipe recipe : {Recipe::tosaSingle, Recipe::tosaDouble})
    for (Operation *op : ops)
      rewriteRecipe(op, recipe, [&](llvm::StringRef name) {
        auto found = recipes.find(name);
        return found != recipes.end() && found->second == recipe;
      });
}

llvm::Expected<Image>
glowplug::referenceImage(ModuleOp module, llvm::StringRef name,
                         llvm::ArrayRef<RecipeChange> changes,
                         SegmentHashes &hashes) {
  PassManager passes(module.getContext());
  buildPlainPipeline(passes);
  if (llvm::Error error = run(passes, module))
    return std::move(error);
  auto main = module.lookupSymbol<func::FuncOp>("main");
  for (auto function : module.getOps<func::FuncOp>()) {
    changeRecipes(function, changes);
    expandPools(function);
  }
  WriterOptions options;
  options.name = name.str();
  options.hashes = &hashes;
  llvm::Expected<Image> image = writeImage(main, options);
  if (!image)
    return image.takeError();
  if (llvm::Error error = verifyImage(image->bytes))
    return std::move(error);
  return image;
}

/// Runs the passes that \p build adds.
static llvm::Error runPipeline(Operation *root, IrDump &dump,
                               void (*build)(OpPassManager &)) {
  PassManager passes(root->getContext(), root->getName().getStringRef());
  if (auto instrumentation = dump.instrumentation())
    passes.addInstrumentation(std::move(instrumentation));
  build(passes);
  return run(passes, root);
}

llvm::Error glowplug::optimise(const ImportedModel &model, IrDump &dump) {
  return runPipeline(*model.module, dump, buildOptimizationPipeline);
}

llvm::Error glowplug::fuseAgain(func::FuncOp function, IrDump &dump) {
  // Others may have been partitioned already, and must stay as they are.
  return runPipeline(function, dump, buildFusionPipeline);
}
