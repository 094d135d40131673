// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operators between floats and their quantised form, and islands of them.

#include "core/conformance/graphs/Windows.h"

using namespace glowplug;
using namespace glowplug::graphs;

static const std::vector<DType> &eightBits() {
  static const std::vector<DType> types = {DType::u8, DType::i8};
  return types;
}

static Value dynamicQuantize(Builder &b) {
  Value x = b.some({DType::f32}, [](const Value &v) { return v.count() != 0; });
  if (!x || b.style.special)
    return {};
  return b
      .nodes("DynamicQuantizeLinear", "", {x},
             {{DType::u8, x.shape}, {DType::f32, {}}, {DType::u8, {}}}, {},
             true)
      .front();
}

/// A quantised constant or input and what makes a float of it.
static Value dequantized(Builder &b, DType type, const Shape &shape,
                         double constantChance, int64_t axis = -1) {
  const Shape entries = axis < 0 ? Shape{} : Shape{shape[axis]};
  Value q = b.fresh(type, shape, {}, constantChance);
  Attributes attributes;
  if (axis >= 0)
    attributes.set("axis", axis);
  std::vector<Value> inputs{
      q, b.constant(makeData(b.random, DType::f32, entries,
                             Fill::between(0.004, 0.05), {}))};
  if (type == DType::u8 || b.random.chance(0.3))
    inputs.push_back(b.constant(makeData(
        b.random, type, entries,
        type == DType::u8 ? Fill::between(100, 150) : Fill::between(-3, 3),
        {})));
  return b.node("DequantizeLinear", inputs, DType::f32, shape, attributes);
}

static Value requantized(Builder &b, const Value &x) {
  const DType type = b.type(eightBits());
  return b.node("QuantizeLinear",
                {x, b.scalar(DType::f32, 0.02 + b.random.unit() * 0.3),
                 b.scalar(type, type == DType::u8 ? 128 : 0)},
                type, x.shape);
}

/// DequantizeLinear, MatMul or Conv, perhaps an activation, QuantizeLinear:
/// what becomes a product of integers.
static Value island(Builder &b) {
  Value sum;
  if (b.random.chance(0.5)) {
    const int64_t m = b.filledDim(), k = b.filledDim(), n = b.filledDim();
    const Shape batch = b.random.chance(0.2) ? Shape{2} : Shape{};
    Shape left = batch, result = batch;
    left.insert(left.end(), {m, k});
    result.insert(result.end(), {m, n});
    Value x = dequantized(b, b.type(eightBits()), left, 0.05);
    Value w =
        dequantized(b, DType::i8, {k, n}, 0.95, b.random.chance(0.3) ? 1 : -1);
    sum = b.node("MatMul", {x, w}, DType::f32, result, {}, false);
  } else {
    const int64_t groups = b.random.pick({1, 1, 1, 2, 4});
    const Shape shape = imageShape(b, groups);
    const Sliding s =
        chooseSliding(b, {shape.begin() + 2, shape.end()}, /*isPool=*/false);
    const int64_t out = groups * b.random.range(1, 9);
    Shape weights{out, shape[1] / groups}, result{shape[0], out};
    weights.insert(weights.end(), s.kernel.begin(), s.kernel.end());
    result.insert(result.end(), s.out.begin(), s.out.end());
    Attributes attributes;
    s.describe(b, attributes, true);
    attributes.set("group", groups);
    Value x = dequantized(b, b.type(eightBits()), shape, 0.05);
    Value w =
        dequantized(b, DType::i8, weights, 0.95, b.random.chance(0.3) ? 0 : -1);
    std::vector<Value> inputs{x, w};
    if (b.random.chance(0.4))
      inputs.push_back(b.fresh(DType::f32, {out}, {}, 0.9));
    sum = b.node("Conv", inputs, DType::f32, result, attributes, false);
  }
  if (b.random.chance(0.3))
    sum = b.node("Relu", {sum}, DType::f32, sum.shape, {}, false);
  else if (b.random.chance(0.3))
    sum = b.node("Add", {sum, dequantized(b, DType::u8, sum.shape, 0.1)},
                 DType::f32, sum.shape, {}, false);
  return requantized(b, sum);
}

static Value scaleOf(Builder &b) {
  return b.fresh(DType::f32, {}, Fill::between(0.01, 0.05), 0.95);
}

static Value zeroOf(Builder &b, DType type) {
  return b.fresh(type, {}, Fill::between(0, 9), 0.95);
}

/// An operator of ONNX Runtime's own.
static Value microsoft(Builder &b, const std::string &op,
                       const std::vector<Value> &inputs, DType type,
                       const Shape &shape, const Attributes &attributes = {}) {
  return b.nodes(op, "com.microsoft", inputs, {{type, shape}}, attributes, true)
      .front();
}

static Value quantizedSum(Builder &b) {
  Value x = b.some(eightBits(), {}, 0, 5);
  if (!x)
    return {};
  const Value other = b.fresh(x.type, b.broadcastable(x.shape));
  return microsoft(b, b.random.chance(0.4) ? "QLinearMul" : "QLinearAdd",
                   {x, scaleOf(b), zeroOf(b, x.type), other, scaleOf(b),
                    zeroOf(b, x.type), scaleOf(b), zeroOf(b, x.type)},
                   x.type, x.shape);
}

