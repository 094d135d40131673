// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operators whose result follows from shapes and constants, and what such a
// result selects.

#include "core/conformance/graphs/Builder.h"

#include "core/support/Convert.h"

#include "llvm/ADT/STLExtras.h"

using namespace glowplug;
using namespace glowplug::graphs;

static Value shapeOp(Builder &b) {
  Value x = b.some(allTypes(), {}, 1);
  if (!x)
    return {};
  int64_t begin = 0, end = x.rank();
  Attributes attributes;
  if (b.random.chance(0.4)) {
    begin = b.random.range(0, x.rank() - 1);
    attributes.set("start", b.random.chance(0.5) ? begin : begin - x.rank());
  }
  if (b.random.chance(0.4)) {
    end = b.random.range(begin + 1, x.rank());
    attributes.set("end", end);
  }
  return b.node("Shape", {x}, DType::i64, {end - begin}, attributes);
}

static Value sizeOp(Builder &b) {
  Value x = b.some(allTypes());
  return x ? b.node("Size", {x}, DType::i64, {}) : Value();
}

static Value constantOfShape(Builder &b) {
  const Shape shape = b.shape(0, 4, 400);
  return b.node("ConstantOfShape", {b.ints(shape)}, DType::f32, shape);
}

static Value eyeLike(Builder &b) {
  Value x = b.some({DType::f32, DType::f64, DType::i32, DType::i64}, {}, 2, 2);
  if (!x)
    return {};
  Attributes attributes;
  if (b.random.chance(0.5))
    attributes.set("k", b.random.range(-2, 2));
  return b.node("EyeLike", {x}, x.type, x.shape, attributes);
}

static Value castLike(Builder &b) {
  Value x = b.some({DType::i8, DType::u8, DType::boolean});
  if (!x)
    return {};
  const DType to = b.type({DType::f32, DType::f16, DType::i32, DType::i64});
  return b.node("CastLike", {x, b.fresh(to, {1})}, to, x.shape);
}

static Value dropout(Builder &b) {
  Value x = b.some(computeTypes());
  return x ? b.node("Dropout", {x}, x.type, x.shape) : Value();
}

static Value range(Builder &b) {
  const DType type = b.random.pick({DType::i32, DType::i64, DType::f32});
  const int64_t count = b.random.range(1, 20), step = b.random.range(1, 3),
                first = b.random.range(-5, 5);
  return b.node("Range",
                {b.scalar(type, static_cast<double>(first)),
                 b.scalar(type, static_cast<double>(first + count * step)),
                 b.scalar(type, static_cast<double>(step))},
                type, {count});
}

static std::function<Value(Builder &)> window(const char *op) {
  return [=](Builder &b) {
    const int64_t size = b.random.range(2, 20);
    Attributes attributes;
    if (b.random.chance(0.5))
      attributes.set("periodic", b.random.range(0, 1));
    return b.node(op, {b.scalar(DType::i64, static_cast<double>(size))},
                  DType::f32, {size}, attributes, false);
  };
}

/// The places that are not 0, of numbers that the compiler knows.
static Value nonZero(Builder &b) {
  const DType type = b.random.pick({DType::f32, DType::i32, DType::boolean});
  const Tensor x =
      makeData(b.random, type, b.shape(1, 3, 60), Fill::between(0, 2), b.style);
  const int64_t count =
      llvm::count_if(toDoubles(x), [](double value) { return value != 0; });
  return b.node("NonZero", {b.constant(x)}, DType::i64,
                {static_cast<int64_t>(x.shape().size()), count});
}

static Value compress(Builder &b) {
  Value x = b.some(
      allTypes(),
      [](const Value &v) { return v.count() != 0 && v.count() <= 4096; }, 1);
  if (!x)
    return {};
  const bool isFlat = b.random.chance(0.3);
  const int64_t axis = b.random.range(0, x.rank() - 1);
  const int64_t size = isFlat ? x.count() : x.shape[axis];
  const Tensor condition =
      makeData(b.random, DType::boolean, {b.random.range(1, size)}, {}, {});
  const int64_t count = llvm::count_if(toDoubles(condition),
                                       [](double value) { return value != 0; });
  Shape result = isFlat ? Shape{count} : x.shape;
  Attributes attributes;
  if (!isFlat) {
    result[axis] = count;
    attributes.set("axis", b.random.chance(0.5) ? axis : axis - x.rank());
  }
  return b.node("Compress", {x, b.constant(condition)}, x.type, result,
                attributes);
}

const std::vector<OpMaker> &graphs::constantOps() {
  static const std::vector<OpMaker> ops = {
      {"Shape", 1, shapeOp},
      {"Size", 0.5, sizeOp},
      {"ConstantOfShape", 0.5, constantOfShape},
      {"EyeLike", 0.7, eyeLike},
      {"CastLike", 0.7, castLike},
      {"Dropout", 0.7, dropout},
      {"Range", 0.7, range},
      {"HannWindow", 0.3, window("HannWindow")},
      {"HammingWindow", 0.3, window("HammingWindow")},
      {"BlackmanWindow", 0.3, window("BlackmanWindow")},
      {"NonZero", 0.7, nonZero},
      {"Compress", 1, compress},
  };
  return ops;
}
