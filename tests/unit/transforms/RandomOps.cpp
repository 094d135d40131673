// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The single ops of random functions.

#include "core/graph/Graph.h"
#include "core/prim/Constant.h"
#include "core/support/Convert.h"
#include "core/support/Dispatch.h"
#include "tests/unit/transforms/RandomGraph.h"

#include <cmath>

using namespace glowplug;
using namespace glowplug::test;
using namespace mlir;
using prim::ReduceKind;
using prim::ScalarKind;
using prim::Shape;

//===----------------------------------------------------------------------===//
// Element-wise
//===----------------------------------------------------------------------===//

Value RandomGraph::unary(Value value) {
  const Type element = prim::elementOf(value);
  if (element.isInteger(1))
    return prims.map(ScalarKind::invert, value);
  const ScalarKind floats[] = {ScalarKind::neg, ScalarKind::abs,
                               ScalarKind::tanh, ScalarKind::erf};
  const ScalarKind integers[] = {ScalarKind::neg, ScalarKind::abs,
                                 ScalarKind::sign, ScalarKind::invert};
  const auto index = below(4);
  return prims.map(isa<FloatType>(element) ? floats[index] : integers[index],
                   value);
}

Value RandomGraph::binary(Value a, Value b) {
  const Type element = prim::elementOf(a);
  if (element.isInteger(1))
    return prims.map(ScalarKind::bit_xor, {a, b});
  const ScalarKind kinds[] = {ScalarKind::add, ScalarKind::sub, ScalarKind::add,
                              ScalarKind::max, ScalarKind::min, ScalarKind::mul,
                              ScalarKind::lt};
  return prims.map(kinds[below(options.batchNorm ? 5 : 7)], {a, b});
}

/// A map of several ops, which reads its operand more than once.
Value RandomGraph::region(Value value) {
  Value other = smallConstant(prim::elementOf(value), prim::shapeOf(value));
  return prims.map({value, other}, [&](prim::ScalarBuilder &s, ValueRange a) {
    Value x = s.add(a[0], a[1]);
    Value y = s.max(x, s.number(int64_t(0), x.getType()));
    return s.sub(y, a[0]);
  });
}

/// A map of two results; the second is added to the pool, or both go into one
/// map.
Value RandomGraph::twoResults(Value value) {
  Region body;
  Block &block = body.emplaceBlock();
  const Type element = prim::elementOf(value);
  Value x = block.addArgument(element, prims.loc);
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(&block);
    prim::ScalarBuilder s(builder, prims.loc);
    Value y = s.add(x, x);
    builder.create<prim::YieldOp>(prims.loc, ValueRange{y, x});
  }
  auto map = builder.create<prim::MapOp>(
      prims.loc, TypeRange{value.getType(), value.getType()}, value);
  map.getBody().takeBody(body);
  if (chance(50))
    return prims.sub(map.getResult(1), map.getResult(0));
  add(map.getResult(1));
  return map.getResult(0);
}

//===----------------------------------------------------------------------===//
// Movement
//===----------------------------------------------------------------------===//

Value RandomGraph::transpose(Value value) {
  SmallVector<int64_t> permutation;
  for (int64_t i = 0; i < prim::rankOf(value); ++i)
    permutation.insert(permutation.begin() + below(i + 1), i);
  return prims.transpose(value, permutation);
}

Value RandomGraph::reshape(Value value) {
  // Splits a dim, merges two, or puts a 1 somewhere.
  Shape shape(prim::shapeOf(value));
  const size_t at = shape.empty() ? 0 : below(shape.size());
  if (!shape.empty() && chance(40) && shape[at] % 2 == 0 && shape.size() < 5) {
    shape[at] /= 2;
    shape.insert(shape.begin() + at + below(2), 2);
  } else if (at + 1 < shape.size()) {
    shape[at] *= shape[at + 1];
    shape.erase(shape.begin() + at + 1);
  } else if (shape.size() < 5) {
    shape.insert(shape.begin() + at, 1);
  }
  return prims.reshape(value, shape);
}

Value RandomGraph::slice(Value value) {
  Shape starts, sizes, strides;
  for (int64_t size : prim::shapeOf(value)) {
    const int64_t stride = size > 1 ? between(1, 2) : 1;
    const int64_t count = size == 0 ? 0 : between(1, (size - 1) / stride + 1);
    const int64_t first =
        size == 0 ? 0 : between(0, size - 1 - (count - 1) * stride);
    const bool backwards = size > 0 && chance(20);
    starts.push_back(backwards ? first + (count - 1) * stride : first);
    strides.push_back(backwards ? -stride : stride);
    sizes.push_back(count);
  }
  return prims.slice(value, starts, sizes, strides);
}

Value RandomGraph::pad(Value value) {
  Shape low, high, interior;
  for (int64_t i = 0; i < prim::rankOf(value); ++i) {
    low.push_back(between(0, 1));
    high.push_back(between(0, 1));
    interior.push_back(chance(10));
  }
  return prims.pad(value,
                   prims.splat(between(-1, 1), prim::elementOf(value), {}), low,
                   high, interior);
}

Value RandomGraph::movement(Value value) {
  switch (below(7)) {
  case 0:
  case 1:
    return transpose(value);
  case 2:
    return reshape(value);
  case 3:
    return slice(value);
  case 4:
    return pad(value);
  case 5: {
    Shape shape(prim::shapeOf(value));
    for (int64_t &size : shape)
      if (size == 1)
        size = between(1, 3);
    return prims.broadcast(value, shape);
  }
  default: {
    value = ofRank(value, 1, 4);
    const int64_t dim = between(0, prim::rankOf(value) - 1);
    if (chance(50))
      return prims.concat({value, unary(value)}, dim);
    const int64_t size = prim::shapeOf(value)[dim];
    if (size == 0)
      return value;
    return prims.gather(
        value, prims.indices({between(0, size - 1), between(0, size - 1)}),
        dim);
  }
  }
}

