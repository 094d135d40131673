// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Putting together regions over scalars.

#include "core/transforms/Regions.h"

#include "core/prim/Build.h"
#include "core/prim/Constant.h"
#include "core/prim/Epilogue.h"
#include "core/prim/Quantized.h"

#include "mlir/IR/IRMapping.h"

using namespace glowplug;
using namespace mlir;

unsigned glowplug::scalarCount(Region &region) {
  if (region.empty())
    return 0;
  unsigned count = 0;
  for (Operation &op : region.front().without_terminator())
    count += isa<prim::QuantizedOp>(op) ? prim::formulaSize : 1;
  return count;
}

bool glowplug::isUsedOnlyBy(Operation *op, Operation *user) {
  return llvm::all_of(op->getUsers(),
                      [&](Operation *other) { return other == user; });
}

//===----------------------------------------------------------------------===//
// Operands of a block
//===----------------------------------------------------------------------===//

void ScalarOperands::absorb(Block &block, prim::MapOp producer, bool move) {
  Block &body = producer.getBody().front();
  // The producer's operands come where its first result stood.
  unsigned at = 0;
  while (values[at].getDefiningOp() != producer)
    ++at;
  IRMapping mapping;
  for (auto [i, operand] : llvm::enumerate(producer.getOperands())) {
    Value parameter = block.insertArgument(
        first + at + i, body.getArgument(i).getType(), producer.getLoc());
    mapping.map(body.getArgument(i), parameter);
    if (move)
      body.getArgument(i).replaceAllUsesWith(parameter);
    values.insert(values.begin() + at + i, operand);
  }

  Operation *yield = body.getTerminator();
  SmallVector<Value> yielded(yield->getOperands());
  if (move) {
    block.getOperations().splice(block.begin(), body.getOperations(),
                                 body.begin(), yield->getIterator());
  } else {
    OpBuilder builder = OpBuilder::atBlockBegin(&block);
    for (Operation &op : body.without_terminator())
      builder.clone(op, mapping);
    for (Value &value : yielded)
      value = mapping.lookup(value);
  }

  for (unsigned i = values.size(); i-- > 0;) {
    if (values[i].getDefiningOp() != producer)
      continue;
    block.getArgument(first + i).replaceAllUsesWith(
        yielded[cast<OpResult>(values[i]).getResultNumber()]);
    block.eraseArgument(first + i);
    values.erase(values.begin() + i);
  }
}

void ScalarOperands::simplify(Block &block, unsigned keep) {
  llvm::SmallDenseMap<Value, unsigned> firstAt;
  for (unsigned i = 0; i < values.size();) {
    BlockArgument argument = block.getArgument(first + i);
    auto [found, isNew] = firstAt.try_emplace(values[i], i);
    if (!isNew) {
      argument.replaceAllUsesWith(block.getArgument(first + found->second));
    } else if (auto constant = values[i].getDefiningOp<prim::ConstantOp>();
               constant && prim::isSplat(constant) &&
               (!argument.use_empty() && values.size() > keep)) {
      OpBuilder builder = OpBuilder::atBlockBegin(&block);
      auto element = cast<DenseElementsAttr>(constant.getValue())
                         .getSplatValue<TypedAttr>();
      argument.replaceAllUsesWith(
          builder.create<prim::ScalarConstantOp>(constant.getLoc(), element));
    }
    if (!argument.use_empty() || values.size() <= keep) {
      ++i;
      continue;
    }
    if (isNew)
      firstAt.erase(values[i]);
    block.eraseArgument(first + i);
    values.erase(values.begin() + i);
  }
}

bool glowplug::simplifyOperands(prim::MapOp map) {
  ScalarOperands operands{SmallVector<Value>(map.getOperands()), 0};
  const size_t before = operands.values.size();
  operands.simplify(map.getBody().front(), /*keep=*/1);
  map->setOperands(operands.values);
  return operands.values.size() != before;
}

//===----------------------------------------------------------------------===//
// Owners of epilogues
//===----------------------------------------------------------------------===//

Operation *glowplug::epilogueOwner(prim::MapOp map) {
  if (map.getNumResults() != 1)
    return nullptr;
  Operation *owner = nullptr;
  auto isContraction = [](Operation *op) {
    return isa<prim::ContractionInterface>(op);
  };
  for (Value operand : map.getOperands()) {
    Operation *op = operand.getDefiningOp();
    if (!op || op == owner || !prim::takesEpilogue(op) ||
        op->getBlock() != map->getBlock() || !isUsedOnlyBy(op, map) ||
        prim::shapeOf(operand) != prim::shapeOf(map.getResult(0)))
      continue;
    const bool better = !owner ||
                        (isContraction(op) && !isContraction(owner)) ||
                        (isContraction(op) == isContraction(owner) &&
                         owner->isBeforeInBlock(op));
    if (better)
      owner = op;
  }
  return owner;
}
