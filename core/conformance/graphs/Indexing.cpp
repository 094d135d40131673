// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gathers, scatters and resizing.

#include "core/conformance/graphs/Builder.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace glowplug;
using namespace glowplug::graphs;

static bool isFilled(const Value &x) {
  return x.count() != 0 && x.count() <= 4096;
}

/// Indices of a dim of \p size, negative ones among them.
static Value indices(Builder &b, const Shape &shape, int64_t size,
                     double constantChance = 0.5) {
  return b.fresh(
      b.random.chance(0.8) ? DType::i64 : DType::i32, shape,
      Fill::between(static_cast<double>(b.random.chance(0.5) ? -size : 0),
                    static_cast<double>(size - 1)),
      constantChance);
}

static Value gather(Builder &b) {
  Value x = b.some(allTypes(), isFilled, 1, 5);
  if (!x)
    return {};
  const int64_t axis = b.random.range(0, x.rank() - 1);
  Shape shape = b.shape(0, 2, 40);
  Shape result(x.shape.begin(), x.shape.begin() + axis);
  llvm::append_range(result, shape);
  result.insert(result.end(), x.shape.begin() + axis + 1, x.shape.end());
  if (elementsOf(result) > 16384)
    return {};
  return b.node(
      "Gather", {x, indices(b, shape, x.shape[axis])}, x.type, result,
      Attributes().set("axis", b.random.chance(0.3) ? axis - x.rank() : axis));
}

static Value gatherElements(Builder &b) {
  Value x = b.some(allTypes(), isFilled, 1);
  if (!x)
    return {};
  const int64_t axis = b.random.range(0, x.rank() - 1);
  Shape shape = x.shape;
  for (int64_t dim = 0; dim < x.rank(); ++dim)
    if (dim == axis)
      shape[dim] = b.random.range(1, 12);
    else if (b.random.chance(0.3))
      shape[dim] = b.random.range(1, shape[dim]);
  return b.node("GatherElements", {x, indices(b, shape, x.shape[axis])}, x.type,
                shape, Attributes().set("axis", axis));
}

/// The least of the first \p count dims: indices below it are valid in all.
static int64_t leastDim(const Value &x, int64_t count) {
  return *std::min_element(x.shape.begin(), x.shape.begin() + count);
}

static Value gatherNd(Builder &b) {
  Value x = b.some(allTypes(), isFilled, 1, 4);
  if (!x)
    return {};
  const int64_t count = b.random.range(1, x.rank());
  Shape shape = b.shape(0, 2, 30);
  Shape result = shape;
  shape.push_back(count);
  result.insert(result.end(), x.shape.begin() + count, x.shape.end());
  Value at = b.fresh(
      DType::i64, shape,
      Fill::between(0, static_cast<double>(leastDim(x, count) - 1)), 0.5);
  return b.node("GatherND", {x, at}, x.type, result);
}

static const char *reduction(Builder &b, const Value &x) {
  // The order of float sums into one element is given by ONNX Runtime only.
  if (x.type == DType::boolean)
    return "none";
  return b.random.pick({"none", "none", "none", "add", "mul", "min", "max"});
}

/// Where two updates meet, which of them stays is open in ONNX.
static Value distinctIndices(Builder &b, const Shape &shape, int64_t axis,
                             int64_t size) {
  Tensor tensor = llvm::cantFail(Tensor::zeros(DType::i64, shape));
  int64_t inner = 1;
  for (size_t dim = axis + 1; dim < shape.size(); ++dim)
    inner *= shape[dim];
  const int64_t step = b.random.chance(0.5) ? 1 : size - 1;
  const int64_t first = b.random.range(0, size - 1);
  llvm::MutableArrayRef<int64_t> elements = tensor.mutableElements<int64_t>();
  for (int64_t i = 0; i < tensor.elementCount(); ++i)
    elements[i] = (first + i / inner % shape[axis] * step) % size;
  return b.constant(tensor);
}

static Value scatterElements(Builder &b) {
  Value x = b.some(allTypes(), isFilled, 1);
  if (!x)
    return {};
  const int64_t axis = b.random.range(0, x.rank() - 1);
  Shape shape = x.shape;
  for (int64_t &size : shape)
    if (b.random.chance(0.5))
      size = b.random.range(1, size);
  const std::string kind = reduction(b, x);
  Attributes attributes;
  attributes.set("axis", axis);
  if (kind != "none" || b.random.chance(0.5))
    attributes.set("reduction", kind.c_str());
  Value at = kind == "none" && b.options.strict
                 ? distinctIndices(b, shape, axis, x.shape[axis])
                 : indices(b, shape, x.shape[axis]);
  return b.node("ScatterElements", {x, at, b.fresh(x.type, shape)}, x.type,
                x.shape, attributes);
}

