// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// MaxPool with the positions of its elements, and its inverse.

#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/ops/Families.h"
#include "core/importer/onnx/ops/Pool.h"

using namespace glowplug;
using namespace glowplug::importer;

using K = ScalarKind;

/// The most elements of a window whose positions are asked for: each is an
/// operand of one map.
static constexpr int64_t mostTaps = 256;

namespace {

/// Finds, for each window, where its greatest element stands in the input.
class Positions {
public:
  Positions(Node &n, const Sliding &s, bool columnMajor);
  Value make();

private:
  Value padded() const;
  Value tap(Value input, ArrayRef<int64_t> at) const;

  Node &n;
  const Sliding &s;
  size_t spatial;
  /// Distance in the flat input between neighbours along each spatial dim.
  Shape strides;
};

} // namespace

Positions::Positions(Node &n, const Sliding &s, bool columnMajor)
    : n(n), s(s), spatial(s.kernel.size()), strides(spatial, 1) {
  ArrayRef<int64_t> in = n.shape(0).drop_front(2);
  for (size_t i = 0; i + 1 < spatial; ++i) {
    if (columnMajor)
      strides[i + 1] = strides[i] * in[i];
    else
      strides[spatial - 2 - i] = strides[spatial - 1 - i] * in[spatial - 1 - i];
  }
}

/// The input with the least number in place of pads.
Value Positions::padded() const {
  const int64_t rank = n.rank(0);
  Shape low(rank, 0), high(rank, 0);
  for (size_t i = 0; i < spatial; ++i) {
    low[2 + i] = s.low[i];
    high[2 + i] = s.high[i];
  }
  return n.b.pad(n.input(0), lowest(n, n.element(0)), low, high,
                 Shape(rank, 0));
}

/// Element \p at of all windows.
Value Positions::tap(Value input, ArrayRef<int64_t> at) const {
  const int64_t rank = n.rank(0);
  Shape starts(rank, 0), sizes(n.shape(0)), steps(rank, 1);
  for (size_t i = 0; i < spatial; ++i) {
    starts[2 + i] = at[i] * s.dilations[i];
    sizes[2 + i] = s.out[i];
    steps[2 + i] = s.out[i] == 1 ? 1 : s.strides[i];
  }
  return n.b.slice(input, starts, sizes, steps);
}

Value Positions::make() {
  const int64_t rank = n.rank(0);
  ArrayRef<int64_t> in = n.shape(0);
  Value input = padded();
  SmallVector<Value> operands;
  SmallVector<int64_t> offsets; // of each tap from its window's first element
  Shape at(spatial, 0);
  for (int64_t i = 0, taps = product(s.kernel); i < taps; ++i) {
    int64_t rest = i, offset = 0;
    for (size_t d = spatial; d-- > 0; rest /= s.kernel[d]) {
      at[d] = rest % s.kernel[d];
      offset += at[d] * s.dilations[d] * strides[d];
    }
    operands.push_back(tap(input, at));
    offsets.push_back(offset);
  }
  const size_t taps = operands.size();
  operands.push_back(iota(n, rank, 0, in[0]));
  operands.push_back(iota(n, rank, 1, in[1]));
  for (size_t d = 0; d < spatial; ++d)
    operands.push_back(iota(n, rank, static_cast<int64_t>(d) + 2, s.out[d]));

  const int64_t plane = product(in.drop_front(2));
  return n.b.map(operands, [&](ScalarBuilder &b, ValueRange x) {
    const Type i64 = x.back().getType();
    auto number = [&](int64_t value) { return b.number(value, i64); };
    Value first = b.add(b.mul(x[taps], number(in[1] * plane)),
                        b.mul(x[taps + 1], number(plane)));
    for (size_t d = 0; d < spatial; ++d) {
      Value place =
          b.sub(b.mul(x[taps + 2 + d], number(s.strides[d])), number(s.low[d]));
      first = b.add(first, b.mul(place, number(strides[d])));
    }
    Value best = x[0], offset = number(offsets[0]);
    for (size_t i = 1; i < taps; ++i) {
      Value greater = b.op(K::gt, {x[i], best});
      best = b.select(greater, x[i], best);
      offset = b.select(greater, number(offsets[i]), offset);
    }
    return b.add(first, offset);
  });
}

