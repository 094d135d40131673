// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Removal of ops that give their operand back.

#include "core/prim/Build.h"
#include "core/prim/Epilogue.h"
#include "core/transforms/Passes.h"
#include "core/transforms/Regions.h"

namespace glowplug {
#define GEN_PASS_DEF_REMOVENOOPS
#include "core/transforms/Passes.h.inc"
} // namespace glowplug

using namespace glowplug;
using namespace mlir;

//===----------------------------------------------------------------------===//
// Regions
//===----------------------------------------------------------------------===//

/// Whether each value of \p from is a value of \p to.
static bool isExactCast(Type from, Type to) {
  if (from == to)
    return true;
  if (auto small = dyn_cast<FloatType>(from)) {
    auto large = dyn_cast<FloatType>(to);
    return large && small.getWidth() < large.getWidth();
  }
  auto small = cast<IntegerType>(from);
  auto large = dyn_cast<IntegerType>(to);
  if (!large || large.getWidth() <= small.getWidth())
    return false;
  // Signless is signed, but for the boolean.
  const bool smallSigned = !small.isUnsigned() && small.getWidth() > 1;
  return !smallSigned || !large.isUnsigned();
}

/// The value that replaces a needless cast: its operand, or the operand of an
/// exact cast from its type; else null.
static Value withoutCast(prim::ScalarOp op) {
  if (op.getKind() != prim::ScalarKind::cast)
    return nullptr;
  Value operand = op.getOperand(0);
  const Type type = op.getResult().getType();
  if (operand.getType() == type)
    return operand;
  auto inner = operand.getDefiningOp<prim::ScalarOp>();
  if (!inner || inner.getKind() != prim::ScalarKind::cast)
    return nullptr;
  Value original = inner.getOperand(0);
  return original.getType() == type &&
                 isExactCast(type, inner.getResult().getType())
             ? original
             : nullptr;
}

static void simplifyRegion(Region &region) {
  if (region.empty())
    return;
  Block &block = region.front();
  for (Operation &op : llvm::make_early_inc_range(block))
    if (auto scalar = dyn_cast<prim::ScalarOp>(op))
      if (Value value = withoutCast(scalar))
        scalar.getResult().replaceAllUsesWith(value);
  // Users first.
  for (Operation &op :
       llvm::make_early_inc_range(llvm::reverse(block.getOperations())))
    if (!isa<prim::YieldOp>(op) && op.use_empty())
      op.erase();
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

/// The operand that the only result of \p op equals; null if there is none.
static Value sameOperand(Operation *op) {
  if (op->getNumOperands() == 0 || op->getNumResults() != 1 ||
      op->getOperand(0).getType() != op->getResult(0).getType())
    return nullptr;
  bool isSame = prim::movesNothing(op);
  if (auto reduction = dyn_cast<prim::ReductionInterface>(op))
    isSame = reduction.getEpilogue().empty() && reduction.combinesOneElement();
  return isSame ? op->getOperand(0) : nullptr;
}

/// concat(a, empty, b) -> concat(a, b)
static void dropEmptyOperands(prim::ConcatOp concat) {
  const int64_t dim = concat.getDim();
  SmallVector<Value> operands;
  for (Value operand : concat.getInputs())
    if (prim::shapeOf(operand)[dim] != 0)
      operands.push_back(operand);
  if (!operands.empty())
    concat->setOperands(operands);
}

/// Replaces results of \p map that are operands of it, and drops those that
/// nothing uses. The map is gone afterwards if none is left.
static void simplifyResults(prim::MapOp map) {
  Operation *yield = map.getBody().front().getTerminator();
  SmallVector<unsigned> used;
  for (OpResult result : map->getResults()) {
    const unsigned index = result.getResultNumber();
    auto parameter = dyn_cast<BlockArgument>(yield->getOperand(index));
    if (parameter) {
      Value operand = map.getOperand(parameter.getArgNumber());
      if (operand.getType() == result.getType())
        result.replaceAllUsesWith(operand);
    }
    if (!result.use_empty())
      used.push_back(index);
  }
  if (used.empty())
    return map.erase();
  if (used.size() == map.getNumResults())
    return;

  SmallVector<Type> types;
  SmallVector<Value> yielded;
  for (unsigned index : used) {
    types.push_back(map->getResult(index).getType());
    yielded.push_back(yield->getOperand(index));
  }
  yield->setOperands(yielded);
  OpBuilder builder(map);
  auto smaller =
      builder.create<prim::MapOp>(map.getLoc(), types, map.getOperands());
  smaller.getBody().takeBody(map.getBody());
  for (auto [i, index] : llvm::enumerate(used))
    map->getResult(index).replaceAllUsesWith(smaller->getResult(i));
  map.erase();
  simplifyRegion(smaller.getBody());
  simplifyOperands(smaller);
}

static void simplifyEpilogue(Operation *op) {
  Region *epilogue = prim::epilogueOf(op);
  if (!epilogue)
    return;
  simplifyRegion(*epilogue);
  Block &block = epilogue->front();
  const unsigned inputs = prim::inputCount(op);
  ScalarOperands extras{
      SmallVector<Value>(op->getOperands().drop_front(inputs)), 1};
  extras.simplify(block, /*keep=*/0);
  SmallVector<Value> operands(op->getOperands().take_front(inputs));
  llvm::append_range(operands, extras.values);
  op->setOperands(operands);

  // Nothing is left but the accumulator, as the op gives it by itself.
  if (extras.values.empty() && llvm::hasSingleElement(block) &&
      block.getTerminator()->getOperand(0) == block.getArgument(0) &&
      prim::accumulatorOf(op) == prim::plainResultOf(op))
    block.erase();
}

namespace {

struct RemoveNoops : glowplug::impl::RemoveNoopsBase<RemoveNoops> {
  void runOnOperation() override {
    for (Block &block : getOperation().getBody())
      for (Operation &op : llvm::make_early_inc_range(block)) {
        if (auto concat = dyn_cast<prim::ConcatOp>(op))
          dropEmptyOperands(concat);
        simplifyEpilogue(&op);
        if (auto map = dyn_cast<prim::MapOp>(op)) {
          simplifyRegion(map.getBody());
          simplifyOperands(map);
          simplifyResults(map);
          continue;
        }
        if (Value operand = sameOperand(&op)) {
          op.getResult(0).replaceAllUsesWith(operand);
          op.erase();
        }
      }
  }
};

} // namespace
