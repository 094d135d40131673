// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Verifiers of the ops that hold or form regions: map, scalar, composite; and
// of constants.

#include "core/prim/Prim.h"
#include "core/prim/Verify.h"

#include "mlir/IR/DialectResourceBlobManager.h"

using namespace glowplug;
using namespace glowplug::prim;
using namespace mlir;

//===----------------------------------------------------------------------===//
// Regions
//===----------------------------------------------------------------------===//

LogicalResult prim::verifyScalarRegion(Operation *op, Region &region,
                                       TypeRange parameters,
                                       TypeRange results) {
  if (!region.hasOneBlock())
    return op->emitOpError("needs a region of one block");
  Block &block = region.front();
  if (block.getArgumentTypes() != parameters)
    return op->emitOpError("needs a region that takes (")
           << parameters << "), but it takes (" << block.getArgumentTypes()
           << ")";
  auto yield = block.empty() ? YieldOp() : dyn_cast<YieldOp>(block.back());
  if (!yield)
    return op->emitOpError("needs a region that ends in prim.yield");
  if (yield.getOperandTypes() != results)
    return op->emitOpError("needs a region that yields (")
           << results << "), but it yields (" << yield.getOperandTypes() << ")";
  for (Operation &inner : block.without_terminator())
    if (!isa<ScalarOp, ScalarConstantOp>(inner))
      return op->emitOpError("needs a region of scalar ops, but it holds '")
             << inner.getName() << "'";
  return success();
}

LogicalResult prim::verifyEpilogue(Operation *op, Region &epilogue,
                                   OperandRange extras, Type accumulator,
                                   Type plainResult) {
  auto result = cast<ShapedType>(op->getResult(0).getType());
  if (epilogue.empty()) {
    if (!extras.empty())
      return op->emitOpError("has extra operands, but no epilogue");
    if (result.getElementType() != plainResult)
      return op->emitOpError("needs a result of ")
             << plainResult << ", but got " << result.getElementType();
    return success();
  }
  SmallVector<Type> parameters{accumulator};
  for (Value extra : extras) {
    auto type = cast<ShapedType>(extra.getType());
    if (!isBroadcastable(type.getShape(), result.getShape()))
      return op->emitOpError("needs an extra operand that broadcasts to ")
             << result << ", but got " << type;
    parameters.push_back(type.getElementType());
  }
  return verifyScalarRegion(op, epilogue, parameters, result.getElementType());
}

bool prim::isBroadcastable(ArrayRef<int64_t> from, ArrayRef<int64_t> to) {
  if (from.size() != to.size())
    return false;
  for (auto [small, large] : llvm::zip_equal(from, to))
    if (small != large && small != 1)
      return false;
  return true;
}

LogicalResult MapOp::verify() {
  if (getNumOperands() == 0 || getNumResults() == 0) // C1
    return emitOpError("needs an operand and a result");
  auto first = cast<ShapedType>(getResult(0).getType());
  SmallVector<Type> parameters, results;
  for (Type type : getResultTypes()) {
    auto result = cast<ShapedType>(type);
    if (result.getShape() != first.getShape()) // C1
      return emitOpError("needs results of one shape, but got ")
             << first << " and " << result;
    results.push_back(result.getElementType());
  }
  for (Type type : getOperandTypes()) { // C2
    auto operand = cast<ShapedType>(type);
    if (!isBroadcastable(operand.getShape(), first.getShape()))
      return emitOpError("needs an operand that broadcasts to ")
             << first << ", but got " << operand;
    parameters.push_back(operand.getElementType());
  }
  return verifyScalarRegion(*this, getBody(), parameters, results); // C3
}

LogicalResult CompositeOp::verify() {
  Block &block = getBody().front();
  if (block.getArgumentTypes() != getOperandTypes()) // C1
    return emitOpError("needs a body that takes (")
           << getOperandTypes() << "), but it takes ("
           << block.getArgumentTypes() << ")";
  auto yield = block.empty() ? YieldOp() : dyn_cast<YieldOp>(block.back());
  if (!yield)
    return emitOpError("needs a body that ends in prim.yield");
  if (yield.getOperandTypes() != getResultTypes())
    return emitOpError("needs a body that yields (")
           << getResultTypes() << "), but it yields ("
           << yield.getOperandTypes() << ")";
  if (getVersion() < 1 || getVersion() > 65535)
    return emitOpError("needs a version from 1 to 65535, but got ")
           << getVersion();
  for (NamedAttribute attribute : getDetails()) // C2
    if (!isa<IntegerAttr, FloatAttr, StringAttr, DenseI64ArrayAttr>(
            attribute.getValue()))
      return emitOpError("has an attribute of no known kind: ")
             << attribute.getName();
  return success();
}

//===----------------------------------------------------------------------===//
// Scalars
//===----------------------------------------------------------------------===//

/// Whether \p type is an integer of 8 or 16 bits.
static bool isNarrowInteger(Type type) {
  auto integer = dyn_cast<IntegerType>(type);
  return integer && (integer.getWidth() == 8 || integer.getWidth() == 16);
}

