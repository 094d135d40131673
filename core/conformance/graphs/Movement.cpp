// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operators that move elements without looking at them.

#include "core/conformance/graphs/Builder.h"

#include "llvm/ADT/STLExtras.h"

#include <limits>
#include <numeric>

using namespace glowplug;
using namespace glowplug::graphs;

static constexpr int64_t mostElements = 16384;

static Value transpose(Builder &b) {
  Value x = b.some(allTypes());
  if (!x)
    return {};
  Shape perm(x.rank());
  std::iota(perm.begin(), perm.end(), 0);
  Attributes attributes;
  if (b.random.chance(0.15)) {
    std::reverse(perm.begin(), perm.end()); // the default
  } else {
    for (size_t i = perm.size(); i > 1; --i)
      std::swap(perm[i - 1], perm[b.random.below(i)]);
    attributes.set("perm", perm);
  }
  Shape result;
  for (int64_t dim : perm)
    result.push_back(x.shape[dim]);
  return b.node("Transpose", {x}, x.type, result, attributes);
}

static Value reshape(Builder &b) {
  Value x = b.some(allTypes());
  if (!x)
    return {};
  Shape result = x.shape;
  // Join neighbours, split, add ones.
  for (int step = 0; step < 3; ++step) {
    if (result.size() >= 2 && b.random.chance(0.5)) {
      const size_t at = b.random.below(result.size() - 1);
      result[at] *= result[at + 1];
      result.erase(result.begin() + static_cast<int64_t>(at) + 1);
    } else if (!result.empty() && result.size() < 6) {
      const size_t at = b.random.below(result.size());
      for (int64_t factor : {2, 3, 4, 5, 7})
        if (result[at] > factor && result[at] % factor == 0 &&
            b.random.chance(0.6)) {
          result[at] /= factor;
          result.insert(result.begin() + static_cast<int64_t>(at), factor);
          break;
        }
    } else if (result.empty()) {
      result = {1};
    }
  }
  Shape wanted = result;
  if (!wanted.empty() && x.count() != 0 && b.random.chance(0.3))
    wanted[b.random.below(wanted.size())] = -1;
  Attributes attributes;
  if (x.count() == 0)
    attributes.set("allowzero", int64_t{1});
  return b.node("Reshape", {x, b.ints(wanted)}, x.type, result, attributes);
}

static Value flatten(Builder &b) {
  Value x = b.some(allTypes());
  if (!x || x.rank() == 0)
    return {};
  const int64_t axis = b.random.range(0, x.rank());
  const Shape head(x.shape.begin(), x.shape.begin() + axis);
  const Shape rest(x.shape.begin() + axis, x.shape.end());
  return b.node("Flatten", {x}, x.type, {elementsOf(head), elementsOf(rest)},
                Attributes().set("axis", axis));
}

static Value slice(Builder &b) {
  Value x = b.some(allTypes(), {}, 1);
  if (!x)
    return {};
  Shape starts, ends, axes, steps, result = x.shape;
  for (int64_t dim = 0; dim < x.rank(); ++dim) {
    if (b.random.chance(0.4))
      continue;
    const int64_t size = x.shape[dim];
    const int64_t step = b.random.pick({1, 1, 2, 3, -1, -1, -2, -3});
    // Bounds may stand far outside; they are clamped.
    int64_t start = b.random.range(-size - 2, size + 2);
    int64_t end = b.random.chance(0.2)
                      ? (step > 0 ? std::numeric_limits<int64_t>::max()
                                  : std::numeric_limits<int64_t>::min())
                      : b.random.range(-size - 2, size + 2);
    const auto place = [&](int64_t at, int64_t low, int64_t high) {
      return std::clamp(at < 0 ? at + size : at, low, high);
    };
    int64_t count = 0;
    if (step > 0) {
      const int64_t from = place(start, 0, size), to = place(end, 0, size);
      count = std::max<int64_t>(0, (to - from + step - 1) / step);
    } else {
      const int64_t from = place(start, size == 0 ? 0 : 0, size - 1);
      const int64_t to = end == std::numeric_limits<int64_t>::min()
                             ? -1
                             : place(end, -1, size - 1);
      count =
          size == 0 ? 0 : std::max<int64_t>(0, (from - to - step - 1) / -step);
    }
    if (size == 0 || (count == 0 && b.random.chance(0.9)))
      continue;
    starts.push_back(start);
    ends.push_back(end);
    axes.push_back(b.random.chance(0.3) ? dim - x.rank() : dim);
    steps.push_back(step);
    result[dim] = count;
  }
  if (axes.empty())
    return {};
  return b.node("Slice",
                {x, b.ints(starts), b.ints(ends), b.ints(axes), b.ints(steps)},
                x.type, result);
}

