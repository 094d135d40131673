// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Builders of prim ops.

#include "core/prim/Build.h"

#include "core/prim/Constant.h"
#include "core/prim/Primitives.h"
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
  Shape aligned(a.size() - b.size(), 1);
  llvm::append_range(aligned, b);
  const shapes::MaybeShape common = shapes::broadcast({a, aligned});
  if (!common)
    return std::nullopt;
  return Shape(common->begin(), common->end());
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

Value ScalarBuilder::bitcast(Value value, Type type) {
  if (value.getType() == type)
    return value;
  return builder.create<ScalarOp>(loc, type, ScalarKind::bitcast, value);
}

Value ScalarBuilder::table(Value x, const Tensor &entries) {
  DenseElementsAttr table = denseAttr(builder.getContext(), entries);
  return builder.create<ScalarOp>(loc, table.getElementType(),
                                  ScalarKind::table, x, table);
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

static Value splatOf(PrimBuilder &b, TypedAttr value, ArrayRef<int64_t> shape) {
  const auto type = RankedTensorType::get(shape, value.getType());
  return b.builder.create<ConstantOp>(
      b.loc, cast<TypedAttr>(DenseElementsAttr::get(type, Attribute(value))));
}

Value PrimBuilder::splat(double value, Type element, ArrayRef<int64_t> shape) {
  return splatOf(*this, numberAttr(value, element), shape);
}

Value PrimBuilder::splat(int64_t value, Type element, ArrayRef<int64_t> shape) {
  return splatOf(*this, numberAttr(value, element), shape);
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

//===----------------------------------------------------------------------===//
// Primitives
//===----------------------------------------------------------------------===//

template <typename Primitive>
SmallVector<Value, 2> PrimitiveBuilder::primitive(const Primitive &attributes,
                                                  ValueRange operands,
                                                  ArrayRef<int64_t> shape) {
  const auto operandTypes = llvm::map_to_vector<4>(
      operands.getTypes(), [](Type type) { return tensorTypeOf(type); });
  const auto results = llvm::map_to_vector<2>(
      semantics::resultsOf(attributes, operandTypes, shape),
      [&](const glowplug::TensorType &type) {
        return Type(tensorTypeOf(builder.getContext(), type));
      });
  OpBuilder detached(builder.getContext());
  Operation *op = create(detached, loc, attributes, results, operands);
  if (movesNothing(op)) {
    op->destroy();
    return {operands[0]};
  }
  builder.insert(op);
  return llvm::to_vector_of<Value, 2>(op->getResults());
}

#define GP_BUILD(Primitive)                                                    \
  template SmallVector<Value, 2> PrimitiveBuilder::primitive(                  \
      const semantics::Primitive &, ValueRange, ArrayRef<int64_t>);
GP_EACH_PRIMITIVE(GP_BUILD)
#undef GP_BUILD

Value PrimBuilder::broadcast(Value input, ArrayRef<int64_t> shape) {
  return PrimitiveBuilder::broadcast(alignRank(*this, input, shape.size()),
                                     shape);
}
