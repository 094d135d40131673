// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Builders of contractions, reductions and data movement.

#include "core/prim/Build.h"
#include "core/prim/Shapes.h"

using namespace glowplug;
using namespace glowplug::prim;
using namespace mlir;

//===----------------------------------------------------------------------===//
// Contractions
//===----------------------------------------------------------------------===//

/// None rather than zeros.
static DenseI32ArrayAttr zeroPointAttr(OpBuilder &builder,
                                       ArrayRef<int32_t> zeroPoints) {
  const bool isZero =
      llvm::all_of(zeroPoints, [](int32_t value) { return value == 0; });
  return isZero ? DenseI32ArrayAttr()
                : builder.getDenseI32ArrayAttr(zeroPoints);
}

Value PrimBuilder::matmul(Value lhs, Value rhs, const ZeroPoints &zeroPoints) {
  Shape shape;
  const int64_t rank = rankOf(lhs);
  for (int64_t i = 0; i < rank - 2; ++i)
    shape.push_back(shapeOf(lhs)[i] == 1 ? shapeOf(rhs)[i] : shapeOf(lhs)[i]);
  shape.append({shapeOf(lhs)[rank - 2], shapeOf(rhs)[rank - 1]});
  return builder.create<MatMulOp>(
      loc, RankedTensorType::get(shape, plainResultType(elementOf(lhs))), lhs,
      rhs, ValueRange(), zeroPointAttr(builder, zeroPoints.lhs),
      zeroPointAttr(builder, zeroPoints.rhs));
}

Value PrimBuilder::conv(Value input, Value weights, const ConvAttributes &at,
                        const ZeroPoints &zeroPoints) {
  Shape shape{shapeOf(input)[0], shapeOf(weights)[0]};
  for (size_t i = 0; i < at.strides.size(); ++i)
    shape.push_back(windowedSize(shapeOf(input)[i + 2], shapeOf(weights)[i + 2],
                                 at.strides[i], at.padsLow[i], at.padsHigh[i],
                                 at.dilations[i]));
  return builder.create<ConvOp>(
      loc, RankedTensorType::get(shape, plainResultType(elementOf(input))),
      input, weights, ValueRange(), at.strides, at.padsLow, at.padsHigh,
      at.dilations, at.groups, zeroPointAttr(builder, zeroPoints.lhs),
      zeroPointAttr(builder, zeroPoints.rhs));
}

