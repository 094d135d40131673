// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Moves quantize above ops that only move or pick elements, towards the op
// that computes them.

#include "core/quantize/islands/QuantParams.h"
#include "core/quantize/islands/Rewrites.h"

using namespace glowplug;
using namespace glowplug::islands;
using namespace mlir;

/// Whether \p op gives for each element one of its operands' elements: the
/// least or greatest of some, or one from another place.
static bool onlyMoves(Operation *op) {
  if (auto reduction = dyn_cast<prim::ReductionInterface>(op))
    return reduction.getEpilogue().empty() && reduction.isExtreme();
  return isa<prim::ReshapeOp, prim::TransposeOp, prim::ConcatOp>(op);
}

bool islands::raiseQuantize(Operation *op,
                            SmallVectorImpl<Operation *> &raised) {
  std::optional<QuantizeMap> quantize = readQuantize(op);
  if (!quantize || !quantize->params.isUniform())
    return false;
  Operation *mover = quantize->input.getDefiningOp();
  if (!mover || !onlyMoves(mover) || !mover->getResult(0).hasOneUse())
    return false;

  OpBuilder builder(mover);
  prim::PrimBuilder prims(builder, op->getLoc());
  SmallVector<Value> operands;
  for (Value operand : mover->getOperands()) {
    operands.push_back(buildQuantize(
        prims, operand, quantize->params.withRank(prim::rankOf(operand))));
    raised.push_back(operands.back().getDefiningOp());
  }
  Operation *moved = builder.clone(*mover);
  moved->setOperands(operands);
  moved->getResult(0).setType(op->getResult(0).getType());
  op->getResult(0).replaceAllUsesWith(moved->getResult(0));
  op->erase();
  mover->erase();
  return true;
}

bool islands::cancelPair(Operation *op) {
  std::optional<QuantizeMap> quantize = readQuantize(op);
  if (!quantize)
    return false;
  std::optional<Quantized> from = readDequantize(quantize->input);
  if (!from || from->params != quantize->params)
    return false;
  op->getResult(0).replaceAllUsesWith(from->integers);
  op->erase();
  return true;
}