static Value pad(Builder &b) {
  Value x = b.some(allTypes(), {}, 1, 5);
  if (!x || x.count() == 0)
    return {};
  const char *mode = b.random.pick(
      {"constant", "constant", "constant", "reflect", "edge", "wrap"});
  const std::string name = mode;
  Shape low(x.rank(), 0), high(x.rank(), 0), result = x.shape;
  for (int64_t dim = 0; dim < x.rank(); ++dim) {
    if (b.random.chance(0.4))
      continue;
    const int64_t size = x.shape[dim];
    const int64_t most = name == "reflect" ? size - 1
                         : name == "wrap"  ? size
                                           : 4;
    const int64_t least = name == "constant" && b.random.chance(0.2) ? -1 : 0;
    low[dim] = b.random.range(least, std::min<int64_t>(4, most));
    high[dim] = b.random.range(least, std::min<int64_t>(4, most));
    if (size + low[dim] + high[dim] < 1)
      low[dim] = high[dim] = 0;
    result[dim] = size + low[dim] + high[dim];
  }
  if (elementsOf(result) > mostElements)
    return {};
  Shape pads = low;
  llvm::append_range(pads, high);
  std::vector<Value> inputs{x, b.ints(pads)};
  if (name == "constant" && b.random.chance(0.5))
    inputs.push_back(b.fresh(x.type, {}, {}, 0.8));
  Attributes attributes;
  if (name != "constant" || b.random.chance(0.5))
    attributes.set("mode", mode);
  return b.node("Pad", inputs, x.type, result, attributes);
}

static Value concat(Builder &b) {
  Value x = b.some(allTypes(), {}, 1);
  if (!x || x.count() > 4096)
    return {};
  const int64_t dim = b.random.range(0, x.rank() - 1);
  std::vector<Value> inputs{x};
  Shape result = x.shape;
  for (int64_t i = b.random.range(1, 3); i > 0; --i) {
    Shape other = x.shape;
    if (b.random.chance(0.6))
      other[dim] = b.random.range(1, 9);
    inputs.push_back(b.random.chance(0.2) ? x : b.like(x.type, other));
    result[dim] += inputs.back().shape[dim];
  }
  if (b.random.chance(0.5))
    std::swap(inputs.front(), inputs.back());
  return b.node(
      "Concat", inputs, x.type, result,
      Attributes().set("axis", b.random.chance(0.3) ? dim - x.rank() : dim));
}

static Value split(Builder &b) {
  Value x =
      b.some(allTypes(), [](const Value &v) { return v.count() != 0; }, 1);
  if (!x)
    return {};
  const int64_t dim = b.random.range(0, x.rank() - 1);
  Shape sizes;
  int64_t left = x.shape[dim];
  const int64_t parts = std::min<int64_t>(left, b.random.range(2, 3));
  for (int64_t i = parts; i > 1; --i) {
    sizes.push_back(b.random.range(1, left - i + 1));
    left -= sizes.back();
  }
  sizes.push_back(left);
  std::vector<std::pair<DType, Shape>> results;
  for (int64_t size : sizes) {
    results.push_back({x.type, x.shape});
    results.back().second[dim] = size;
  }
  return b.random.pick(b.nodes("Split", "", {x, b.ints(sizes)}, results,
                               Attributes().set("axis", dim), true));
}

