// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Builders of contractions, reductions and data movement.

#include "core/prim/Build.h"
#include "core/prim/Primitives.h"

using namespace glowplug;
using namespace glowplug::prim;
using namespace mlir;

/// Appends the primitive with these attributes; the results follow.
template <typename Attributes>
static ResultRange append(PrimBuilder &b, const Attributes &at,
                          ValueRange operands) {
  const auto types = llvm::map_to_vector<4>(
      operands.getTypes(), [](Type type) { return tensorTypeOf(type); });
  const auto results = llvm::map_to_vector<2>(
      semantics::resultsOf(at, types), [&](const glowplug::TensorType &type) {
        return Type(tensorTypeOf(b.builder.getContext(), type));
      });
  return create(b.builder, b.loc, at, results, operands)->getResults();
}

//===----------------------------------------------------------------------===//
// Contractions
//===----------------------------------------------------------------------===//

Value PrimBuilder::matmul(Value lhs, Value rhs, const ZeroPoints &zeroPoints) {
  semantics::MatMul op;
  op.lhsZp = zeroPoints.lhs;
  op.rhsZp = zeroPoints.rhs;
  return append(*this, op, {lhs, rhs})[0];
}

/// Sets what both convolutions have.
template <typename Conv>
static Conv convOf(const ConvAttributes &at) {
  Conv op;
  op.strides = at.strides;
  op.padsLow = at.padsLow;
  op.padsHigh = at.padsHigh;
  op.dilations = at.dilations;
  op.groups = at.groups;
  return op;
}

Value PrimBuilder::conv(Value input, Value weights, const ConvAttributes &at,
                        const ZeroPoints &zeroPoints) {
  auto op = convOf<semantics::Conv>(at);
  op.lhsZp = zeroPoints.lhs;
  op.rhsZp = zeroPoints.rhs;
  return append(*this, op, {input, weights})[0];
}

Value PrimBuilder::convTranspose(Value input, Value weights,
                                 const ConvAttributes &at) {
  return append(*this, convOf<semantics::ConvTranspose>(at),
                {input, weights})[0];
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

static semantics::ReduceKind toRules(ReduceKind kind) {
  return static_cast<semantics::ReduceKind>(kind);
}

Value PrimBuilder::reduce(ReduceKind kind, Value input,
                          ArrayRef<int64_t> dims) {
  if (dims.empty())
    return input;
  semantics::Reduce op;
  op.kind = toRules(kind);
  op.dims = dims;
  return append(*this, op, input)[0];
}

Value PrimBuilder::argReduce(ReduceKind kind, Value input, int64_t dim,
                             bool selectLast) {
  semantics::ArgReduce op;
  op.kind = toRules(kind);
  op.dim = dim;
  op.selectLast = selectLast;
  return append(*this, op, input)[0];
}

Value PrimBuilder::scan(ReduceKind kind, Value input, int64_t dim,
                        bool exclusive, bool reverse) {
  semantics::Scan op;
  op.kind = toRules(kind);
  op.dim = dim;
  op.exclusive = exclusive;
  op.reverse = reverse;
  return append(*this, op, input)[0];
}

std::pair<Value, Value> PrimBuilder::sort(Value input, int64_t dim,
                                          bool descending) {
  semantics::Sort op;
  op.dim = dim;
  op.descending = descending;
  const ResultRange results = append(*this, op, input);
  return {results[0], results[1]};
}

Value PrimBuilder::window(ReduceKind kind, Value input,
                          const WindowAttributes &at) {
  semantics::Window op;
  op.kind = toRules(kind);
  op.sizes = at.sizes;
  op.strides = at.strides;
  op.padsLow = at.padsLow;
  op.padsHigh = at.padsHigh;
  op.dilations = at.dilations;
  return append(*this, op, input)[0];
}

//===----------------------------------------------------------------------===//
// Data movement
//===----------------------------------------------------------------------===//

Value PrimBuilder::transpose(Value input, ArrayRef<int64_t> permutation) {
  if (llvm::equal(permutation, llvm::seq<int64_t>(0, permutation.size())))
    return input;
  semantics::Transpose op;
  op.permutation = permutation;
  return append(*this, op, input)[0];
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
  auto isZero = [](int64_t size) { return size == 0; };
  const bool widens = llvm::any_of(
      llvm::zip_equal(shapeOf(input), interior), [](const auto &dim) {
        return std::get<0>(dim) > 1 && std::get<1>(dim) > 0;
      });
  if (llvm::all_of(low, isZero) && llvm::all_of(high, isZero) && !widens)
    return input;
  semantics::Pad op;
  op.low = low;
  op.high = high;
  op.interior = interior;
  return append(*this, op, {input, value})[0];
}

Value PrimBuilder::concat(ValueRange inputs, int64_t dim) {
  if (inputs.size() == 1)
    return inputs.front();
  semantics::Concat op;
  op.dim = dim;
  return append(*this, op, inputs)[0];
}

Value PrimBuilder::gather(Value data, Value indices, int64_t dim) {
  semantics::Gather op;
  op.dim = dim;
  return append(*this, op, {data, indices})[0];
}

Value PrimBuilder::scatter(ScatterKind kind, Value data, Value indices,
                           Value updates) {
  semantics::Scatter op;
  op.kind = static_cast<semantics::ScatterKind>(kind);
  return append(*this, op, {data, indices, updates})[0];
}
