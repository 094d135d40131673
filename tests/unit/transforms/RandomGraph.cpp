// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Generator of random functions.

#include "tests/unit/transforms/RandomGraph.h"

#include "core/fold/Cost.h"
#include "core/graph/Graph.h"
#include "core/prim/Constant.h"
#include "core/prim/Shapes.h"
#include "core/support/Convert.h"
#include "core/support/Dispatch.h"

#include <algorithm>
#include <cmath>

using namespace glowplug;
using namespace glowplug::test;
using namespace mlir;
using prim::ReduceKind;
using prim::ScalarKind;
using prim::Shape;

/// No tensor has more elements, so that a graph runs in milliseconds.
static constexpr int64_t maxElements = 600;

Tensor test::randomTensor(std::mt19937_64 &random, DType dtype,
                          ArrayRef<int64_t> shape) {
  Tensor tensor = cantFail(Tensor::uninitialized(dtype, shape));
  dispatch(dtype, [&](auto tag) {
    using T = typename decltype(tag)::Type;
    for (T &element : tensor.mutableElements<T>()) {
      const auto number =
          static_cast<double>(static_cast<int64_t>(random() % 2001) - 1000);
      element = isFloat(dtype) ? convert<T>(number / 500)
                               : convert<T>(std::trunc(number / 100));
    }
  });
  return tensor;
}

RandomGraph::RandomGraph(OpBuilder &builder, const RandomGraphOptions &options)
    : builder(builder), prims(builder, builder.getUnknownLoc()),
      options(options), random(options.seed) {}

//===----------------------------------------------------------------------===//
// Choices and sources
//===----------------------------------------------------------------------===//

Type RandomGraph::anyType() {
  if (options.batchNorm)
    return builder.getF32Type();
  const Type types[] = {builder.getF32Type(),
                        builder.getF32Type(),
                        builder.getF32Type(),
                        builder.getF16Type(),
                        builder.getI32Type(),
                        builder.getI8Type(),
                        builder.getIntegerType(8, /*isSigned=*/false)};
  return types[below(std::size(types))];
}

void RandomGraph::add(Value value) {
  if (value && elementCountOf(value) <= maxElements)
    pool.push_back(value);
}

Value RandomGraph::pick() {
  return chance(60) ? pool.back() : pool[below(pool.size())];
}

Value RandomGraph::castTo(Value value, Type element) {
  return prims.cast(value, element);
}

Value RandomGraph::pickNumber() {
  Value value = pick();
  return prim::elementOf(value).isInteger(1)
             ? castTo(value, builder.getI32Type())
             : value;
}

Value RandomGraph::pickFloat() {
  Value value = pick();
  return isa<FloatType>(prim::elementOf(value))
             ? value
             : castTo(value, builder.getF32Type());
}

Value RandomGraph::ofRank(Value value, int64_t low, int64_t high) {
  const int64_t rank = prim::rankOf(value);
  if (rank < low)
    return prim::alignRank(prims, value, between(low, high));
  if (rank <= high)
    return value;
  Shape shape(prim::shapeOf(value).take_back(high));
  for (int64_t size : prim::shapeOf(value).drop_back(high))
    shape[0] *= size;
  return prims.reshape(value, shape);
}

Value RandomGraph::constant(Type element, ArrayRef<int64_t> shape) {
  const DType dtype = prim::dtypeOfElement(element);
  if (!chance(30))
    return prim::createConstant(builder, prims.loc,
                                randomTensor(random, dtype, shape));
  return prims.splat(between(-4, 4), element, shape);
}

Value RandomGraph::smallConstant(Type element, ArrayRef<int64_t> shape) {
  Shape small(shape);
  for (int64_t &size : small)
    if (chance(60))
      size = 1;
  return constant(element, small);
}

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
    const bool backwards = chance(20);
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

//===----------------------------------------------------------------------===//
// Graphs
//===----------------------------------------------------------------------===//

