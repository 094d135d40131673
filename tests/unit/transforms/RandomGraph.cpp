// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Generator of random functions.

#include "tests/unit/transforms/RandomGraph.h"

#include "core/fold/Cost.h"
#include "core/prim/Constant.h"
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
    const Shape none(prim::rankOf(x), 0);
    Shape low = none, high = none;
    low.back() = between(0, 1);
    high.back() = between(0, 2);
    return conv(prims.pad(x, prims.splat(0.0, prim::elementOf(x), {}), low,
                          high, none));
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
      shape.push_back(chance(3) ? 0 : between(1, 4));
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
