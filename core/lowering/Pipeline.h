// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The order in which passes run.

#pragma once

#include "mlir/Pass/PassManager.h"

namespace glowplug {

/// From an imported module to primitives, and nothing more: the program that
/// the interpreter runs as a judge. \p passes manages a module.
void buildPlainPipeline(mlir::OpPassManager &passes);

/// From an imported module to optimised primitives. \p passes manages a module.
void buildOptimizationPipeline(mlir::OpPassManager &passes);

/// The end of the optimization pipeline: gathers element-wise work. To be run
/// again on what the partitioner has inlined. \p passes manages a module or a
/// function.
void buildFusionPipeline(mlir::OpPassManager &passes);

/// Registers the three as pass pipelines, for glowplug-opt.
void registerPipelines();

} // namespace glowplug
