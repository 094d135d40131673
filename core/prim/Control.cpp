// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules of `if` and `loop`, whose bodies are functions.

#include "core/prim/Primitives.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace glowplug;
using namespace glowplug::prim;
using namespace mlir;

SmallVector<FlatSymbolRefAttr, 2> IfOp::getBodies() {
  return {getThenBodyAttr(), getElseBodyAttr()};
}

SmallVector<FlatSymbolRefAttr, 2> LoopOp::getBodies() {
  return {getBodyAttr()};
}

/// Fails unless the function \p name takes \p inputs and returns \p results.
static LogicalResult verifyBody(Operation *op, FlatSymbolRefAttr name,
                                TypeRange inputs, TypeRange results,
                                SymbolTableCollection &symbols) {
  auto function = symbols.lookupNearestSymbolFrom<func::FuncOp>(op, name);
  if (!function)
    return op->emitOpError("names ") << name << ", which is no function";
  if (TypeRange(function.getArgumentTypes()) != inputs)
    return op->emitOpError("needs ")
           << name << " to take (" << inputs << "), but it takes ("
           << function.getArgumentTypes() << ")";
  if (TypeRange(function.getResultTypes()) != results)
    return op->emitOpError("needs ")
           << name << " to return (" << results << "), but it returns ("
           << function.getResultTypes() << ")";
  return success();
}

static bool isScalar(Type type, DType dtype) {
  return tensorTypeOf(type) == glowplug::TensorType(dtype, {});
}

LogicalResult IfOp::verifySymbolUses(SymbolTableCollection &symbols) {
  if (!isScalar(getCondition().getType(), DType::boolean)) // C1
    return emitOpError("needs a condition of type tensor<i1>, but got ")
           << getCondition().getType();
  for (FlatSymbolRefAttr body : getBodies()) // C2
    if (failed(verifyBody(*this, body, getOperands_().getTypes(),
                          getResultTypes(), symbols)))
      return failure();
  return success();
}

LogicalResult LoopOp::verifySymbolUses(SymbolTableCollection &symbols) {
  if (!isScalar(getTrips().getType(), DType::i64)) // C1
    return emitOpError("needs trips of type tensor<i64>, but got ")
           << getTrips().getType();
  if (!isScalar(getCondition().getType(), DType::boolean))
    return emitOpError("needs a condition of type tensor<i1>, but got ")
           << getCondition().getType();
  const TypeRange made(getResultTypes());
  const size_t carried = getCarried();
  const auto most = static_cast<int64_t>(getMost());
  if (most < 0) // C2
    return emitOpError("needs most of at least 0, but got ") << most;
  if (carried > getOperands_().size() || carried >= made.size())
    return emitOpError("carries ")
           << carried << " values, but has " << getOperands_().size()
           << " operands after the condition and " << made.size() << " results";
  SmallVector<Type> inputs{getTrips().getType()};
  llvm::append_range(inputs, getOperands_().getTypes());
  SmallVector<Type> results{getCondition().getType()};
  llvm::append_range(results, made.take_front(carried));
  for (Type type : made.drop_front(carried).drop_back()) { // C4
    auto stacked = cast<RankedTensorType>(type);
    if (stacked.getRank() == 0 || stacked.getDimSize(0) != most)
      return emitOpError("needs rows stacked to a first dim of ")
             << most << ", but got " << type;
    results.push_back(RankedTensorType::get(stacked.getShape().drop_front(),
                                            stacked.getElementType()));
  }
  if (!isScalar(made.back(), DType::i64))
    return emitOpError("needs a last result of type tensor<i64>, but got ")
           << made.back();
  return verifyBody(*this, getBodyAttr(), inputs, results, symbols); // C3
}
