// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the ops that may carry an epilogue have in common.

#include "core/prim/Epilogue.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace glowplug::prim;
using namespace mlir;

static Type inputElement(Operation *op) {
  return cast<ShapedType>(op->getOperand(0).getType()).getElementType();
}

/// Whether \p op picks one of its elements, so that it accumulates nothing.
static bool isExtreme(Operation *op) {
  auto picks = [](ReduceKind kind) {
    return kind == ReduceKind::min || kind == ReduceKind::max;
  };
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case<ReduceOp, WindowOp>([&](auto it) { return picks(it.getKind()); })
      .Default([](Operation *) { return false; });
}

bool glowplug::prim::takesEpilogue(Operation *op) {
  return isa<ConvOp, ConvTransposeOp, MatMulOp, ReduceOp, WindowOp>(op);
}

Region *glowplug::prim::epilogueOf(Operation *op) {
  if (!takesEpilogue(op) || op->getRegion(0).empty())
    return nullptr;
  return &op->getRegion(0);
}

unsigned glowplug::prim::inputCount(Operation *op) {
  return isa<ReduceOp, WindowOp>(op) ? 1 : 2;
}

Type glowplug::prim::accumulatorOf(Operation *op) {
  const Type element = inputElement(op);
  return isExtreme(op) ? element : accumulatorType(element);
}

Type glowplug::prim::plainResultOf(Operation *op) {
  const Type element = inputElement(op);
  return isExtreme(op) ? element : plainResultType(element);
}

Operation *glowplug::prim::cloneWithExtras(OpBuilder &builder, Operation *op,
                                           ValueRange extras, Type resultType) {
  OperationState state(op->getLoc(), op->getName());
  state.addOperands(op->getOperands().take_front(inputCount(op)));
  state.addOperands(extras);
  state.addTypes(resultType);
  state.addAttributes(op->getAttrs());
  state.addRegion();
  return builder.create(state);
}
