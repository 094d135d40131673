// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Splitting of epilogues from their ops.

#include "core/lowering/SplitEpilogue.h"

#include "core/lowering/Passes.h"
#include "core/prim/Epilogue.h"

#include "mlir/IR/Builders.h"

namespace glowplug {
#define GEN_PASS_DEF_SPLITEPILOGUES
#include "core/lowering/Passes.h.inc"
} // namespace glowplug

using namespace glowplug;
using namespace mlir;

/// Whether all that \p region does with the accumulator is a cast to \p type.
static bool onlyCasts(Region &region, Type type) {
  return llvm::all_of(region.getArgument(0).getUsers(), [&](Operation *user) {
    auto scalar = dyn_cast<prim::ScalarOp>(user);
    return scalar && scalar.getKind() == prim::ScalarKind::cast &&
           scalar.getResult().getType() == type;
  });
}

bool glowplug::isMinimalEpilogue(Operation *op) {
  Region *region = prim::epilogueOf(op);
  if (!region)
    return false;
  Block &block = region->front();
  return block.getNumArguments() == 1 && llvm::hasSingleElement(block) &&
         block.getTerminator()->getOperand(0) == block.getArgument(0);
}

SplitOps glowplug::splitEpilogue(Operation *op) {
  OpBuilder builder(op);
  Region &epilogue = *prim::epilogueOf(op);
  auto resultType = cast<RankedTensorType>(op->getResult(0).getType());
  const Type accumulator = prim::accumulatorOf(op);
  const Type rounded = prim::plainResultOf(op);
  const bool isExact = accumulator == rounded || onlyCasts(epilogue, rounded);
  const Type between = isExact ? rounded : accumulator;

  Operation *plain = prim::cloneWithExtras(builder, op, /*extras=*/{},
                                           resultType.clone(between));
  if (!isExact) {
    Block &block = plain->getRegion(0).emplaceBlock();
    Value value = block.addArgument(accumulator, op->getLoc());
    OpBuilder::atBlockEnd(&block).create<prim::YieldOp>(op->getLoc(), value);
  }

  SmallVector<Value> operands{plain->getResult(0)};
  llvm::append_range(operands,
                     op->getOperands().drop_front(prim::inputCount(op)));
  auto map = builder.create<prim::MapOp>(op->getLoc(), TypeRange{resultType},
                                         operands);
  map.getBody().takeBody(epilogue);
  BlockArgument value = map.getBody().getArgument(0);
  if (between != accumulator) { // the casts have been done
    for (Operation *cast : llvm::make_early_inc_range(value.getUsers())) {
      cast->getResult(0).replaceAllUsesWith(value);
      cast->erase();
    }
    value.setType(between);
  }
  op->getResult(0).replaceAllUsesWith(map.getResult(0));
  op->erase();
  return {plain, map};
}

namespace {

struct SplitEpilogues : glowplug::impl::SplitEpiloguesBase<SplitEpilogues> {
  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) {
      if (prim::epilogueOf(op) && !isMinimalEpilogue(op))
        ops.push_back(op);
    });
    for (Operation *op : ops)
      splitEpilogue(op);
  }
};

} // namespace
