// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fusion of maps into the ops that feed them.

#include "core/prim/Epilogue.h"
#include "core/transforms/Passes.h"
#include "core/transforms/Regions.h"

namespace glowplug {
#define GEN_PASS_DEF_FUSEEPILOGUES
#include "core/transforms/Passes.h.inc"
} // namespace glowplug

using namespace glowplug;
using namespace mlir;

namespace {

struct FuseEpilogues : glowplug::impl::FuseEpiloguesBase<FuseEpilogues> {
  using FuseEpiloguesBase::FuseEpiloguesBase;

  void runOnOperation() override {
    for (Block &block : getOperation().getBody())
      for (Operation &op : llvm::make_early_inc_range(block))
        if (auto map = dyn_cast<prim::MapOp>(op))
          if (Operation *owner = epilogueOwner(map))
            if (1 + scalarCount(owner->getRegion(0)) +
                    scalarCount(map.getBody()) <=
                maxOps)
              fuse(owner, map);
  }

private:
  void fuse(Operation *owner, prim::MapOp map);
};

/// The block of the epilogue of \p op; if it has none yet, a new one that
/// yields the result of the op without an epilogue.
Block &epilogueBlock(Operation *op) {
  Region &region = op->getRegion(0);
  if (!region.empty())
    return region.front();
  Block &block = region.emplaceBlock();
  const Location loc = op->getLoc();
  Value value = block.addArgument(prim::accumulatorOf(op), loc);
  OpBuilder builder = OpBuilder::atBlockEnd(&block);
  // f16 and bf16 are rounded once the sum is complete.
  const Type rounded = prim::plainResultOf(op);
  if (value.getType() != rounded)
    value = builder.create<prim::ScalarOp>(loc, rounded, prim::ScalarKind::cast,
                                           value);
  builder.create<prim::YieldOp>(loc, value);
  return block;
}

/// map(owner(...), others...) -> owner(...) with the map appended to its
/// epilogue, at the place of the map, where all others are defined. Nothing
/// else uses the owner, so it may move there.
void FuseEpilogues::fuse(Operation *owner, prim::MapOp map) {
  Block &block = epilogueBlock(owner);
  Operation *yield = block.getTerminator();
  const unsigned inputs = prim::inputCount(owner);
  SmallVector<Value> values(owner->getOperands().take_front(inputs));
  ScalarOperands extras{
      SmallVector<Value>(owner->getOperands().drop_front(inputs)), 1};

  Block &body = map.getBody().front();
  for (auto [operand, parameter] :
       llvm::zip_equal(map.getOperands(), body.getArguments())) {
    if (operand.getDefiningOp() == owner) {
      parameter.replaceAllUsesWith(yield->getOperand(0));
      continue;
    }
    extras.values.push_back(operand);
    parameter.replaceAllUsesWith(
        block.addArgument(parameter.getType(), map.getLoc()));
  }
  yield->erase();
  block.getOperations().splice(block.end(), body.getOperations());
  extras.simplify(block, /*keep=*/0);

  llvm::append_range(values, extras.values);
  owner->setOperands(values);
  owner->getResult(0).setType(map.getResult(0).getType());
  owner->setLoc(
      FusedLoc::get(owner->getContext(), {owner->getLoc(), map.getLoc()}));
  owner->moveBefore(map);
  map.getResult(0).replaceAllUsesWith(owner->getResult(0));
  map.getBody().front().erase();
  map->erase();
}

} // namespace
