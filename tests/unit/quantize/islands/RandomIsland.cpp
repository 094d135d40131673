// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Random quantised graphs of one operator.

#include "tests/unit/quantize/islands/RandomIsland.h"

#include "core/prim/Constant.h"

#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace glowplug;
using namespace glowplug::test;
using namespace mlir;

using prim::PrimBuilder;
using prim::ScalarBuilder;
using prim::Shape;

static int uniform(std::mt19937 &random, int low, int high) {
  return std::uniform_int_distribution<int>(low, high)(random);
}

/// A scale around \p middle; a power of two if \p isPower.
static float randomScale(std::mt19937 &random, double middle, bool isPower) {
  const double scale =
      middle * std::exp2(std::uniform_real_distribution<double>(-1, 1)(random));
  return static_cast<float>(isPower ? std::exp2(std::round(std::log2(scale)))
                                    : scale);
}

static QTensor randomTensor(std::mt19937 &random, Shape shape, double middle,
                            bool isPower) {
  QTensor tensor;
  tensor.isSigned = uniform(random, 0, 1) != 0;
  tensor.shape = std::move(shape);
  int64_t count = 1;
  for (int64_t size : tensor.shape)
    count *= size;
  for (int64_t i = 0; i < count; ++i)
    tensor.values.push_back(uniform(random, tensor.low(), tensor.high()));
  tensor.scale = {randomScale(random, middle, isPower)};
  tensor.zp = uniform(random, 0, 2) == 0
                  ? 0
                  : uniform(random, tensor.low(), tensor.high());
  return tensor;
}

static void addChannels(std::mt19937 &random, QTensor &tensor, int axis,
                        bool isPower) {
  if (uniform(random, 0, 1) == 0 || tensor.shape[axis] == 1)
    return;
  tensor.axis = axis;
  for (int64_t i = 1; i < tensor.shape[axis]; ++i)
    tensor.scale.push_back(randomScale(random, tensor.scale[0], isPower));
}

/// Steps of the output for one of the sum, which decides how fine it is.
static void chooseOutput(std::mt19937 &random, Island &island, double reach,
                         bool isPower) {
  island.outSigned = uniform(random, 0, 1) != 0;
  island.outScale = randomScale(random, reach / 128, isPower);
  island.outZp =
      island.outSigned ? uniform(random, -128, 127) : uniform(random, 0, 255);
  const int limits = uniform(random, 0, 3);
  if (limits == 1 || limits == 3)
    island.low = limits == 1 ? 0.0f : static_cast<float>(-reach / 4);
  if (limits >= 2)
    island.high = static_cast<float>(reach / 3);
}

static void chooseBias(std::mt19937 &random, Island &island, int64_t channels,
                       int channelAxis) {
  island.bias = static_cast<BiasKind>(uniform(random, 0, 3));
  const bool mismatch = island.bias == BiasKind::mismatching;
  for (int64_t i = 0; i < channels; ++i) {
    island.biasIntegers.push_back(uniform(random, -3000, 3000));
    const float unit =
        island.a.scale[0] * island.b.scaleAt(island.b.axis < 0 ? 0 : i);
    island.biasScale.push_back(mismatch ? unit * 1.37f : unit);
    island.biasFloats.push_back(
        static_cast<float>(uniform(random, -3000, 3000)) * unit * 0.77f);
  }
}