/// What a function of floats gives of integers.
static std::function<Value(Builder &)> quantizedFunction(const char *op) {
  return [=](Builder &b) -> Value {
    const bool isSoftmax = std::string(op) == "QLinearSoftmax";
    Value x = b.some(
        eightBits(), [](const Value &v) { return v.count() != 0; },
        isSoftmax ? 1 : 0, 5);
    if (!x)
      return {};
    Attributes attributes;
    if (isSoftmax)
      attributes.set("opset", b.random.pick({int64_t{11}, int64_t{13}}))
          .set("axis", b.random.range(0, x.rank() - 1));
    else if (std::string(op) == "QLinearLeakyRelu")
      attributes.set("alpha", 0.25f);
    // Probabilities are small, and the scale is that of ONNX Runtime's tool.
    const Value scale =
        isSoftmax ? b.scalar(DType::f32, 1.0 / 256) : scaleOf(b);
    return microsoft(
        b, op, {x, scaleOf(b), zeroOf(b, x.type), scale, zeroOf(b, x.type)},
        x.type, x.shape, attributes);
  };
}

static Value quantizedConcat(Builder &b) {
  Value x = b.some(eightBits(), {}, 1, 4);
  if (!x)
    return {};
  const int64_t axis = b.random.range(0, x.rank() - 1);
  std::vector<Value> inputs = {scaleOf(b), zeroOf(b, x.type)};
  Shape result = x.shape;
  result[axis] = 0;
  for (int64_t i = b.random.range(1, 3); i >= 0; --i) {
    Shape shape = x.shape;
    if (i != 0)
      shape[axis] = b.random.range(1, 5);
    result[axis] += shape[axis];
    const Value part = i == 0 ? x : b.fresh(x.type, shape);
    inputs.insert(inputs.end(), {part, scaleOf(b), zeroOf(b, x.type)});
  }
  return microsoft(b, "QLinearConcat", inputs, x.type, result,
                   Attributes().set("axis", axis));
}

static Value quantizedWhere(Builder &b) {
  Value x = b.some(eightBits(), {}, 0, 4);
  if (!x)
    return {};
  return microsoft(b, "QLinearWhere",
                   {b.fresh(DType::boolean, b.broadcastable(x.shape)), x,
                    scaleOf(b), zeroOf(b, x.type),
                    b.fresh(x.type, b.broadcastable(x.shape)), scaleOf(b),
                    zeroOf(b, x.type), scaleOf(b), zeroOf(b, x.type)},
                   x.type, x.shape);
}

static Value quantizedPool(Builder &b) {
  const DType type = b.type(eightBits());
  const Shape shape = imageShape(b, 1);
  const Sliding s =
      chooseSliding(b, {shape.begin() + 2, shape.end()}, /*isPool=*/true);
  Shape result{shape[0], shape[1]};
  result.insert(result.end(), s.out.begin(), s.out.end());
  // It knows no dilations.
  for (const int64_t dilation : s.dilations)
    if (dilation != 1)
      return {};
  Attributes attributes;
  s.describe(b, attributes, true);
  if (b.random.chance(0.4))
    attributes.set("count_include_pad", int64_t{1});
  return microsoft(b, "QLinearAveragePool",
                   {b.fresh(type, shape, {}, 0.05), scaleOf(b), zeroOf(b, type),
                    scaleOf(b), zeroOf(b, type)},
                   type, result, attributes);
}

static Value quantizedGemm(Builder &b) {
  const DType type = b.type(eightBits());
  const int64_t m = b.filledDim(), k = b.filledDim(), n = b.filledDim();
  const bool flipA = b.random.chance(0.3), flipB = b.random.chance(0.3);
  Attributes attributes;
  if (flipA)
    attributes.set("transA", int64_t{1});
  if (flipB)
    attributes.set("transB", int64_t{1});
  if (b.random.chance(0.3))
    attributes.set("alpha", 0.5f);
  const Shape columns = b.random.chance(0.4) ? Shape{n} : Shape{};
  const DType weights = b.type(eightBits());
  const Value bias = b.random.chance(0.5)
                         ? b.fresh(DType::i32, {n}, Fill::between(-500, 500), 1)
                         : Value();
  return microsoft(
      b, "QGemm",
      {b.fresh(type, flipA ? Shape{k, m} : Shape{m, k}, {}, 0.05), scaleOf(b),
       zeroOf(b, type),
       b.fresh(weights, flipB ? Shape{n, k} : Shape{k, n}, {}, 0.9),
       b.fresh(DType::f32, columns, Fill::between(0.01, 0.05), 0.95),
       b.fresh(weights, columns, Fill::between(0, 9), 0.95), bias, scaleOf(b),
       zeroOf(b, type)},
      type, {m, n}, attributes);
}

/// Element-wise operators as a first node: QuantizeLinear and its inverse.
static std::function<Value(Builder &)> first(const char *name) {
  return [=](Builder &b) -> Value {
    Value x = b.some(allTypes());
    if (!x)
      return {};
    for (const ElementOp &op : elementOps())
      if (op.op == name && op.takes(b, x))
        return op.make(b, x);
    return {};
  };
}

const std::vector<OpMaker> &graphs::quantisedOps() {
  static const std::vector<OpMaker> ops = {
      {"QuantizeLinear", 1, first("QuantizeLinear")},
      {"DequantizeLinear", 1, first("DequantizeLinear")},
      {"DynamicQuantizeLinear", 1, dynamicQuantize},
      {"QdqIsland", 3, island},
      {"QLinearAdd", 0.7, quantizedSum},
      {"QLinearSigmoid", 0.4, quantizedFunction("QLinearSigmoid")},
      {"QLinearLeakyRelu", 0.4, quantizedFunction("QLinearLeakyRelu")},
      {"QLinearSoftmax", 0.4, quantizedFunction("QLinearSoftmax")},
      {"QLinearConcat", 0.5, quantizedConcat},
      {"QLinearWhere", 0.4, quantizedWhere},
      {"QLinearAveragePool", 0.6, quantizedPool},
      {"QGemm", 0.8, quantizedGemm},
  };
  return ops;
}