Value RandomGraph::motif() {
  Value x = pickFloat();
  switch (below(9)) {
  case 0: { // transpose, element-wise, transpose back
    SmallVector<int64_t> reversed(
        llvm::reverse(llvm::seq<int64_t>(0, prim::rankOf(x))));
    Value y = prims.transpose(x, reversed);
    y = binary(y, smallConstant(prim::elementOf(y), prim::shapeOf(y)));
    return prims.transpose(y, reversed);
  }
  case 1: { // convolution, bias, activation
    Value y = conv(x);
    Shape channels(prim::rankOf(y), 1);
    channels[1] = prim::shapeOf(y)[1];
    y = prims.add(y, constant(prim::elementOf(y), channels));
    return chance(50) ? unary(y) : y;
  }
  case 2: { // residual sum of two products
    Value y = matmul(x);
    Value z = unary(y);
    return prims.add(z, prims.map(ScalarKind::abs, y));
  }
  case 3: { // product, reshape, bias
    Value y = reshape(matmul(x));
    return prims.add(y, smallConstant(prim::elementOf(y), prim::shapeOf(y)));
  }
  case 4: { // pad, convolution
    x = ofRank(x, 3, 4);
    Shape pads(prim::rankOf(x), 0);
    pads.back() = 1;
    return conv(prims.pad(x, prims.splat(0.0, prim::elementOf(x), {}), pads,
                          pads, Shape(pads.size(), 0)));
  }
  case 5: // casts there and back
    return castTo(castTo(x, builder.getF32Type()), prim::elementOf(x));
  case 6: // transpose, slice
    return slice(transpose(ofRank(x, 3, 4)));
  case 7: { // two transposes, joined
    x = ofRank(x, 3, 4);
    auto rotated = llvm::to_vector(llvm::seq<int64_t>(0, prim::rankOf(x)));
    std::rotate(rotated.begin(), rotated.begin() + 1, rotated.end());
    return prims.concat(
        {prims.transpose(x, rotated), prims.transpose(unary(x), rotated)},
        between(0, prim::rankOf(x) - 1));
  }
  default: { // transpose, reduction or window
    Value y = transpose(ofRank(x, 3, 4));
    return chance(50) ? window(y)
                      : prims.reduce(ReduceKind::max, y,
                                     between(0, prim::rankOf(y) - 1));
  }
  }
}

Value RandomGraph::step() {
  if (options.batchNorm && chance(25)) {
    const auto producer = below(4);
    Value x = pickFloat();
    return batchNorm(producer == 0   ? conv(x)
                     : producer == 1 ? matmul(x)
                     : producer == 2 ? motif()
                                     : x);
  }
  switch (below(14)) {
  case 0:
    return unary(pick());
  case 1: {
    Value x = pick();
    return binary(x, smallConstant(prim::elementOf(x), prim::shapeOf(x)));
  }
  case 2: {
    Value x = pick();
    return binary(x, unary(x));
  }
  case 3:
    return region(pickNumber());
  case 4:
    return chance(30) ? twoResults(pickNumber()) : region(pickNumber());
  case 5:
    return castTo(pick(), anyType());
  case 6:
  case 7:
    return movement(pick());
  case 8:
    return conv(pickNumber());
  case 9:
    return chance(50) ? matmul(pickNumber()) : convTranspose(pickNumber());
  case 10:
    return chance(50) ? reduction(pickNumber()) : window(pickNumber());
  case 11:
    return graphOp(pickFloat());
  default:
    return motif();
  }
}

OwningOpRef<ModuleOp> RandomGraph::build() {
  OwningOpRef<ModuleOp> module = ModuleOp::create(prims.loc);
  SmallVector<Type> inputs;
  for (unsigned i = 0; i < 2; ++i) {
    Shape shape;
    for (int64_t rank = between(1, 4); rank > 0; --rank)
      shape.push_back(between(1, 4));
    inputs.push_back(RankedTensorType::get(shape, i == 0 ? builder.getF32Type()
                                                         : anyType()));
  }
  builder.setInsertionPointToEnd(module->getBody());
  auto function = builder.create<func::FuncOp>(
      prims.loc, "f", builder.getFunctionType(inputs, {}));
  Block *block = function.addEntryBlock();
  builder.setInsertionPointToStart(block);
  llvm::append_range(pool, block->getArguments());
  pool.push_back(constant(builder.getF32Type(), {2, 3}));
  for (unsigned i = 0; i < options.steps; ++i)
    add(step());

  // What nothing reads is an output, and some of the rest.
  SmallVector<Value> outputs;
  for (Value value : pool)
    if (value.use_empty() || chance(5))
      outputs.push_back(value);
  builder.create<func::ReturnOp>(prims.loc, outputs);
  function.setType(
      builder.getFunctionType(inputs, ValueRange(outputs).getTypes()));
  return module;
}
