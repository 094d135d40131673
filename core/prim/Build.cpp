// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Builders of regions, maps, constants, and the shape helpers.

#include "core/prim/Build.h"

#include "core/prim/Constant.h"
#include "core/semantics/Rules.h"
#include "core/semantics/Shapes.h"

using namespace glowplug;
using namespace glowplug::prim;
using namespace mlir;

ArrayRef<int64_t> prim::shapeOf(Value value) {
  return cast<ShapedType>(value.getType()).getShape();
}

Type prim::elementOf(Value value) {
  return cast<ShapedType>(value.getType()).getElementType();
}

int64_t prim::rankOf(Value value) {
  return cast<ShapedType>(value.getType()).getRank();
}

bool prim::isBroadcastable(ArrayRef<int64_t> from, ArrayRef<int64_t> to) {
  return shapes::broadcastsTo(from, to);
}

std::optional<Shape> prim::broadcastShapes(ArrayRef<int64_t> a,
                                           ArrayRef<int64_t> b) {
  if (a.size() < b.size())
    std::swap(a, b);
  Shape result(a);
  const size_t offset = a.size() - b.size();
  for (size_t i = 0; i < b.size(); ++i) {
    int64_t &size = result[offset + i];
    if (size == 1)
      size = b[i];
    else if (b[i] != 1 && b[i] != size)
      return std::nullopt;
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Scalars
//===----------------------------------------------------------------------===//

Value ScalarBuilder::number(double value, Type type) {
  return builder.create<ScalarConstantOp>(loc, numberAttr(value, type));
}

Value ScalarBuilder::number(int64_t value, Type type) {
  return builder.create<ScalarConstantOp>(loc, numberAttr(value, type));
}

Value ScalarBuilder::op(ScalarKind kind, ValueRange operands) {
  const auto types = llvm::map_to_vector<4>(
      operands.getTypes(), [](Type type) { return dtypeOfElement(type); });
  const Type type = elementType(
      builder.getContext(),
      semantics::resultOf(static_cast<semantics::ScalarOp>(kind), types));
  return builder.create<ScalarOp>(loc, type, kind, operands);
}

Value ScalarBuilder::cast(Value value, Type type) {
  if (value.getType() == type)
    return value;
  return builder.create<ScalarOp>(loc, type, ScalarKind::cast, value);
}

Value ScalarBuilder::quantize(Value x, Value scale, Value zp) {
  return builder.create<ScalarOp>(loc, zp.getType(), ScalarKind::quantize,
                                  ValueRange{x, scale, zp});
}

Value ScalarBuilder::dequantize(Value q, Value scale, Value zp) {
  return builder.create<ScalarOp>(loc, scale.getType(), ScalarKind::dequantize,
                                  ValueRange{q, scale, zp});
}

Value ScalarBuilder::rescaleFp32Rne(Value x, Value scale, Value zp) {
  return builder.create<ScalarOp>(loc, zp.getType(),
                                  ScalarKind::rescale_fp32_rne,
                                  ValueRange{x, scale, zp});
}

Value ScalarBuilder::rescaleTosaSingle(Value x, Value multiplier, Value shift,
                                       Value zp) {
  return builder.create<ScalarOp>(loc, zp.getType(),
                                  ScalarKind::rescale_tosa_single,
                                  ValueRange{x, multiplier, shift, zp});
}

Value ScalarBuilder::rescaleTosaDouble(Value x, Value multiplier, Value shift,
                                       Value zp) {
  return builder.create<ScalarOp>(loc, zp.getType(),
                                  ScalarKind::rescale_tosa_double,
                                  ValueRange{x, multiplier, shift, zp});
}

Value ScalarBuilder::table(Value x, const Tensor &entries) {
  DenseElementsAttr table = denseAttr(builder.getContext(), entries);
  return builder.create<ScalarOp>(loc, table.getElementType(),
                                  ScalarKind::table, x, table);
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

Value PrimBuilder::splat(double value, Type element, ArrayRef<int64_t> shape) {
  return builder.create<ConstantOp>(
      loc, cast<TypedAttr>(
               DenseElementsAttr::get(RankedTensorType::get(shape, element),
                                      Attribute(numberAttr(value, element)))));
}

Value PrimBuilder::splat(int64_t value, Type element, ArrayRef<int64_t> shape) {
  return builder.create<ConstantOp>(
      loc, cast<TypedAttr>(
               DenseElementsAttr::get(RankedTensorType::get(shape, element),
                                      Attribute(numberAttr(value, element)))));
}

Value PrimBuilder::indices(ArrayRef<int64_t> values,
                           std::optional<Shape> shape) {
  Shape dims = shape.value_or(Shape{static_cast<int64_t>(values.size())});
  return createConstant(builder, loc, Tensor::of<int64_t>(dims, values));
}

//===----------------------------------------------------------------------===//
// Element-wise work
//===----------------------------------------------------------------------===//

Value prim::alignRank(PrimBuilder &builder, Value value, int64_t rank) {
  Shape shape(rank - rankOf(value), 1);
  llvm::append_range(shape, shapeOf(value));
  return builder.reshape(value, shape);
}

Value PrimBuilder::map(ValueRange operands, ScalarFunction body) {
  Shape shape(shapeOf(operands.front()));
  for (Value operand : operands.drop_front()) {
    std::optional<Shape> common = broadcastShapes(shape, shapeOf(operand));
    assert(common && "operands of a map must broadcast");
    shape = *common;
  }
  SmallVector<Value> aligned;
  SmallVector<Type> parameters;
  for (Value operand : operands) {
    aligned.push_back(alignRank(*this, operand, shape.size()));
    parameters.push_back(elementOf(operand));
  }

  // The result type is known once the body is built.
  Region region;
  Block &block = region.emplaceBlock();
  block.addArguments(parameters, SmallVector<Location>(parameters.size(), loc));
  Type element;
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(&block);
    ScalarBuilder scalars(builder, loc);
    Value result = body(scalars, block.getArguments());
    builder.create<YieldOp>(loc, result);
    element = result.getType();
  }
  auto op = builder.create<MapOp>(
      loc, TypeRange{RankedTensorType::get(shape, element)}, aligned);
  op.getBody().takeBody(region);
  return op.getResult(0);
}

Value PrimBuilder::map(ScalarKind kind, ValueRange operands) {
  return map(operands, [&](ScalarBuilder &scalars, ValueRange arguments) {
    return scalars.op(kind, arguments);
  });
}

Value PrimBuilder::cast(Value value, Type element) {
  if (elementOf(value) == element)
    return value;
  return map(value, [&](ScalarBuilder &scalars, ValueRange arguments) {
    return scalars.cast(arguments[0], element);
  });
}
