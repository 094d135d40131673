// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// glowplug-opt: runs single passes on textual IR. For tests and debugging.

#include "core/graph/Graph.h"
#include "core/instr/Instr.h"
#include "core/lowering/Passes.h"
#include "core/lowering/Pipeline.h"
#include "core/prim/Prim.h"
#include "core/quantize/islands/Passes.h"
#include "core/transforms/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  registry.insert<glowplug::graph::GraphDialect, glowplug::instr::InstrDialect,
                  glowplug::prim::PrimDialect, mlir::func::FuncDialect>();
  mlir::registerCanonicalizerPass();
  mlir::registerCSEPass();
  glowplug::registerIslandsPasses();
  glowplug::registerLoweringPasses();
  glowplug::registerTransformsPasses();
  glowplug::registerPipelines();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "glowplug pass driver\n", registry));
}