Island test::randomIsland(std::mt19937 &random, Anchor anchor) {
  Island island;
  island.anchor = anchor;
  const bool isPower = uniform(random, 0, 3) == 0;
  const int64_t size = uniform(random, 3, 7), channels = uniform(random, 1, 6);
  switch (anchor) {
  case Anchor::conv: {
    island.kernel = uniform(random, 0, 1) ? 3 : 1;
    island.stride = uniform(random, 1, 2);
    island.dilation = size > 4 ? uniform(random, 1, 2) : 1;
    island.pad = uniform(random, 0, 2);
    int64_t outputs = uniform(random, 1, 5);
    const int form = uniform(random, 0, 2);
    if (form == 1) // depthwise
      island.groups = outputs = channels;
    if (form == 2 && channels % 2 == 0) {
      island.groups = 2;
      outputs *= 2;
    }
    island.a = randomTensor(random, {2, channels, size, size}, 0.02, isPower);
    island.b = randomTensor(
        random,
        {outputs, channels / island.groups, island.kernel, island.kernel}, 0.01,
        isPower);
    addChannels(random, island.b, 0, isPower);
    chooseBias(random, island, outputs, 0);
    chooseOutput(
        random, island,
        0.02 * 0.01 * 128 * 64 *
            std::sqrt(static_cast<double>(channels / island.groups *
                                          island.kernel * island.kernel)),
        isPower);
    break;
  }
  case Anchor::matmul: {
    const int64_t inner = uniform(random, 1, 40),
                  columns = uniform(random, 1, 9);
    island.a = randomTensor(random, {2, size, inner}, 0.02, isPower);
    island.b = randomTensor(random, {uniform(random, 1, 2), inner, columns},
                            0.01, isPower);
    addChannels(random, island.b, 2, isPower);
    chooseBias(random, island, columns, 2);
    chooseOutput(random, island,
                 0.02 * 0.01 * 128 * 64 * std::sqrt(static_cast<double>(inner)),
                 isPower);
    break;
  }
  case Anchor::averagePool:
    island.kernel = uniform(random, 2, 3);
    island.stride = uniform(random, 1, 2);
    island.pad = uniform(random, 0, 1);
    [[fallthrough]];
  case Anchor::globalPool:
    island.a = randomTensor(random, {2, channels, size, size}, 0.05, isPower);
    chooseOutput(random, island, 0.05 * 128, isPower);
    break;
  case Anchor::add:
  case Anchor::mul:
    island.a = randomTensor(random, {2, channels, size}, 0.05, isPower);
    island.b = randomTensor(
        random, {2, uniform(random, 0, 1) ? channels : 1, size}, 0.05, isPower);
    chooseOutput(random, island,
                 anchor == Anchor::add ? 0.05 * 200 : 0.05 * 0.05 * 128 * 64,
                 isPower);
    break;
  }
  return island;
}

std::string Island::text() const {
  std::string result;
  llvm::raw_string_ostream(result)
      << "anchor " << static_cast<int>(anchor) << " a "
      << typeString(DType::u8, a.shape) << " b "
      << typeString(DType::u8, b.shape) << " groups " << groups << " bias "
      << static_cast<int>(bias) << " limits " << low.has_value()
      << high.has_value() << " zp " << a.zp << " " << b.zp << " " << outZp
      << " out scale " << outScale;
  return result;
}

//===----------------------------------------------------------------------===//
// As IR
//===----------------------------------------------------------------------===//

static Tensor integers(const QTensor &tensor, ArrayRef<int> values,
                       ArrayRef<int64_t> shape) {
  if (tensor.isSigned)
    return Tensor::of<int8_t>(shape, llvm::map_to_vector(values, [](int value) {
                                return static_cast<int8_t>(value);
                              }));
  return Tensor::of<uint8_t>(shape, llvm::map_to_vector(values, [](int value) {
                               return static_cast<uint8_t>(value);
                             }));
}

static Type elementOf(Builder &builder, bool isSigned) {
  return isSigned ? builder.getI8Type() : builder.getIntegerType(8, false);
}

/// As the importer makes it: scale and zero point are operands.
static Value dequantize(PrimBuilder &b, Value value, ArrayRef<float> scales,
                        int axis, Value zp) {
  Shape shape(prim::rankOf(value), 1);
  if (scales.size() > 1)
    shape[axis] = static_cast<int64_t>(scales.size());
  Value scale =
      prim::createConstant(b.builder, b.loc, Tensor::of<float>(shape, scales));
  return b.map({value, scale, zp}, [](ScalarBuilder &s, ValueRange v) {
    return s.dequantize(v[0], v[1], v[2]);
  });
}

static Value dequantize(PrimBuilder &b, Value value, const QTensor &tensor) {
  return dequantize(b, value, tensor.scale, tensor.axis,
                    b.splat(static_cast<int64_t>(tensor.zp),
                            prim::elementOf(value),
                            Shape(prim::rankOf(value), 1)));
}

static Value addBias(PrimBuilder &b, Value value, const Island &island) {
  if (island.bias == BiasKind::none)
    return value;
  const int64_t rank = prim::rankOf(value);
  const int axis =
      island.anchor == Anchor::conv ? 1 : static_cast<int>(rank) - 1;
  Shape shape(rank, 1);
  shape[axis] = static_cast<int64_t>(island.biasIntegers.size());
  if (island.bias == BiasKind::floats)
    return b.add(value, prim::createConstant(
                            b.builder, b.loc,
                            Tensor::of<float>(shape, island.biasFloats)));
  Value q = prim::createConstant(
      b.builder, b.loc, Tensor::of<int32_t>(shape, island.biasIntegers));
  Value zp = b.splat(int64_t{0}, b.builder.getI32Type(), Shape(rank, 1));
  return b.add(value, dequantize(b, q, island.biasScale, axis, zp));
}

