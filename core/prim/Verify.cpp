// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Verifiers of regions, scalars, composites and constants. Those of the
// primitives follow from core/semantics.

#include "core/prim/Constant.h"
#include "core/prim/Primitives.h"
#include "core/semantics/Limits.h"

#include "mlir/IR/DialectResourceBlobManager.h"

using namespace glowplug;
using namespace glowplug::prim;
using namespace mlir;

//===----------------------------------------------------------------------===//
// Regions
//===----------------------------------------------------------------------===//

LogicalResult prim::verifyScalarRegion(Operation *op, Region &region) {
  if (region.empty())
    return success();
  if (!region.hasOneBlock())
    return op->emitOpError("needs a region of one block");
  Block &block = region.front();
  if (block.empty() || !isa<YieldOp>(block.back()))
    return op->emitOpError("needs a region that ends in prim.yield");
  auto isScalar = [](Type type) { return !isa<ShapedType>(type); };
  if (!llvm::all_of(block.getArgumentTypes(), isScalar) ||
      !llvm::all_of(block.back().getOperandTypes(), isScalar))
    return op->emitOpError("needs a region over scalars");
  for (Operation &inner : block.without_terminator())
    if (!isa<ScalarOp, ScalarConstantOp, QuantizedOp>(inner))
      return op->emitOpError("needs a region of scalar ops, but it holds '")
             << inner.getName() << "'";
  return success();
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

LogicalResult ScalarOp::verify() {
  const ScalarKind kind = getKind();
  if (kind == ScalarKind::constant)
    return emitOpError("constant is spelled prim.scalar_constant");
  const auto operands = llvm::map_to_vector<4>(
      getOperandTypes(), [](Type type) { return dtypeOfElement(type); });
  const Type result = getResult().getType();
  if (llvm::Error error = semantics::verify( // C1, C2
          static_cast<semantics::ScalarOp>(kind), dtypeOfElement(result),
          operands))
    return emitOpError() << "of kind " << stringifyScalarKind(kind) << " "
                         << llvm::toString(std::move(error));

  // C3
  auto table = dyn_cast_or_null<DenseIntOrFPElementsAttr>(getTableAttr());
  if (kind != ScalarKind::table && getTableAttr())
    return emitOpError("has a table, but is ") << stringifyScalarKind(kind);
  if (kind == ScalarKind::table &&
      (!table || table.getType().getShape() != ArrayRef<int64_t>(256) ||
       table.getElementType() != result)) {
    InFlightDiagnostic error = emitOpError("needs a dense table of 256 ")
                               << result << ", but got ";
    if (getTableAttr())
      return error << getTableAttr().getShapedType();
    return error << "none";
  }
  return success();
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
    constexpr auto most = static_cast<int64_t>(semantics::maxInlineBytes);
    if (!dense.isSplat() && bytes > most) // C2
      return emitOpError("holds ") << bytes << " bytes inline; more than "
                                   << most << " need a handle";
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
