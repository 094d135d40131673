// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The order in which passes run, and why.

#include "core/lowering/Pipeline.h"

#include "core/lowering/Passes.h"
#include "core/quantize/islands/Passes.h"
#include "core/transforms/Passes.h"

#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace glowplug;
using namespace mlir;

void glowplug::buildPlainPipeline(OpPassManager &passes) {
  // What a quantised model means: the fused operators, not the floats between.
  passes.addPass(createFormIslands());
  passes.addNestedPass<func::FuncOp>(createLowerGraph());
}

static void addFusion(OpPassManager &f) {
  // No-ops hide a map from the op before it.
  f.addPass(createRemoveNoops());

  // Equal maps become one before each is merged into something else.
  f.addPass(createCSEPass());

  // A tree of maps is one map before it looks for the op that takes it, so
  // that the op takes the whole tree. A map that an op can take by itself is
  // left out: bias and activation go to their own convolution, even if a
  // residual sum follows. A tree over one 8-bit tensor is a table by then.
  f.addPass(createStackMaps());
  f.addPass(createFormTables());
  f.addPass(createFuseEpilogues());

  // What no op took (too large, or shared) may still join another map.
  f.addPass(createStackMaps());
  f.addPass(createFormTables());

  // Merging leaves casts that undo each other, and repeated scalars.
  f.addPass(createRemoveNoops());
  f.addPass(createCSEPass());
}

void glowplug::buildFusionPipeline(OpPassManager &passes) {
  if (passes.getOpName() == func::FuncOp::getOperationName())
    addFusion(passes);
  else
    addFusion(passes.nest<func::FuncOp>());
}

void glowplug::buildOptimizationPipeline(OpPassManager &passes) {
  auto add = [&](std::unique_ptr<Pass> pass) {
    passes.addNestedPass<func::FuncOp>(std::move(pass));
  };

  // Runs while quantised weights are still integers: folding would turn them
  // into floats.
  passes.addPass(createFormIslands());

  // Weights may be computed (transposed, cast, reshaped) in the model, and so
  // may statistics. They must be constants for what follows.
  passes.addPass(createFoldConstants());

  // A no-op between convolution and normalisation hides one from the other.
  add(createRemoveNoops());

  // Runs while batch normalisation is one op: as a map, it could not be told
  // from other arithmetic.
  passes.addPass(createFoldBatchNorm());

  // Nothing below needs graph ops.
  add(createLowerGraph());

  // Statistics of normalisations that were not folded, and the constants of
  // lowerings.
  passes.addPass(createFoldConstants());
  add(createCSEPass());

  // Before transposes move: a pad may stand between two of them.
  add(createFoldPads());

  // Transposes first: one that sinks may become a reshape below.
  add(createCancelTransposes());
  add(createCancelReshapes());

  // Operands that were transposed or reshaped in the place of others.
  passes.addPass(createFoldConstants());

  // Element-wise work last: only now producers and consumers are neighbours.
  buildFusionPipeline(passes);
}

void glowplug::registerPipelines() {
  PassPipelineRegistration<>("glowplug-plain", "lower, and nothing more",
                             buildPlainPipeline);
  PassPipelineRegistration<>("glowplug-optimize", "optimise and lower",
                             buildOptimizationPipeline);
  PassPipelineRegistration<>("glowplug-fuse", "gather element-wise work",
                             buildFusionPipeline);
}