static Value scatterNd(Builder &b) {
  Value x = b.some(allTypes(), isFilled, 1, 4);
  if (!x)
    return {};
  const bool strictOne = b.options.strict;
  const int64_t count = strictOne ? 1 : b.random.range(1, x.rank());
  const std::string kind = reduction(b, x);
  Shape shape{b.random.range(1, strictOne ? x.shape[0] : 8)};
  Shape updates = shape;
  shape.push_back(count);
  updates.insert(updates.end(), x.shape.begin() + count, x.shape.end());
  Value at = kind == "none" && strictOne
                 ? distinctIndices(b, shape, 0, x.shape[0])
                 : b.fresh(DType::i64, shape,
                           Fill::between(
                               0, static_cast<double>(leastDim(x, count) - 1)),
                           0.5);
  Attributes attributes;
  if (kind != "none")
    attributes.set("reduction", kind.c_str());
  return b.node("ScatterND", {x, at, b.fresh(x.type, updates)}, x.type, x.shape,
                attributes);
}

static Value oneHot(Builder &b) {
  const int64_t depth = b.random.range(1, 17);
  Shape shape = b.shape(0, 3, 200);
  const DType type = b.random.pick({DType::f32, DType::i64, DType::i32});
  Value at = b.fresh(DType::i64, shape,
                     Fill::between(static_cast<double>(-depth),
                                   static_cast<double>(depth - 1)),
                     0.2);
  Value values = b.fresh(type, {2}, {}, 0.8);
  shape.push_back(depth);
  return b.node("OneHot",
                {at, b.scalar(DType::i64, static_cast<double>(depth)), values},
                type, shape);
}

static Value resize(Builder &b) {
  static const std::vector<DType> types = {DType::f32, DType::f32, DType::f16,
                                           DType::f64, DType::u8,  DType::i8};
  Value x = b.some(types, isFilled, 2, 4);
  if (!x)
    return {};
  const char *mode = !isFloat(x.type)
                         ? "nearest"
                         : b.random.pick({"nearest", "linear", "cubic"});
  Shape result = x.shape;
  std::vector<float> scales(x.rank(), 1);
  // The last two dims, as images have them.
  for (int64_t dim = x.rank() - 2; dim < x.rank(); ++dim) {
    const float scale = b.random.pick({1.0f, 2.0f, 3.0f, 0.5f, 1.5f, 0.75f});
    const auto size = static_cast<int64_t>(
        std::floor(static_cast<float>(x.shape[dim]) * scale));
    if (size < 1)
      continue;
    scales[dim] = scale;
    result[dim] = size;
  }
  if (elementsOf(result) > 16384)
    return {};
  Attributes attributes;
  attributes.set("mode", mode);
  attributes.set("coordinate_transformation_mode",
                 b.random.pick({"half_pixel", "asymmetric", "align_corners",
                                "pytorch_half_pixel"}));
  if (std::string(mode) == "nearest")
    attributes.set("nearest_mode",
                   b.random.pick({"round_prefer_floor", "round_prefer_ceil",
                                  "floor", "ceil"}));
  const Value none;
  std::vector<Value> inputs{x, none};
  if (b.random.chance(0.5)) {
    inputs.push_back(b.constant(
        Tensor::of<float>({x.rank()}, llvm::ArrayRef<float>(scales))));
  } else {
    inputs.push_back(none);
    inputs.push_back(b.ints(result));
  }
  return b.node("Resize", inputs, x.type, result, attributes,
                std::string(mode) == "nearest");
}

const std::vector<OpMaker> &graphs::indexOps() {
  static const std::vector<OpMaker> ops = {
      {"Gather", 3, gather},         {"GatherElements", 1.5, gatherElements},
      {"GatherND", 1.5, gatherNd},   {"ScatterElements", 1.5, scatterElements},
      {"ScatterND", 1.5, scatterNd}, {"OneHot", 0.7, oneHot},
      {"Resize", 2, resize},
  };
  return ops;
}