static Value expand(Builder &b) {
  Value x = b.some(
      allTypes(), [](const Value &v) { return v.count() <= 1024; }, 0, 5);
  if (!x)
    return {};
  Shape result = x.shape;
  for (int64_t &size : result)
    if (size == 1 && b.random.chance(0.7))
      size = b.random.range(2, 9);
  if (result.size() < 6 && b.random.chance(0.5))
    result.insert(result.begin(), b.random.range(1, 4));
  if (elementsOf(result) > mostElements)
    return {};
  Shape wanted = result;
  for (size_t i = 0; i < x.shape.size(); ++i) // 1 keeps what is there
    if (x.shape[x.shape.size() - 1 - i] == result[result.size() - 1 - i] &&
        b.random.chance(0.3))
      wanted[result.size() - 1 - i] = 1;
  return b.node("Expand", {x, b.ints(wanted)}, x.type, result);
}

static Value tile(Builder &b) {
  Value x = b.some(
      allTypes(), [](const Value &v) { return v.count() <= 1024; }, 1, 5);
  if (!x)
    return {};
  Shape repeats, result = x.shape;
  for (int64_t &size : result) {
    repeats.push_back(b.random.pick({1, 1, 1, 2, 3}));
    size *= repeats.back();
  }
  if (elementsOf(result) > mostElements)
    return {};
  return b.node("Tile", {x, b.ints(repeats)}, x.type, result);
}

static Value squeeze(Builder &b) {
  Value x = b.some(
      allTypes(), [](const Value &v) { return llvm::is_contained(v.shape, 1); },
      1);
  if (!x)
    return {};
  Shape axes, result;
  for (int64_t dim = 0; dim < x.rank(); ++dim) {
    if (x.shape[dim] == 1 && b.random.chance(0.7))
      axes.push_back(b.random.chance(0.3) ? dim - x.rank() : dim);
    else
      result.push_back(x.shape[dim]);
  }
  if (axes.empty())
    return {};
  return b.node("Squeeze", {x, b.ints(axes)}, x.type, result);
}

static Value unsqueeze(Builder &b) {
  Value x = b.some(allTypes(), {}, 0, 4);
  if (!x)
    return {};
  Shape result = x.shape;
  const int64_t at = b.random.range(0, x.rank());
  result.insert(result.begin() + at, 1);
  return b.node("Unsqueeze", {x, b.ints({at})}, x.type, result);
}

static Value depthToSpace(Builder &b) {
  const int64_t block = b.random.range(2, 3);
  const Shape in{1, b.random.range(1, 4), b.random.range(1, 6),
                 b.random.range(1, 6)};
  const Shape deep{1, in[1] * block * block, in[2], in[3]};
  const Shape wide{1, in[1], in[2] * block, in[3] * block};
  const DType type =
      b.random.pick({DType::f32, DType::f16, DType::f64, DType::u8});
  if (b.random.chance(0.5))
    return b.node("SpaceToDepth", {b.fresh(type, wide, {}, 0.05)}, type, deep,
                  Attributes().set("blocksize", block));
  return b.node("DepthToSpace", {b.fresh(type, deep, {}, 0.05)}, type, wide,
                Attributes()
                    .set("blocksize", block)
                    .set("mode", b.random.chance(0.5) ? "CRD" : "DCR"));
}

static Value trilu(Builder &b) {
  Value x = b.some(allTypes(), {}, 2);
  if (!x)
    return {};
  std::vector<Value> inputs{x};
  if (b.random.chance(0.5))
    inputs.push_back(
        b.scalar(DType::i64, static_cast<double>(b.random.range(-3, 3))));
  return b.node("Trilu", inputs, x.type, x.shape,
                Attributes().set("upper", int64_t{b.random.chance(0.5)}));
}

const std::vector<OpMaker> &graphs::movementOps() {
  static const std::vector<OpMaker> ops = {
      {"Transpose", 3, transpose}, {"Reshape", 2.5, reshape},
      {"Flatten", 0.7, flatten},   {"Slice", 3, slice},
      {"Pad", 2.5, pad},           {"Concat", 2.5, concat},
      {"Split", 1.5, split},       {"Expand", 1.5, expand},
      {"Tile", 1, tile},           {"Squeeze", 1, squeeze},
      {"Unsqueeze", 1, unsqueeze}, {"DepthToSpace", 0.6, depthToSpace},
      {"Trilu", 0.6, trilu},
  };
  return ops;
}
