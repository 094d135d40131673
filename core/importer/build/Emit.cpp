// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Helpers of several families.

#include "core/importer/build/Emit.h"

using namespace glowplug;
using namespace glowplug::importer;

int64_t importer::product(ArrayRef<int64_t> sizes) {
  int64_t result = 1;
  for (int64_t size : sizes)
    result *= size;
  return result;
}

Shape importer::dimRange(int64_t first, int64_t last) {
  return llvm::to_vector(llvm::seq<int64_t>(first, std::max(first, last)));
}

Shape importer::iotaDims(int64_t rank) { return dimRange(0, rank); }

Shape importer::onesBut(int64_t rank, int64_t dim, int64_t size) {
  Shape shape(rank, 1);
  shape[dim] = size;
  return shape;
}

Value importer::iota(OpImport &n, int64_t rank, int64_t dim, int64_t size) {
  Value ones =
      n.b.splat(int64_t{1}, n.b.builder.getI64Type(), onesBut(rank, dim, size));
  return n.b.scan(ReduceKind::sum, ones, dim, /*exclusive=*/true,
                  /*reverse=*/false);
}

Type importer::computeType(Type type) {
  return type.isF16() || type.isBF16()
             ? mlir::Float32Type::get(type.getContext())
             : type;
}

Value importer::mapWide(OpImport &n, ValueRange operands,
                        prim::ScalarFunction body) {
  const Type type = prim::elementOf(operands.front());
  const Type wide = computeType(type);
  return n.b.map(operands, [&](ScalarBuilder &s, ValueRange scalars) {
    SmallVector<Value> converted;
    for (Value scalar : scalars)
      converted.push_back(scalar.getType() == type ? s.cast(scalar, wide)
                                                   : scalar);
    Value result = body(s, converted);
    return result.getType() == wide ? s.cast(result, type) : result;
  });
}

Value importer::widen(OpImport &n, Value value) {
  return n.b.cast(value, computeType(prim::elementOf(value)));
}

Value importer::toScalar(OpImport &n, Value value) {
  return n.b.reshape(value, {});
}

Value importer::alongChannels(OpImport &n, Value value, int64_t rank) {
  return n.b.reshape(value, onesBut(rank, 1, prim::shapeOf(value)[0]));
}

Value importer::dropDims(OpImport &n, Value value, ArrayRef<int64_t> dims) {
  Shape shape;
  for (auto [i, size] : llvm::enumerate(prim::shapeOf(value)))
    if (!llvm::is_contained(dims, static_cast<int64_t>(i)))
      shape.push_back(size);
  return n.b.reshape(value, shape);
}

Value importer::meanOver(OpImport &n, Value value, ArrayRef<int64_t> dims) {
  double count = 1;
  SmallVector<Number> sizes;
  for (int64_t dim : dims) {
    count *= static_cast<double>(prim::shapeOf(value)[dim]);
    sizes.push_back(n.sizeOf(value, dim));
  }
  Value sum = n.b.reduce(ReduceKind::sum, value, dims);
  if (llvm::any_of(sizes, [](const Number &size) { return !size.isKnown(); }))
    return n.b.div(sum, n.b.cast(n.countOf(sizes), prim::elementOf(sum)));
  return n.b.map(sum, [&](ScalarBuilder &s, ValueRange x) {
    return s.div(x[0], s.number(count, x[0].getType()));
  });
}

Value importer::sigmoid(ScalarBuilder &s, Value x) {
  Value one = s.number(1.0, x.getType());
  return s.div(one,
               s.add(one, s.op(ScalarKind::exp, s.op(ScalarKind::neg, x))));
}
