// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operators that read at computed places, and losses over classes.

#include "core/conformance/graphs/Windows.h"

using namespace glowplug;
using namespace glowplug::graphs;

static Value gridSample(Builder &b) {
  const DType type = b.random.pick({DType::f32, DType::f32, DType::f64});
  const Shape image = {b.random.range(1, 2), b.random.range(1, 5),
                       b.filledDim(), b.filledDim()};
  const Shape out = {b.random.range(1, 9), b.random.range(1, 9)};
  // Next to a tie of places, what is nearest depends on how they are computed.
  const std::string mode = b.options.strict
                               ? "linear"
                               : b.random.pick({"linear", "nearest", "cubic"});
  Attributes attributes;
  attributes.set("mode", mode.c_str());
  if (b.random.chance(0.7))
    attributes.set("padding_mode",
                   b.random.pick({"zeros", "border", "reflection"}));
  if (b.random.chance(0.5))
    attributes.set("align_corners", int64_t{1});
  return b.node("GridSample",
                {b.fresh(type, image, {}, 0.05),
                 b.fresh(type, {image[0], out[0], out[1], 2},
                         Fill::between(-1.4, 1.4), 0.3)},
                type, {image[0], image[1], out[0], out[1]}, attributes, false);
}

static Value reverseSequence(Builder &b) {
  Value x = b.some(
      allTypes(),
      [](const Value &v) { return v.count() != 0 && v.count() <= 4096; }, 2);
  if (!x)
    return {};
  const int64_t time = b.random.range(0, 1);
  Attributes attributes;
  if (time == 1 || b.random.chance(0.5))
    attributes.set("time_axis", time).set("batch_axis", 1 - time);
  const Value lengths =
      b.fresh(DType::i64, {x.shape[1 - time]},
              Fill::between(1, static_cast<double>(x.shape[time])), 1);
  return b.node("ReverseSequence", {x, lengths}, x.type, x.shape, attributes);
}

/// MaxPool with its places, and back.
static Value unpool(Builder &b) {
  if (b.style.special || !b.allows("MaxPool"))
    return {};
  const DType type = b.random.pick({DType::f32, DType::f16, DType::f64});
  const Shape pooled = {b.random.range(1, 2), b.random.range(1, 5),
                        b.random.range(1, 9), b.random.range(1, 9)};
  const Shape whole = {pooled[0], pooled[1], 2 * pooled[2], 2 * pooled[3]};
  Attributes attributes;
  attributes.set("kernel_shape", Shape{2, 2}).set("strides", Shape{2, 2});
  const std::vector<Value> made =
      b.nodes("MaxPool", "", {b.fresh(type, whole, {}, 0.05)},
              {{type, pooled}, {DType::i64, pooled}}, attributes, true);
  return b.node("MaxUnpool", made, type, whole, attributes);
}

static std::function<Value(Builder &)> loss(const char *op) {
  return [=](Builder &b) -> Value {
    const bool isEntropy = std::string(op) == "SoftmaxCrossEntropyLoss";
    Value scores = b.some(
        {DType::f32, DType::f64},
        [](const Value &v) { return v.count() != 0 && v.count() <= 4096; }, 2,
        5);
    if (!scores)
      return {};
    const int64_t classes = scores.shape[1];
    Shape shape = scores.shape;
    shape.erase(shape.begin() + 1);
    std::vector<Value> inputs = {
        scores,
        b.fresh(DType::i64, shape,
                Fill::between(0, static_cast<double>(classes - 1)), 0.3)};
    if (b.random.chance(0.4))
      inputs.push_back(b.fresh(scores.type, {classes}, Fill::positive(), 0.8));
    const std::string kind = b.random.pick({"none", "sum", "mean"});
    Attributes attributes;
    if (kind != "mean" || b.random.chance(0.5))
      attributes.set("reduction", kind.c_str());
    // Without the mean: of labels that are all ignored there is none.
    if (kind != "mean" && b.random.chance(0.3))
      attributes.set("ignore_index", b.random.range(0, classes - 1));
    std::vector<std::pair<DType, Shape>> results = {
        {scores.type, kind == "none" ? shape : Shape{}}};
    if (isEntropy && b.random.chance(0.4))
      results.push_back({scores.type, scores.shape});
    return b.nodes(op, "", inputs, results, attributes, false).front();
  };
}

const std::vector<OpMaker> &graphs::samplingOps() {
  static const std::vector<OpMaker> ops = {
      {"GridSample", 1.5, gridSample},
      {"ReverseSequence", 1, reverseSequence},
      {"MaxUnpool", 0.7, unpool},
      {"NegativeLogLikelihoodLoss", 0.8, loss("NegativeLogLikelihoodLoss")},
      {"SoftmaxCrossEntropyLoss", 0.8, loss("SoftmaxCrossEntropyLoss")},
  };
  return ops;
}
