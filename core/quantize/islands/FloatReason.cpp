// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which ops of a quantised model work on integers, and why others do not.

#include "core/quantize/islands/FloatReason.h"

#include "core/prim/Epilogue.h"
#include "core/quantize/islands/Passes.h"
#include "core/quantize/islands/QuantParams.h"

using namespace glowplug;
using namespace mlir;

using K = prim::ScalarKind;

bool glowplug::isQuantized(ModuleOp module) {
  const WalkResult result = module.walk([](prim::ScalarOp op) {
    switch (op.getKind()) {
    case K::quantize:
    case K::dequantize:
    case K::rescale_fp32_rne:
    case K::rescale_tosa_single:
    case K::rescale_tosa_double:
      return WalkResult::interrupt();
    default:
      return WalkResult::advance();
    }
  });
  return result.wasInterrupted();
}

static bool holdsFloats(Value value) {
  return isa<FloatType>(prim::elementOf(value));
}

/// The first float operand that is not a constant; null if there is none.
static Value floatOperand(Operation *op) {
  for (Value operand : op->getOperands())
    if (holdsFloats(operand) && !operand.getDefiningOp<prim::ConstantOp>())
      return operand;
  return nullptr;
}

bool glowplug::worksOnIntegers(Operation *op) {
  if (prim::takesEpilogue(op)) {
    ValueRange inputs = op->getOperands().take_front(prim::inputCount(op));
    return llvm::none_of(inputs, holdsFloats);
  }
  return !floatOperand(op) && llvm::none_of(op->getResults(), holdsFloats);
}

/// "the input 'x'" or "conv".
static std::string makerOf(Value value) {
  while (auto reshape = value.getDefiningOp<prim::ReshapeOp>())
    value = reshape.getInput();
  Operation *op = value.getDefiningOp();
  if (!op)
    return "an input of the model";
  return "a result of " + op->getName().stripDialect().str();
}

std::string glowplug::floatReason(Operation *op) {
  if (auto reason = op->getAttrOfType<StringAttr>(floatReasonAttr))
    return reason.str();
  if (auto composite = dyn_cast<prim::CompositeOp>(op))
    return composite.getName().str() + " has no integer form";
  if (auto map = dyn_cast<prim::MapOp>(op))
    if (prim::ScalarOp scalar = islands::soleScalar(map)) {
      if (scalar.getKind() == K::quantize)
        return "it quantises floats: " +
               makerOf(floatOperand(op) ? floatOperand(op) : op->getOperand(0));
      if (scalar.getKind() == K::dequantize)
        return "its result is used as floats";
    }
  if (!floatOperand(op))
    return "no QuantizeLinear after it";
  return "it reads floats: " + makerOf(floatOperand(op));
}
