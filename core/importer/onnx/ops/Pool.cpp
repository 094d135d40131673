// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Pools, with a window and over all spatial dims.

#include "core/importer/onnx/ops/Pool.h"
#include "core/importer/onnx/ops/Families.h"
#include "core/prim/Constant.h"
#include "core/semantics/Shapes.h"

#include <cmath>

using namespace glowplug;
using namespace glowplug::importer;

prim::WindowAttributes importer::windowOf(const Sliding &s) {
  auto full = [](const Shape &spatial, int64_t outer) {
    Shape all{outer, outer};
    llvm::append_range(all, spatial);
    return all;
  };
  return {full(s.kernel, 1), full(s.strides, 1), full(s.low, 0),
          full(s.high, 0), full(s.dilations, 1)};
}

Sliding importer::readPool(Node &n, std::optional<Shape> given) {
  if (!n.checkRank(0, 3))
    return {};
  const bool ceil = n.flagAttr("ceil_mode");
  const Shape shapeIn = given.value_or(Shape(n.shape(0)));
  const ArrayRef<int64_t> in = shapeIn;
  Sliding s = readSliding(n, in.drop_front(2), nullptr, ceil);
  for (size_t i = 0; i < s.kernel.size() && !n.failed(); ++i) {
    const int64_t size = shapes::dilated(s.kernel[i], s.dilations[i]);
    n.check(s.low[i] < size && s.high[i] - s.extra[i] < size,
            "pads of spatial dim " + Twine(i) + " need to be below " +
                Twine(size) + ", but got " + Twine(s.low[i]) + " and " +
                Twine(s.high[i] - s.extra[i]));
  }
  Shape shape(in.take_front(2));
  llvm::append_range(shape, s.out);
  if (!n.failed())
    n.checkShape(shape);
  return s;
}

Value importer::lowest(Node &n, Type element) {
  // An empty maximum.
  Value nothing = n.b.splat(int64_t{0}, element, {0});
  return toScalar(n, n.b.reduce(ReduceKind::max, nothing, {0}));
}

SmallVector<int64_t> importer::windowCounts(const Sliding &s, size_t i,
                                            int64_t in, bool withPads) {
  const int64_t first = withPads ? -s.low[i] : 0;
  const int64_t last = withPads ? in + s.high[i] - s.extra[i] : in;
  SmallVector<int64_t> result;
  for (int64_t out = 0; out < s.out[i]; ++out) {
    int64_t count = 0;
    // Positions first <= begin + k * dilation < last.
    const int64_t begin = out * s.strides[i] - s.low[i];
    const int64_t d = s.dilations[i];
    const int64_t from = begin >= first ? 0 : (first - begin + d - 1) / d;
    const int64_t to =
        last > begin ? std::min(s.kernel[i], (last - begin + d - 1) / d) : 0;
    count = std::max<int64_t>(to - from, 0);
    result.push_back(count);
  }
  return result;
}

/// Divides the sums of windows by the number of their elements.
static Value divideByCounts(Node &n, Value sums, const Sliding &s,
                            bool withPads) {
  const int64_t rank = prim::rankOf(sums);
  double uniform = 1;
  SmallVector<Value> operands{sums};
  for (size_t i = 0; i < s.kernel.size(); ++i) {
    if (!n.reserve(s.out[i] * 8))
      return sums;
    const SmallVector<int64_t> list =
        windowCounts(s, i, n.shape(0)[2 + i], withPads);
    if (llvm::all_equal(list))
      uniform *= static_cast<double>(list.front());
    else
      operands.push_back(n.indices(
          list, onesBut(rank, static_cast<int64_t>(i) + 2, s.out[i])));
  }
  return n.b.map(operands, [&](ScalarBuilder &b, ValueRange x) {
    // Integers first: their product is exact.
    const Type type = x[0].getType();
    Value count = b.number(uniform, type);
    for (Value factor : x.drop_front())
      count = b.mul(count, b.cast(factor, type));
    return b.div(x[0], count);
  });
}

static LogicalResult importAveragePool(Node &n) {
  const bool withPads = n.flagAttr("count_include_pad");
  const Sliding s = readPool(n);
  if (n.failed() || !n.isFloat(0))
    return llvm::failure();
  Value sums = n.b.window(ReduceKind::sum, widen(n, n.input(0)), windowOf(s));
  return n.result(n.b.cast(divideByCounts(n, sums, s, withPads), n.element(0)));
}

/// |x|^p, and from their sum its p-th root.
static Value power(Node &n, Value x, int64_t p) {
  return n.b.map(x, [&](ScalarBuilder &s, ValueRange v) {
    Value magnitude = s.op(ScalarKind::abs, v[0]);
    if (p == 1)
      return magnitude;
    if (p == 2)
      return s.mul(v[0], v[0]);
    return s.op(ScalarKind::pow,
                {magnitude, s.number(static_cast<double>(p), v[0].getType())});
  });
}

static Value root(Node &n, Value sum, int64_t p) {
  if (p == 1)
    return sum;
  return n.b.map(sum, [&](ScalarBuilder &s, ValueRange v) {
    if (p == 2)
      return s.op(ScalarKind::sqrt, v[0]);
    return s.op(ScalarKind::pow,
                {v[0], s.number(1.0 / static_cast<double>(p), v[0].getType())});
  });
}

static LogicalResult importLpPool(Node &n) {
  const int64_t p = n.intAttr("p", 2);
  const Sliding s = readPool(n);
  if (n.failed() || !n.isFloat(0) || !n.atLeast(p, 1, "p"))
    return llvm::failure();
  Value powers = power(n, widen(n, n.input(0)), p);
  Value sums = n.b.window(ReduceKind::sum, powers, windowOf(s));
  return n.result(n.b.cast(root(n, sums, p), n.element(0)));
}

//===----------------------------------------------------------------------===//
// Over all spatial dims
//===----------------------------------------------------------------------===//

static LogicalResult importGlobalAveragePool(Node &n) {
  if (!n.isFloat(0) || !n.checkRank(0, 3))
    return llvm::failure();
  Value mean = meanOver(n, widen(n, n.input(0)), dimRange(2, n.rank(0)));
  return n.result(n.b.cast(mean, n.element(0)));
}

static LogicalResult importGlobalMaxPool(Node &n) {
  if (!n.isFloat(0) || !n.checkRank(0, 3))
    return llvm::failure();
  return n.result(
      n.b.reduce(ReduceKind::max, n.input(0), dimRange(2, n.rank(0))));
}

static LogicalResult importGlobalLpPool(Node &n) {
  const int64_t p = n.intAttr("p", 2);
  if (!n.isFloat(0) || !n.checkRank(0, 3) || !n.atLeast(p, 1, "p"))
    return llvm::failure();
  Value sum = n.b.reduce(ReduceKind::sum, power(n, widen(n, n.input(0)), p),
                         dimRange(2, n.rank(0)));
  return n.result(n.b.cast(root(n, sum, p), n.element(0)));
}

ArrayRef<OpRow> importer::poolRows() {
  static constexpr OpRow rows[] = {
      {"AveragePool", 1, 1, importAveragePool},
      {"GlobalAveragePool", 1, 1, importGlobalAveragePool},
      {"GlobalLpPool", 2, 1, importGlobalLpPool},
      {"GlobalMaxPool", 1, 1, importGlobalMaxPool},
      {"LpPool", 2, 1, importLpPool},
  };
  return rows;
}