static LogicalResult importMaxPool(Node &n) {
  const int64_t order = n.intAttr("storage_order", 0);
  n.check(order == 0 || order == 1,
          "attribute 'storage_order' needs to be 0 or 1, but got " +
              Twine(order));
  const Sliding s = readPool(n);
  if (n.failed() ||
      !n.check(n.dtype(0) != DType::boolean, "input 0 needs to hold numbers"))
    return llvm::failure();
  SmallVector<Value> results{
      n.b.window(ReduceKind::max, n.input(0), windowOf(s))};
  if (n.wantsOutput(1)) {
    int64_t taps = 1;
    for (int64_t size : s.kernel)
      if (llvm::MulOverflow(taps, size, taps) || taps > mostTaps)
        return n.unsupported("Indices are supported for windows of up to " +
                             Twine(mostTaps) + " elements, but got " +
                             shapeString(s.kernel));
    results.push_back(Positions(n, s, order == 1).make());
  }
  return n.results(results);
}

/// Puts elements where indices say; zeros elsewhere.
static LogicalResult importMaxUnpool(Node &n) {
  if (!n.checkRank(0, 3))
    return llvm::failure();
  ArrayRef<int64_t> in = n.shape(0);
  const size_t spatial = in.size() - 2;
  const Sliding s = readKernel(n, spatial, nullptr);
  const Shape pads = readSizes(n, "pads", 2 * spatial, 0, 0);
  Shape shape(in.take_front(2));
  for (size_t i = 0; i < spatial && !n.failed(); ++i) {
    shape.push_back((in[2 + i] - 1) * s.strides[i] + s.kernel[i] - pads[i] -
                    pads[spatial + i]);
    n.atLeast(shape.back(), 0, "dim " + Twine(i + 2) + " of the result");
  }
  if (n.failed() || !n.checkShape(shape) ||
      !n.check(n.dtype(1) == DType::i64 && n.shape(1) == in,
               "input 1 needs to be int64 of shape " + shapeString(in) +
                   ", but is " + typeString(n.dtype(1), n.shape(1))))
    return llvm::failure();
  const int64_t count = product(in);
  Value zeros = n.b.splat(int64_t{0}, n.element(0), {product(shape)});
  Value flat = n.b.scatter(prim::ScatterKind::assign, zeros,
                           n.b.reshape(n.input(1), {count}),
                           n.b.reshape(n.input(0), {count}));
  Value result = n.b.reshape(flat, shape);
  if (!n.hasInput(2))
    return n.result(result);
  // Indices count in the shape without output_shape, as in the test data of
  // ONNX (ONNX Runtime counts in output_shape); the rest of a larger shape is
  // 0.
  const SmallVector<int64_t> wanted = n.intsInput(2, "output_shape");
  if (n.failed() || !n.checkShape(wanted))
    return llvm::failure();
  const Shape none(shape.size(), 0);
  Shape high(none);
  bool fits = wanted.size() == shape.size();
  for (size_t i = 0; fits && i < shape.size(); ++i) {
    high[i] = wanted[i] - shape[i];
    fits = high[i] >= 0 && (i >= 2 || high[i] == 0);
  }
  if (!n.check(fits, "output_shape " + shapeString(wanted) +
                         " does not hold the result's own shape, " +
                         shapeString(shape)))
    return llvm::failure();
  return n.result(
      n.b.pad(result, n.b.splat(int64_t{0}, n.element(0)), none, high, none));
}

ArrayRef<OpRow> importer::maxPoolRows() {
  static constexpr OpRow rows[] = {
      {"MaxPool", 1, 1, importMaxPool},
      {"MaxPool", 8, 1, importMaxPool,
       "Indices for windows of up to 256 elements", 2},
      {"MaxUnpool", 9, {2, 3}, importMaxUnpool},
  };
  return rows;
}