LogicalResult ScalarOp::verify() {
  const ScalarKind kind = getKind();
  if (kind == ScalarKind::constant)
    return emitOpError("constant is spelled prim.scalar_constant");
  if (getNumOperands() != arity(kind)) // C1
    return emitOpError("needs ")
           << arity(kind) << " operands for " << stringifyScalarKind(kind)
           << ", but got " << getNumOperands();

  // C3
  auto table = dyn_cast_or_null<DenseIntOrFPElementsAttr>(getTableAttr());
  if (kind != ScalarKind::table && getTableAttr())
    return emitOpError("has a table, but is ") << stringifyScalarKind(kind);
  if (kind == ScalarKind::table &&
      (!table || table.getType().getShape() != ArrayRef<int64_t>(256) ||
       table.getElementType() != getResult().getType())) {
    InFlightDiagnostic error = emitOpError("needs a dense table of 256 ")
                               << getResult().getType() << ", but got ";
    if (getTableAttr())
      return error << getTableAttr().getShapedType();
    return error << "none";
  }

  // C2
  auto refuse = [&] {
    return emitOpError("does not take these types for ")
           << stringifyScalarKind(kind) << ": (" << getOperandTypes() << ") -> "
           << getResult().getType();
  };
  const Type result = getResult().getType();
  auto operand = [&](unsigned i) { return getOperand(i).getType(); };
  const Type boolean = IntegerType::get(getContext(), 1);
  switch (kind) {
  case ScalarKind::cast:
    return success();
  case ScalarKind::is_nan:
  case ScalarKind::is_inf:
    return acceptsType(kind, operand(0)) && result == boolean ? success()
                                                              : refuse();
  case ScalarKind::eq:
  case ScalarKind::ne:
  case ScalarKind::lt:
  case ScalarKind::le:
  case ScalarKind::gt:
  case ScalarKind::ge:
    return operand(0) == operand(1) && acceptsType(kind, operand(0)) &&
                   result == boolean
               ? success()
               : refuse();
  case ScalarKind::select:
    return operand(0) == boolean && operand(1) == result && operand(2) == result
               ? success()
               : refuse();
  case ScalarKind::quantize:
    return isa<FloatType>(operand(0)) && operand(1) == operand(0) &&
                   operand(2) == result && isa<IntegerType>(result) &&
                   result != boolean
               ? success()
               : refuse();
  case ScalarKind::dequantize:
    return isa<IntegerType>(operand(0)) && operand(0) != boolean &&
                   operand(2) == operand(0) && operand(1) == result &&
                   isa<FloatType>(result)
               ? success()
               : refuse();
  case ScalarKind::rescale_fp32_rne:
    return operand(0).isSignlessInteger(32) && operand(1).isF32() &&
                   operand(2) == result && isNarrowInteger(result)
               ? success()
               : refuse();
  case ScalarKind::rescale_tosa_single:
  case ScalarKind::rescale_tosa_double:
    return llvm::all_of(getOperands().take_front(3).getTypes(),
                        [](Type type) { return type.isSignlessInteger(32); }) &&
                   operand(3) == result &&
                   (isNarrowInteger(result) || result.isSignlessInteger(32))
               ? success()
               : refuse();
  case ScalarKind::table:
    return isa<IntegerType>(operand(0)) &&
                   operand(0).getIntOrFloatBitWidth() == 8 && result != boolean
               ? success()
               : refuse();
  default:
    if (!acceptsType(kind, result))
      return refuse();
    return llvm::all_equal(getOperandTypes()) && operand(0) == result
               ? success()
               : refuse();
  }
}

LogicalResult ScalarConstantOp::verify() {
  if (getValue().getType() != getResult().getType()) // C1
    return emitOpError("needs a value of ")
           << getResult().getType() << ", but got " << getValue();
  if (!isa<IntegerAttr, FloatAttr>(getValue()))
    return emitOpError("needs an integer or a float, but got ") << getValue();
  return success();
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

bool ConstantOp::isBuildableWith(Attribute value, Type type) {
  auto elements = dyn_cast<ElementsAttr>(value);
  if (!elements || elements.getType() != type)
    return false;
  return isa<DenseIntOrFPElementsAttr, DenseResourceElementsAttr>(elements);
}

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }

LogicalResult ConstantOp::verify() {
  auto type = dyn_cast<ShapedType>(getValue().getType()); // C1 by trait
  if (!type)
    return emitOpError("needs a tensor value");
  const Type element = type.getElementType();
  const int64_t bytes =
      type.getNumElements() * ((element.getIntOrFloatBitWidth() + 7) / 8);
  if (auto dense = dyn_cast<DenseIntOrFPElementsAttr>(getValue())) {
    if (!dense.isSplat() && bytes > 64) // C2
      return emitOpError("holds ")
             << bytes << " bytes inline; more than 64 need a handle";
    return success();
  }
  auto resource = dyn_cast<DenseResourceElementsAttr>(getValue());
  if (!resource) // C2
    return emitOpError("needs a dense or dense_resource value");
  if (AsmResourceBlob *blob = resource.getRawHandle().getBlob()) // C3
    if (static_cast<int64_t>(blob->getData().size()) != bytes)
      return emitOpError("needs ")
             << bytes << " bytes for " << type << ", but its handle '"
             << resource.getRawHandle().getKey() << "' has "
             << blob->getData().size();
  return success();
}
