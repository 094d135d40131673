// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Softmax and its kin, and normalisations.

#include "core/conformance/graphs/Builder.h"
#include "core/conformance/graphs/Windows.h"

using namespace glowplug;
using namespace glowplug::graphs;

static std::function<Value(Builder &)> alongAxis(const char *op) {
  return [=](Builder &b) -> Value {
    const bool isHard = std::string(op) == "Hardmax";
    Value x = b.some(
        computeTypes(), [=](const Value &v) { return !isHard || v.exact; }, 1);
    if (!x)
      return {};
    Attributes attributes;
    if (b.random.chance(0.6))
      attributes.set("axis", b.random.range(-x.rank(), x.rank() - 1));
    return b.node(op, {x}, x.type, x.shape, attributes, false);
  };
}

static Value layerNorm(Builder &b) {
  Value x = b.some(computeTypes(), {}, 1);
  if (!x)
    return {};
  const int64_t axis =
      b.random.chance(0.6) ? x.rank() - 1 : b.random.range(0, x.rank() - 1);
  const Shape rest(x.shape.begin() + axis, x.shape.end());
  std::vector<Value> inputs{x, b.fresh(x.type, rest, {}, 0.8)};
  if (b.random.chance(0.7))
    inputs.push_back(b.fresh(x.type, rest, {}, 0.8));
  Attributes attributes;
  attributes.set("axis", b.random.chance(0.5) ? axis : axis - x.rank());
  if (b.random.chance(0.4))
    attributes.set("epsilon", 1e-3f);
  return b.node("LayerNormalization", inputs, x.type, x.shape, attributes,
                false);
}

static Value batchNorm(Builder &b) {
  Value x = b.some(computeTypes(), {}, 2, 5);
  if (!x)
    return {};
  const Shape channels{x.shape[1]};
  return b.node("BatchNormalization",
                {x, b.fresh(x.type, channels, {}, 0.9),
                 b.fresh(x.type, channels, {}, 0.9),
                 b.fresh(x.type, channels, {}, 0.9),
                 b.fresh(x.type, channels, Fill::positive(), 0.9)},
                x.type, x.shape, {}, false);
}

static Value instanceNorm(Builder &b) {
  Value x = b.some(
      computeTypes(), [](const Value &v) { return v.count() != 0; }, 3, 5);
  if (!x)
    return {};
  const Shape channels{x.shape[1]};
  return b.node("InstanceNormalization",
                {x, b.fresh(x.type, channels, {}, 0.8),
                 b.fresh(x.type, channels, {}, 0.8)},
                x.type, x.shape, {}, false);
}

static Value groupNorm(Builder &b) {
  const int64_t groups = b.random.range(1, 4);
  Shape shape = imageShape(b, groups);
  Value x = b.fresh(b.type(computeTypes()), shape, {}, 0.05);
  const Shape channels{shape[1]};
  return b.node("GroupNormalization",
                {x, b.fresh(x.type, channels, {}, 0.8),
                 b.fresh(x.type, channels, {}, 0.8)},
                x.type, shape, Attributes().set("num_groups", groups), false);
}

static Value lrn(Builder &b) {
  Value x = b.some(computeTypes(), {}, 2, 5);
  if (!x)
    return {};
  Attributes attributes;
  attributes.set("size", b.random.range(1, 5));
  if (b.random.chance(0.5))
    attributes.set("alpha", 0.01f).set("beta", 0.5f);
  return b.node("LRN", {x}, x.type, x.shape, attributes, false);
}

static Value lpNorm(Builder &b) {
  Value x = b.some(computeTypes(), {}, 1);
  if (!x)
    return {};
  Attributes attributes;
  attributes.set("axis", b.random.range(-x.rank(), x.rank() - 1));
  if (b.random.chance(0.5))
    attributes.set("p", b.random.range(1, 2));
  return b.node("LpNormalization", {x}, x.type, x.shape, attributes, false);
}

static Value meanVariance(Builder &b) {
  // Numbers that are all alike leave nothing but rounding errors, which this
  // operator divides by 1e-9.
  Value x = b.fresh(b.random.pick({DType::f32, DType::f16, DType::f64}),
                    {b.random.range(1, 3), b.random.range(1, 5),
                     b.random.range(2, 9), b.random.range(2, 9)},
                    Fill::between(-2, 2), 0.05);
  return b.node("MeanVarianceNormalization", {x}, x.type, x.shape, {}, false);
}

const std::vector<OpMaker> &graphs::normalisationOps() {
  static const std::vector<OpMaker> ops = {
      {"Softmax", 2, alongAxis("Softmax")},
      {"LogSoftmax", 1, alongAxis("LogSoftmax")},
      {"Hardmax", 0.5, alongAxis("Hardmax")},
      {"LayerNormalization", 2, layerNorm},
      {"BatchNormalization", 1.5, batchNorm},
      {"InstanceNormalization", 1, instanceNorm},
      {"GroupNormalization", 0.7, groupNorm},
      {"LRN", 0.6, lrn},
      {"LpNormalization", 0.6, lpNorm},
      {"MeanVarianceNormalization", 0.4, meanVariance},
  };
  return ops;
}