Value PrimBuilder::convTranspose(Value input, Value weights,
                                 const ConvAttributes &at) {
  Shape shape{shapeOf(input)[0], shapeOf(weights)[1] * at.groups};
  for (size_t i = 0; i < at.strides.size(); ++i)
    shape.push_back(transposedSize(
        shapeOf(input)[i + 2], shapeOf(weights)[i + 2], at.strides[i],
        at.padsLow[i], at.padsHigh[i], at.dilations[i]));
  return builder.create<ConvTransposeOp>(
      loc, RankedTensorType::get(shape, plainResultType(elementOf(input))),
      input, weights, ValueRange(), at.strides, at.padsLow, at.padsHigh,
      at.dilations, at.groups);
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

static Type resultElement(ReduceKind kind, Type element) {
  return kind == ReduceKind::min || kind == ReduceKind::max
             ? element
             : plainResultType(element);
}

Value PrimBuilder::reduce(ReduceKind kind, Value input,
                          ArrayRef<int64_t> dims) {
  if (dims.empty())
    return input;
  Shape shape(shapeOf(input));
  for (int64_t dim : dims)
    shape[dim] = 1;
  return builder.create<ReduceOp>(
      loc, RankedTensorType::get(shape, resultElement(kind, elementOf(input))),
      input, ValueRange(), kind, dims);
}

Value PrimBuilder::argReduce(ReduceKind kind, Value input, int64_t dim,
                             bool selectLast) {
  Shape shape(shapeOf(input));
  shape[dim] = 1;
  return builder.create<ArgReduceOp>(
      loc, RankedTensorType::get(shape, builder.getI64Type()), input, kind, dim,
      selectLast);
}

Value PrimBuilder::scan(ReduceKind kind, Value input, int64_t dim,
                        bool exclusive, bool reverse) {
  return builder.create<ScanOp>(loc, input.getType(), input, kind, dim,
                                exclusive, reverse);
}

std::pair<Value, Value> PrimBuilder::sort(Value input, int64_t dim,
                                          bool descending) {
  auto op = builder.create<SortOp>(
      loc, input.getType(),
      RankedTensorType::get(shapeOf(input), builder.getI64Type()), input, dim,
      descending);
  return {op.getValues(), op.getPositions()};
}

Value PrimBuilder::window(ReduceKind kind, Value input,
                          const WindowAttributes &at) {
  Shape shape;
  for (size_t i = 0; i < at.sizes.size(); ++i)
    shape.push_back(windowedSize(shapeOf(input)[i], at.sizes[i], at.strides[i],
                                 at.padsLow[i], at.padsHigh[i],
                                 at.dilations[i]));
  return builder.create<WindowOp>(
      loc, RankedTensorType::get(shape, resultElement(kind, elementOf(input))),
      input, ValueRange(), kind, at.sizes, at.strides, at.padsLow, at.padsHigh,
      at.dilations);
}

//===----------------------------------------------------------------------===//
// Data movement
//===----------------------------------------------------------------------===//

Value PrimBuilder::transpose(Value input, ArrayRef<int64_t> permutation) {
  if (llvm::equal(permutation, llvm::seq<int64_t>(0, permutation.size())))
    return input;
  Shape shape;
  for (int64_t dim : permutation)
    shape.push_back(shapeOf(input)[dim]);
  return builder.create<TransposeOp>(
      loc, RankedTensorType::get(shape, elementOf(input)), input, permutation);
}

Value PrimBuilder::reshape(Value input, ArrayRef<int64_t> shape) {
  if (shapeOf(input) == shape)
    return input;
  return builder.create<ReshapeOp>(
      loc, RankedTensorType::get(shape, elementOf(input)), input);
}

Value PrimBuilder::broadcast(Value input, ArrayRef<int64_t> shape) {
  input = alignRank(*this, input, shape.size());
  if (shapeOf(input) == shape)
    return input;
  return builder.create<BroadcastOp>(
      loc, RankedTensorType::get(shape, elementOf(input)), input);
}

Value PrimBuilder::slice(Value input, ArrayRef<int64_t> starts,
                         ArrayRef<int64_t> sizes, ArrayRef<int64_t> strides) {
  if (shapeOf(input) == sizes &&
      llvm::all_of(starts, [](int64_t start) { return start == 0; }) &&
      llvm::all_of(strides, [](int64_t stride) { return stride == 1; }))
    return input;
  return builder.create<SliceOp>(loc,
                                 RankedTensorType::get(sizes, elementOf(input)),
                                 input, starts, strides);
}

Value PrimBuilder::pad(Value input, Value value, ArrayRef<int64_t> low,
                       ArrayRef<int64_t> high, ArrayRef<int64_t> interior) {
  Shape shape;
  for (size_t i = 0; i < low.size(); ++i)
    shape.push_back(
        paddedSize(shapeOf(input)[i], low[i], high[i], interior[i]));
  if (shapeOf(input) == ArrayRef(shape))
    return input;
  return builder.create<PadOp>(loc,
                               RankedTensorType::get(shape, elementOf(input)),
                               input, value, low, high, interior);
}

Value PrimBuilder::concat(ValueRange inputs, int64_t dim) {
  if (inputs.size() == 1)
    return inputs.front();
  Shape shape(shapeOf(inputs.front()));
  shape[dim] = 0;
  for (Value input : inputs)
    shape[dim] += shapeOf(input)[dim];
  return builder.create<ConcatOp>(
      loc, RankedTensorType::get(shape, elementOf(inputs.front())), inputs,
      dim);
}

Value PrimBuilder::gather(Value data, Value indices, int64_t dim) {
  Shape shape(shapeOf(data).take_front(dim));
  llvm::append_range(shape, shapeOf(indices));
  llvm::append_range(shape, shapeOf(data).drop_front(dim + 1));
  return builder.create<GatherOp>(
      loc, RankedTensorType::get(shape, elementOf(data)), data, indices, dim);
}

Value PrimBuilder::scatter(ScatterKind kind, Value data, Value indices,
                           Value updates) {
  return builder.create<ScatterOp>(loc, data.getType(), data, indices, updates,
                                   kind);
}
