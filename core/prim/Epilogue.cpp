// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the ops that may carry an epilogue have in common.

#include "core/prim/Epilogue.h"

#include "mlir/IR/Builders.h"

using namespace glowplug::prim;
using namespace mlir;

static Type inputElement(Operation *op) {
  return cast<ShapedType>(op->getOperand(0).getType()).getElementType();
}

/// Whether \p op picks one of its elements, so that it accumulates nothing.
static bool isExtreme(Operation *op) {
  auto reduction = dyn_cast<ReductionInterface>(op);
  return reduction && reduction.isExtreme();
}

bool glowplug::prim::takesEpilogue(Operation *op) {
  return isa<EpilogueInterface>(op);
}

Region *glowplug::prim::epilogueOf(Operation *op) {
  auto owner = dyn_cast<EpilogueInterface>(op);
  return owner && !owner.getEpilogue().empty() ? &owner.getEpilogue() : nullptr;
}

unsigned glowplug::prim::inputCount(Operation *op) {
  return op->getNumOperands() -
         static_cast<unsigned>(cast<EpilogueInterface>(op).getExtras().size());
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