//===----------------------------------------------------------------------===//
// Contractions and reductions
//===----------------------------------------------------------------------===//

Value RandomGraph::conv(Value value) {
  value = ofRank(value, 3, 4);
  ArrayRef<int64_t> in = prim::shapeOf(value);
  prim::ConvAttributes attributes;
  const int64_t groups = in[1] % 2 == 0 && chance(30) ? 2 : 1;
  attributes.groups = groups;
  Shape weights{groups * between(1, 2), in[1] / groups};
  for (int64_t size : in.drop_front(2)) {
    weights.push_back(between(1, 2));
    attributes.strides.push_back(between(1, 2));
    attributes.padsLow.push_back(between(0, 1));
    attributes.padsHigh.push_back(size == 0 ? 2 : between(0, 1));
    attributes.dilations.push_back(1);
    if (size + attributes.padsLow.back() + attributes.padsHigh.back() <
        weights.back())
      weights.back() = 1;
  }
  return prims.conv(value, constant(prim::elementOf(value), weights),
                    attributes);
}

Value RandomGraph::convTranspose(Value value) {
  value = ofRank(value, 3, 4);
  ArrayRef<int64_t> in = prim::shapeOf(value);
  prim::ConvAttributes attributes;
  attributes.groups = in[1] % 2 == 0 && chance(50) ? 2 : 1;
  Shape weights{in[1], between(1, 2)};
  for (size_t i = 2; i < in.size(); ++i) {
    if (in[i] == 0)
      return nullptr;
    weights.push_back(between(1, 3));
    attributes.strides.push_back(between(1, 2));
    attributes.padsLow.push_back(0);
    attributes.padsHigh.push_back(0);
    attributes.dilations.push_back(1);
  }
  return prims.convTranspose(value, constant(prim::elementOf(value), weights),
                             attributes);
}

Value RandomGraph::matmul(Value value) {
  value = ofRank(value, 2, 3);
  const int64_t k = prim::shapeOf(value).back();
  Shape weights(prim::rankOf(value), 1);
  weights[weights.size() - 2] = k;
  weights.back() = between(1, 4);
  return prims.matmul(value, constant(prim::elementOf(value), weights));
}

Value RandomGraph::reduction(Value value) {
  value = ofRank(value, 1, 4);
  const int64_t dim = between(0, prim::rankOf(value) - 1);
  const bool isEmpty = prim::shapeOf(value)[dim] == 0;
  switch (below(isEmpty || options.batchNorm ? 2 : 5)) {
  case 0:
    return prims.reduce(ReduceKind::sum, value, dim);
  case 1:
    return prims.reduce(chance(50) ? ReduceKind::max : ReduceKind::min, value,
                        dim);
  case 2:
    return prims.argReduce(ReduceKind::max, value, dim, chance(50));
  case 3:
    return prims.scan(ReduceKind::sum, value, dim, chance(50), chance(50));
  default:
    return prims.sort(value, dim, chance(50)).first;
  }
}

Value RandomGraph::window(Value value) {
  prim::WindowAttributes attributes;
  for (int64_t size : prim::shapeOf(value)) {
    const int64_t window = size > 2 ? between(1, 3) : 1;
    attributes.sizes.push_back(window);
    attributes.strides.push_back(between(1, 2));
    attributes.padsLow.push_back(window > 1 ? between(0, 1) : 0);
    attributes.padsHigh.push_back(window > 1 ? between(0, 1) : 0);
    attributes.dilations.push_back(1);
  }
  return prims.window(chance(50) ? ReduceKind::max : ReduceKind::sum, value,
                      attributes);
}

Value RandomGraph::graphOp(Value value) {
  value = ofRank(value, 1, 4);
  const int64_t axis = between(0, prim::rankOf(value) - 1);
  switch (below(4)) {
  case 0:
    return builder.create<graph::SoftmaxOp>(prims.loc, value, axis);
  case 1:
    return builder.create<graph::LogSoftmaxOp>(prims.loc, value, axis);
  case 2:
    return builder.create<graph::GeluOp>(prims.loc, value.getType(), value,
                                         chance(50));
  default: {
    Value scale = smallConstant(prim::elementOf(value), prim::shapeOf(value));
    return builder.create<graph::LayerNormOp>(
        prims.loc, value.getType(), value, scale, chance(50) ? scale : Value(),
        axis, llvm::APFloat(0.125));
  }
  }
}

Value RandomGraph::batchNorm(Value value) {
  value = ofRank(value, 2, 4);
  const int64_t channels = prim::shapeOf(value)[1];
  const Type element = prim::elementOf(value);
  auto statistics = [&] { return constant(element, channels); };
  Tensor variance =
      randomTensor(random, prim::dtypeOfElement(element), channels);
  dispatch(variance.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::Type;
    for (T &number : variance.mutableElements<T>())
      number = convert<T>(std::abs(convert<double>(number)));
  });
  return builder.create<graph::BatchNormOp>(
      prims.loc, value.getType(), value, statistics(), statistics(),
      statistics(), prim::createConstant(builder, prims.loc, variance),
      llvm::APFloat(0.5));
}
