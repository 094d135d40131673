// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Index arithmetic of the gather and scatter families.

#include "core/importer/onnx/ops/Index.h"

using namespace glowplug;
using namespace glowplug::importer;

bool importer::isIndex(Node &node, unsigned i) {
  const DType type = node.dtype(i);
  return node.check(type == DType::i32 || type == DType::i64,
                    "indices need to be i32 or i64, but are " +
                        dtypeName(type));
}

Value importer::normalizeIndices(PrimBuilder &b, Value indices, int64_t size) {
  Type i64 = b.builder.getI64Type();
  return b.map(indices, [&](ScalarBuilder &s, ValueRange arguments) {
    Value index = s.cast(arguments[0], i64);
    Value negative = s.op(ScalarKind::lt, {index, s.number(int64_t(0), i64)});
    return s.select(negative, s.add(index, s.number(size, i64)), index);
  });
}

Value importer::normalizeIndices(PrimBuilder &b, Value indices, Value size) {
  Type i64 = b.builder.getI64Type();
  return b.map({indices, size}, [&](ScalarBuilder &s, ValueRange arguments) {
    Value index = s.cast(arguments[0], i64);
    Value negative = s.op(ScalarKind::lt, {index, s.number(int64_t(0), i64)});
    return s.select(negative, s.add(index, arguments[1]), index);
  });
}

Value importer::indicesInto(Node &node, int64_t axis) {
  const Number size = node.sizeOf(node.input(0), axis);
  return size.isKnown() ? normalizeIndices(node.b, node.input(1), size.most)
                        : normalizeIndices(node.b, node.input(1), size.value);
}

Value importer::ramp(PrimBuilder &b, int64_t size, int64_t dim, int64_t rank,
                     int64_t stride) {
  // Computed when it is needed: as a constant, the few bytes of a model that
  // declares a large tensor would take as much memory as that.
  Value steps =
      b.splat(stride, b.builder.getI64Type(), onesBut(rank, dim, size));
  return b.scan(ReduceKind::sum, steps, dim, /*exclusive=*/true,
                /*reverse=*/false);
}

/// Row-major strides in elements.
static SmallVector<int64_t> stridesOf(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (size_t i = shape.size(); i-- > 1;)
    strides[i - 1] = strides[i] * shape[i];
  return strides;
}

Value importer::elementPositions(PrimBuilder &b, ArrayRef<int64_t> data,
                                 Value indices, int64_t axis) {
  const SmallVector<int64_t> strides = stridesOf(data);
  ArrayRef<int64_t> shape = prim::shapeOf(indices);
  const int64_t rank = shape.size();
  SmallVector<Value> operands{indices};
  for (int64_t dim = 0; dim < rank; ++dim)
    if (dim != axis && shape[dim] > 1)
      operands.push_back(ramp(b, shape[dim], dim, rank, strides[dim]));
  return b.map(operands, [&](ScalarBuilder &s, ValueRange arguments) {
    Type i64 = b.builder.getI64Type();
    Value sum = s.mul(arguments[0], s.number(strides[axis], i64));
    for (Value offset : arguments.drop_front())
      sum = s.add(sum, offset);
    return sum;
  });
}

Value importer::rowPositions(PrimBuilder &b, ArrayRef<int64_t> data,
                             Value indices, int64_t batchDims, Value sizes) {
  ArrayRef<int64_t> shape = prim::shapeOf(indices);
  const int64_t rank = shape.size(), count = shape.back();
  ArrayRef<int64_t> addressed = data.slice(batchDims, count);
  const SmallVector<int64_t> strides = stridesOf(addressed);

  // Each coordinate: made non-negative, times its stride.
  Shape perCoordinate(rank, 1);
  perCoordinate.back() = count;
  Value ends = sizes ? b.reshape(sizes, perCoordinate)
                     : b.indices(addressed, perCoordinate);
  Value steps = b.indices(strides, perCoordinate);
  Value scaled = b.map({indices, ends, steps}, [&](ScalarBuilder &s,
                                                   ValueRange arguments) {
    Type i64 = b.builder.getI64Type();
    Value index = s.cast(arguments[0], i64);
    Value negative = s.op(ScalarKind::lt, {index, s.number(int64_t(0), i64)});
    index = s.select(negative, s.add(index, arguments[1]), index);
    return s.mul(index, arguments[2]);
  });
  Value rows = b.reshape(b.reduce(ReduceKind::sum, scaled, {rank - 1}),
                         shape.drop_back());

  // Each batch coordinate skips the rows of the batches before.
  int64_t stride = product(addressed);
  for (int64_t dim = batchDims; dim-- > 0;) {
    if (shape[dim] > 1)
      rows = b.add(rows, ramp(b, shape[dim], dim, rank - 1, stride));
    stride *= shape[dim];
  }
  return rows;
}

Value importer::gatherElements(PrimBuilder &b, Value data, Value indices,
                               int64_t axis) {
  ArrayRef<int64_t> shape = prim::shapeOf(data);
  Value positions = elementPositions(b, shape, indices, axis);
  return b.gather(b.reshape(data, {product(shape)}), positions, 0);
}
