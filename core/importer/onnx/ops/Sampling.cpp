// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads images between their elements.

#include "core/importer/onnx/ops/Sampling.h"

using namespace glowplug;
using namespace glowplug::importer;

using K = ScalarKind;

Images importer::imagesOf(Node &n, Value x) {
  const Shape shape(prim::shapeOf(x));
  Shape order = iotaDims(static_cast<int64_t>(shape.size()));
  std::rotate(order.begin() + 1, order.begin() + 2, order.end());
  const int64_t elements =
      shape[0] * product(ArrayRef<int64_t>(shape).drop_front(2));
  return {n.b.reshape(n.b.transpose(x, order), {elements, shape[1]}),
          Shape(ArrayRef<int64_t>(shape).drop_front(2))};
}

SmallVector<Tap> importer::linearTaps(ScalarBuilder &s, Value x) {
  Value one = s.number(1.0, x.getType());
  Value base = s.op(K::floor, x), rest = s.sub(x, base);
  return {{s.sub(one, rest), base}, {rest, s.add(base, one)}};
}

Value importer::isWithin(ScalarBuilder &s, Value x, int64_t size) {
  const Type type = x.getType();
  Value low = s.op(K::ge, {x, s.number(int64_t{0}, type)});
  Value high = s.op(K::le, {x, s.number(size - 1, type)});
  return s.cast(s.op(K::bit_and, {low, high}), type);
}

/// A whole number within an axis, whatever \p x is.
static Value toIndex(ScalarBuilder &s, Value x, int64_t size) {
  const Type type = x.getType();
  Value inside =
      s.min(s.max(x, s.number(int64_t{0}, type)), s.number(size - 1, type));
  return s.cast(inside, s.builder.getI64Type());
}

namespace {

/// One combination of taps: one per axis.
struct Corner {
  ArrayRef<int64_t> sizes;
  SmallVector<size_t> taps;
  TapsFunction function;

  Tap along(ScalarBuilder &s, ValueRange places, size_t axis) const {
    return function(s, axis, places[axis])[taps[axis]];
  }
  Value weight(ScalarBuilder &s, ValueRange places) const {
    Value result;
    for (size_t axis = 0; axis < taps.size(); ++axis) {
      Value next = along(s, places, axis).weight;
      result = result ? s.mul(result, next) : next;
    }
    return result;
  }
  /// The row of the element; the number of the image comes after the
  /// coordinates.
  Value row(ScalarBuilder &s, ValueRange places) const {
    Value result = places[taps.size()];
    for (size_t axis = 0; axis < taps.size(); ++axis) {
      Value size = s.number(sizes[axis], result.getType());
      Value index = toIndex(s, along(s, places, axis).position, sizes[axis]);
      result = s.add(s.mul(result, size), index);
    }
    return result;
  }
};

} // namespace

Value importer::sample(Node &n, const Images &images, ValueRange coordinates,
                       Value image, size_t tapsPerAxis, TapsFunction taps,
                       ReduceKind kind) {
  const size_t axes = images.sizes.size();
  SmallVector<Value> places(coordinates);
  places.push_back(image);
  size_t corners = 1;
  for (size_t axis = 0; axis < axes; ++axis)
    corners *= tapsPerAxis;
  Value result;
  for (size_t i = 0; i < corners; ++i) {
    Corner corner{images.sizes, {}, taps};
    // The last axis changes fastest.
    for (size_t axis = 0, rest = corners / tapsPerAxis, left = i; axis < axes;
         ++axis, left %= rest, rest /= tapsPerAxis)
      corner.taps.push_back(left / rest);
    Value weight = n.b.map(places, [&](ScalarBuilder &s, ValueRange v) {
      return corner.weight(s, v);
    });
    Value rows = n.b.map(places, [&](ScalarBuilder &s, ValueRange v) {
      return corner.row(s, v);
    });
    Value read =
        n.b.gather(images.rows, dropDims(n, rows, {prim::rankOf(rows) - 1}), 0);
    SmallVector<Value> terms{read, weight};
    if (result)
      terms.push_back(result);
    result = n.b.map(terms, [&](ScalarBuilder &s, ValueRange v) {
      Value term = s.mul(s.cast(v[0], v[1].getType()), v[1]);
      if (v.size() < 3)
        return term;
      return kind == ReduceKind::max ? s.max(v[2], term) : s.add(v[2], term);
    });
  }
  return result;
}
