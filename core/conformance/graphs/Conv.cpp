// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolutions.

#include "core/conformance/graphs/Windows.h"

using namespace glowplug;
using namespace glowplug::graphs;

static const std::vector<DType> &eightBits() {
  static const std::vector<DType> types = {DType::u8, DType::i8};
  return types;
}

static bool isImage(const Value &x) {
  return x.count() > 0 && x.count() <= 8192;
}

/// An image of one of \p types; the number of groups divides its channels.
static Value imageOf(Builder &b, const std::vector<DType> &types,
                     int64_t &groups) {
  groups = b.random.chance(0.65) ? 1 : b.random.pick({2, 2, 3, 4, 8, 16});
  if (b.random.chance(0.5))
    if (Value x = b.some(
            types,
            [&](const Value &v) {
              return isImage(v) && v.rank() >= 3 && v.shape[1] % groups == 0;
            },
            3, 5))
      return x;
  return b.fresh(b.type(types), imageShape(b, groups), {}, 0.05);
}

/// Weights per group; depthwise ones among them.
static int64_t outputsPerGroup(Builder &b, int64_t groups) {
  if (groups > 1)
    return b.random.range(1, 3);
  return b.random.chance(0.5) ? b.random.range(1, 6)
                              : b.random.pick({7, 8, 9, 15, 16, 17, 31, 33});
}

struct ConvParts {
  Value x;
  Shape weights, result;
  Attributes attributes;
};

static ConvParts convParts(Builder &b, const std::vector<DType> &types) {
  int64_t groups = 1;
  ConvParts parts;
  parts.x = imageOf(b, types, groups);
  const Shape in(parts.x.shape.begin() + 2, parts.x.shape.end());
  if (parts.x.shape[1] > 1 && b.random.chance(0.12))
    groups = parts.x.shape[1]; // depthwise
  const Sliding s = chooseSliding(b, in, /*isPool=*/false);
  const int64_t out = groups * outputsPerGroup(b, groups);
  parts.weights = {out, parts.x.shape[1] / groups};
  parts.weights.insert(parts.weights.end(), s.kernel.begin(), s.kernel.end());
  parts.result = {parts.x.shape[0], out};
  parts.result.insert(parts.result.end(), s.out.begin(), s.out.end());
  s.describe(b, parts.attributes, b.random.chance(0.7));
  if (groups != 1)
    parts.attributes.set("group", groups);
  return parts;
}

/// A pad counts as nothing, also against an infinite weight; but ONNX Runtime
/// multiplies it with 0, so that strict graphs have none.
static Value conv(Builder &b) {
  const ConvParts parts = convParts(b, computeTypes());
  const DType type = parts.x.type;
  std::vector<Value> inputs{parts.x,
                            b.weights(type, parts.weights, b.options.strict)};
  if (b.random.chance(0.5))
    inputs.push_back(b.fresh(type, {parts.weights[0]}, {}, 0.8));
  return b.node("Conv", inputs, type, parts.result, parts.attributes, false);
}

static Value zeroPoint(Builder &b, DType type, const Shape &shape) {
  return b.fresh(type, shape,
                 type == DType::i8 ? Fill::between(-128, 127)
                                   : Fill::between(0, 255),
                 0.85);
}

static Value convInteger(Builder &b) {
  const ConvParts parts = convParts(b, eightBits());
  const DType weights = b.type(eightBits());
  std::vector<Value> inputs{parts.x, b.weights(weights, parts.weights, false)};
  if (b.random.chance(0.6)) {
    inputs.push_back(zeroPoint(b, parts.x.type, {}));
    if (b.random.chance(0.6))
      inputs.push_back(
          zeroPoint(b, weights,
                    b.random.chance(0.3) ? Shape{parts.weights[0]} : Shape{}));
  }
  return b.node("ConvInteger", inputs, DType::i32, parts.result,
                parts.attributes);
}

static Value qLinearConv(Builder &b) {
  const ConvParts parts = convParts(b, eightBits());
  const DType weights = b.type(eightBits());
  const DType type = b.random.chance(0.8) ? parts.x.type : b.type(eightBits());
  const Shape perChannel =
      b.random.chance(0.3) ? Shape{parts.weights[0]} : Shape{};
  const Fill small = Fill::between(0.004, 0.05);
  std::vector<Value> inputs{
      parts.x,
      b.fresh(DType::f32, {}, small, 0.9),
      zeroPoint(b, parts.x.type, {}),
      b.weights(weights, parts.weights, false),
      b.fresh(DType::f32, perChannel, small, 0.9),
      zeroPoint(b, weights, perChannel),
      b.fresh(DType::f32, {}, Fill::between(0.05, 0.5), 0.9),
      zeroPoint(b, type, {})};
  if (b.random.chance(0.5))
    inputs.push_back(
        b.fresh(DType::i32, {parts.weights[0]}, Fill::between(-500, 500), 0.9));
  return b.node("QLinearConv", inputs, type, parts.result, parts.attributes);
}

static Value convTranspose(Builder &b) {
  int64_t groups = 1;
  Value x = imageOf(b, computeTypes(), groups);
  const size_t spatial = x.shape.size() - 2;
  Shape kernel, strides, dilations, pads(2 * spatial, 0), added(spatial, 0);
  const int64_t out = groups * outputsPerGroup(b, groups);
  Shape result{x.shape[0], out};
  for (size_t i = 0; i < spatial; ++i) {
    kernel.push_back(b.random.range(1, 4));
    strides.push_back(b.random.range(1, 3));
    dilations.push_back(b.random.chance(0.8) ? 1 : 2);
    if (b.random.chance(0.3))
      added[i] = b.random.range(0, std::max(strides[i], dilations[i]) - 1);
    const int64_t full = (x.shape[2 + i] - 1) * strides[i] +
                         dilations[i] * (kernel[i] - 1) + 1 + added[i];
    if (b.random.chance(0.4)) {
      pads[i] = b.random.range(0, std::min<int64_t>(2, full - 1));
      pads[spatial + i] =
          b.random.range(0, std::min<int64_t>(2, full - 1 - pads[i]));
    }
    result.push_back(full - pads[i] - pads[spatial + i]);
  }
  Shape weights{x.shape[1], out / groups};
  weights.insert(weights.end(), kernel.begin(), kernel.end());
  Attributes attributes;
  attributes.set("strides", strides).set("pads", pads);
  if (b.random.chance(0.5))
    attributes.set("dilations", dilations);
  else
    for (size_t i = 0; i < spatial; ++i) // as if there were none
      result[2 + i] -= (dilations[i] - 1) * (kernel[i] - 1);
  for (size_t i = 0; i < spatial; ++i)
    if (result[2 + i] < 1)
      return {};
  bool hasAdded = false;
  for (int64_t size : added)
    hasAdded |= size != 0;
  if (hasAdded)
    attributes.set("output_padding", added);
  if (groups != 1)
    attributes.set("group", groups);
  std::vector<Value> inputs{x, b.weights(x.type, weights, b.options.strict)};
  if (b.random.chance(0.5))
    inputs.push_back(b.fresh(x.type, {out}, {}, 0.8));
  return b.node("ConvTranspose", inputs, x.type, result, attributes, false);
}

const std::vector<OpMaker> &graphs::convOps() {
  static const std::vector<OpMaker> ops = {
      {"Conv", 4, conv},
      {"ConvTranspose", 2, convTranspose},
      {"ConvInteger", 1.5, convInteger},
      {"QLinearConv", 2, qLinearConv},
  };
  return ops;
}
