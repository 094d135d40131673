// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Each primitive of the dialect: its attributes, its verifier, its builder.

#include "core/prim/Primitives.h"

#include "core/prim/Constant.h"

using namespace glowplug;
using namespace glowplug::prim;
using namespace mlir;

glowplug::TensorType prim::tensorTypeOf(Type type) {
  auto shaped = cast<ShapedType>(type);
  return {dtypeOfElement(shaped.getElementType()), shaped.getShape()};
}

RankedTensorType prim::tensorTypeOf(MLIRContext *context,
                                    const glowplug::TensorType &type) {
  return RankedTensorType::get(type.shape, elementType(context, type.dtype));
}

static semantics::RegionTypes regionTypes(Region &region) {
  semantics::RegionTypes result;
  if (region.empty())
    return result;
  result.isPresent = true;
  for (Type type : region.front().getArgumentTypes())
    result.parameters.push_back(dtypeOfElement(type));
  for (Type type : region.front().getTerminator()->getOperandTypes())
    result.results.push_back(dtypeOfElement(type));
  return result;
}

/// The rules of the op; a broken one becomes its verifier's error.
template <typename Attributes>
static LogicalResult verifyPrimitive(Operation *op, const Attributes &at) {
  const auto toTypes = [](TypeRange range) {
    return llvm::map_to_vector<4>(range,
                                  [](Type type) { return tensorTypeOf(type); });
  };
  const auto operands = toTypes(op->getOperandTypes());
  const auto results = toTypes(op->getResultTypes());
  if (llvm::Error error = semantics::verify(at, {operands, results}))
    return op->emitOpError(llvm::toString(std::move(error)));
  return success();
}

/// No zero points at all, rather than zeros.
static DenseI32ArrayAttr zeroPointAttr(OpBuilder &builder,
                                       ArrayRef<int32_t> zeroPoints) {
  const bool isZero =
      llvm::all_of(zeroPoints, [](int32_t value) { return value == 0; });
  return isZero ? DenseI32ArrayAttr()
                : builder.getDenseI32ArrayAttr(zeroPoints);
}

#include "core/prim/Primitives.inc"
