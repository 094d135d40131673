// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Pools.

#include "core/conformance/graphs/Windows.h"

using namespace glowplug;
using namespace glowplug::graphs;

static Value imageOf(Builder &b, const std::vector<DType> &types) {
  if (b.random.chance(0.5))
    if (Value x = b.some(
            types,
            [](const Value &v) { return v.count() > 0 && v.count() <= 16384; },
            3, 5))
      return x;
  return b.fresh(b.type(types), imageShape(b, 1), {}, 0.05);
}

static Shape withSpatial(const Value &x, const Shape &spatial) {
  Shape result{x.shape[0], x.shape[1]};
  result.insert(result.end(), spatial.begin(), spatial.end());
  return result;
}

static Shape spatialOf(const Value &x) {
  return {x.shape.begin() + 2, x.shape.end()};
}

static Value maxPool(Builder &b) {
  static const std::vector<DType> types = {DType::f32, DType::f32, DType::f16,
                                           DType::f64, DType::i8,  DType::u8};
  Value x = imageOf(b, types);
  const Sliding s = chooseSliding(b, spatialOf(x), /*isPool=*/true);
  Attributes attributes;
  s.describe(b, attributes, true);
  std::vector<std::pair<DType, Shape>> results{{x.type, withSpatial(x, s.out)}};
  // The place of the greatest is open where NaN are.
  if (!b.style.special && x.exact && b.random.chance(0.15)) {
    results.push_back({DType::i64, results[0].second});
    if (b.random.chance(0.3))
      attributes.set("storage_order", int64_t{1});
  }
  return b.nodes("MaxPool", "", {x}, results, attributes, true).front();
}

static Value averagePool(Builder &b) {
  Value x = imageOf(b, computeTypes());
  const Sliding s = chooseSliding(b, spatialOf(x), /*isPool=*/true);
  Attributes attributes;
  s.describe(b, attributes, true);
  if (b.random.chance(0.4))
    attributes.set("count_include_pad", int64_t{1});
  return b.node("AveragePool", {x}, x.type, withSpatial(x, s.out), attributes,
                false);
}

static Value lpPool(Builder &b) {
  Value x = imageOf(b, computeTypes());
  const Sliding s = chooseSliding(b, spatialOf(x), /*isPool=*/true);
  Attributes attributes;
  s.describe(b, attributes, true);
  if (b.random.chance(0.6))
    attributes.set("p", b.random.range(1, 3));
  return b.node("LpPool", {x}, x.type, withSpatial(x, s.out), attributes,
                false);
}

static std::function<Value(Builder &)> global(const char *op, bool exact) {
  return [=](Builder &b) {
    Value x = imageOf(b, computeTypes());
    Attributes attributes;
    if (std::string(op) == "GlobalLpPool" && b.random.chance(0.5))
      attributes.set("p", b.random.range(1, 3));
    return b.node(op, {x}, x.type, withSpatial(x, Shape(x.rank() - 2, 1)),
                  attributes, exact);
  };
}

const std::vector<OpMaker> &graphs::poolOps() {
  static const std::vector<OpMaker> ops = {
      {"MaxPool", 3, maxPool},
      {"AveragePool", 3, averagePool},
      {"LpPool", 1, lpPool},
      {"GlobalAveragePool", 1.5, global("GlobalAveragePool", false)},
      {"GlobalMaxPool", 1, global("GlobalMaxPool", true)},
      {"GlobalLpPool", 0.5, global("GlobalLpPool", false)},
  };
  return ops;
}