static Value applyAnchor(PrimBuilder &b, const Island &island, Value a,
                         Value other) {
  auto two = [](int64_t value) { return Shape{value, value}; };
  switch (island.anchor) {
  case Anchor::conv:
    return b.conv(a, other,
                  {two(island.stride), two(island.pad), two(island.pad),
                   two(island.dilation), island.groups});
  case Anchor::matmul:
    return b.matmul(a, other);
  case Anchor::averagePool: {
    auto full = [](int64_t outer, int64_t inner) {
      return Shape{outer, outer, inner, inner};
    };
    Value sum =
        b.window(prim::ReduceKind::sum, a,
                 {full(1, island.kernel), full(1, island.stride),
                  full(0, island.pad), full(0, island.pad), full(1, 1)});
    return b.map(sum, [&](ScalarBuilder &s, ValueRange v) {
      return s.div(v[0],
                   s.number(static_cast<double>(island.kernel * island.kernel),
                            v[0].getType()));
    });
  }
  case Anchor::globalPool: {
    Value sum = b.reduce(prim::ReduceKind::sum, a, {2, 3});
    const auto count =
        static_cast<double>(island.a.shape[2] * island.a.shape[3]);
    return b.map(sum, [&](ScalarBuilder &s, ValueRange v) {
      return s.div(v[0], s.number(count, v[0].getType()));
    });
  }
  case Anchor::add:
    return b.add(a, other);
  case Anchor::mul:
    return b.mul(a, other);
  }
  llvm_unreachable("all anchors are above");
}

OwningOpRef<ModuleOp> test::buildIsland(MLIRContext &context,
                                        const Island &island) {
  OpBuilder builder(&context);
  const Location loc = NameLoc::get(builder.getStringAttr("node"));
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  SmallVector<Type> types;
  auto typeOf = [&](const QTensor &tensor) {
    return RankedTensorType::get(tensor.shape,
                                 elementOf(builder, tensor.isSigned));
  };
  types.push_back(typeOf(island.a));
  const bool isConv = island.anchor == Anchor::conv;
  if (!isConv && !island.b.shape.empty())
    types.push_back(typeOf(island.b));
  builder.setInsertionPointToEnd(module->getBody());
  auto function = builder.create<func::FuncOp>(
      loc, "main", builder.getFunctionType(types, {}));
  Block *block = function.addEntryBlock();
  builder.setInsertionPointToStart(block);

  PrimBuilder b(builder, loc);
  Value a = dequantize(b, block->getArgument(0), island.a), other;
  if (!island.b.shape.empty()) {
    Value q;
    if (isConv)
      q = prim::createConstant(
          builder, loc, integers(island.b, island.b.values, island.b.shape));
    else
      q = block->getArgument(1);
    other = dequantize(b, q, island.b);
  }
  Value value = addBias(b, applyAnchor(b, island, a, other), island);
  auto limit = [&](prim::ScalarKind kind, float number) {
    value = b.map(value, [&](ScalarBuilder &s, ValueRange v) {
      return s.op(
          kind, {v[0], s.number(static_cast<double>(number), v[0].getType())});
    });
  };
  if (island.low)
    limit(prim::ScalarKind::max, *island.low);
  if (island.high)
    limit(prim::ScalarKind::min, *island.high);
  const Shape one(prim::rankOf(value), 1);
  value = b.map(
      {value,
       b.splat(static_cast<double>(island.outScale), builder.getF32Type(), one),
       b.splat(static_cast<int64_t>(island.outZp),
               elementOf(builder, island.outSigned), one)},
      [](ScalarBuilder &s, ValueRange v) {
        return s.quantize(v[0], v[1], v[2]);
      });
  builder.create<func::ReturnOp>(loc, value);
  function.setType(builder.getFunctionType(types, value.getType()));
  return module;
}

std::vector<Tensor> test::inputsOf(const Island &island) {
  std::vector<Tensor> inputs{
      integers(island.a, island.a.values, island.a.shape)};
  if (island.anchor != Anchor::conv && !island.b.shape.empty())
    inputs.push_back(integers(island.b, island.b.values, island.b.shape));
  return inputs;
}
