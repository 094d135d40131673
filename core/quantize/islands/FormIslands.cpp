// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The order in which islands are formed.

#include "core/quantize/islands/Passes.h"
#include "core/quantize/islands/QuantParams.h"
#include "core/quantize/islands/Rewrites.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace glowplug {
#define GEN_PASS_DEF_FORMISLANDS
#include "core/quantize/islands/Passes.h.inc"
} // namespace glowplug

using namespace glowplug;
using namespace mlir;

/// Whether anything in \p block is quantised at all.
static bool isQuantized(Block &block) {
  for (auto map : block.getOps<prim::MapOp>())
    if (prim::ScalarOp op = islands::soleScalar(map);
        op && (op.getKind() == prim::ScalarKind::quantize ||
               op.getKind() == prim::ScalarKind::dequantize))
      return true;
  return false;
}

static void sinkAll(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(block))
    islands::sinkDequantize(&op);
}

static void raiseAll(Block &block) {
  SmallVector<Operation *> work;
  for (auto map : block.getOps<prim::MapOp>())
    if (islands::readQuantize(map))
      work.push_back(map);
  while (!work.empty()) {
    Operation *quantize = work.pop_back_val();
    if (!islands::cancelPair(quantize))
      islands::raiseQuantize(quantize, work);
  }
}

static void formAll(Block &block) {
  SmallVector<Operation *> anchors;
  for (Operation &op : block)
    if (isa<prim::ConvOp, prim::ConvTransposeOp, prim::MatMulOp, prim::ReduceOp,
            prim::WindowOp>(op) &&
        isa<FloatType>(prim::elementOf(op.getOperand(0))))
      anchors.push_back(&op);
  for (Operation *op : anchors) {
    std::string why;
    bool isFormed = false;
    if (isa<prim::ContractionInterface>(op))
      isFormed = islands::formContraction(op, why);
    else
      isFormed = islands::formSum(op, why);
    if (!isFormed)
      op->setAttr(floatReasonAttr, StringAttr::get(op->getContext(), why));
  }
}

static void formMaps(Block &block) {
  SmallVector<prim::MapOp> maps(block.getOps<prim::MapOp>());
  for (prim::MapOp map : maps)
    islands::formElementwise(map);
}

static void eraseDead(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&op))
      op.erase();
}

namespace {

struct FormIslands : glowplug::impl::FormIslandsBase<FormIslands> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      for (Block &block : function.getBody()) {
        if (!isQuantized(block))
          continue;
        sinkAll(block);
        // Bottom up: a quantize that rises meets its producers, and dequantizes
        // that have sunk.
        raiseAll(block);
        formAll(block);
        formMaps(block);
        eraseDead(block);
      }
  }
};

} // namespace
