// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tensors that need no input, or only its shape.

#include "core/prim/Constant.h"
#include "core/importer/build/Emit.h"
#include "core/importer/onnx/model/Types.h"
#include "core/importer/onnx/ops/Families.h"
#include "core/support/Convert.h"
#include "core/support/Dispatch.h"

#include <cmath>

using namespace glowplug;
using namespace glowplug::importer;

//===----------------------------------------------------------------------===//
// Constant
//===----------------------------------------------------------------------===//

static LogicalResult importConstant(Node &n) {
  std::optional<Tensor> tensor;
  int given = 0;
  for (const char *name :
       {"value", "value_float", "value_floats", "value_int", "value_ints"})
    given += n.hasAttr(name);
  for (const char *name : {"value_string", "value_strings", "sparse_value"})
    if (n.hasAttr(name))
      return n.unsupported(Twine("attribute '") + name +
                           "' is not supported; supported are dense tensors "
                           "of numbers");
  if (!n.check(given == 1,
               "needs one attribute with a value, but has " + Twine(given)))
    return llvm::failure();

  if (n.hasAttr("value"))
    tensor = n.storedAttr("value");
  else if (n.hasAttr("value_float"))
    tensor = Tensor::scalar(static_cast<float>(n.floatAttr("value_float", 0)));
  else if (n.hasAttr("value_int"))
    tensor = Tensor::scalar(n.intAttr("value_int", 0));
  else if (auto floats = n.floatsAttr("value_floats")) {
    const SmallVector<float> values(floats->begin(), floats->end());
    tensor = Tensor::of<float>({static_cast<int64_t>(values.size())}, values);
  } else if (auto ints = n.intsAttr("value_ints")) {
    tensor = Tensor::of<int64_t>({static_cast<int64_t>(ints->size())}, *ints);
  }
  if (n.failed() || !tensor)
    return n.fail("has no value");
  return n.result(n.constantOf(*tensor));
}

/// A tensor of \p shape filled with the one element of \p element.
static Value filled(Node &n, const Tensor &element, ArrayRef<int64_t> shape) {
  return n.b.broadcast(n.constantOf(element.reshaped({})), shape);
}

static LogicalResult importConstantOfShape(Node &n) {
  const SmallVector<Number> sizes = n.numbersInput(0, "input");
  Shape shape;
  for (const Number &size : sizes)
    if (n.isBounded(size, 0, "input"))
      shape.push_back(size.isKnown() ? size.most
                                     : std::max<int64_t>(size.most, 0));
  std::optional<Tensor> value = n.storedAttr("value");
  if (!value)
    value = Tensor::scalar(0.0f);
  if (n.failed() || !n.checkShape(shape) ||
      !n.check(value->elementCount() == 1,
               "attribute 'value' needs one element, but is " +
                   value->typeString()))
    return llvm::failure();
  return n.result(n.withSizes(filled(n, *value, shape), sizes));
}

//===----------------------------------------------------------------------===//
// EyeLike, Range
//===----------------------------------------------------------------------===//

static LogicalResult importEyeLike(Node &n) {
  const int64_t k = n.intAttr("k", 0);
  Type element = n.element(0);
  if (n.hasAttr("dtype")) {
    const int64_t number = n.intAttr("dtype", 0);
    std::optional<DType> type = dtypeOfOnnx(number);
    if (!type)
      return n.fail(
          "attribute 'dtype' needs to be a type of numbers, but got " +
          onnxTypeName(number));
    element = prim::elementType(n.b.builder.getContext(), *type);
  }
  if (!n.checkRank(0, 2, 2))
    return llvm::failure();
  const int64_t rows = n.shape(0)[0], columns = n.shape(0)[1];
  Value row = iota(n, 2, 0, rows), column = iota(n, 2, 1, columns);
  return n.result(n.b.map({row, column}, [&](ScalarBuilder &s, ValueRange x) {
    // column - row does not overflow, row + k might.
    Value distance = s.sub(x[1], x[0]);
    Value isOne =
        s.op(ScalarKind::eq, {distance, s.number(k, distance.getType())});
    return s.cast(isOne, element);
  }));
}

/// Number of elements from \p start to \p limit; nothing if there are too many
/// to count, or if \p delta is 0 or not a number.
static std::optional<int64_t> rangeSize(double start, double limit,
                                        double delta) {
  const double size = std::ceil((limit - start) / delta);
  if (delta == 0 || !(size < 0x1p31))
    return std::nullopt;
  return size > 0 ? static_cast<int64_t>(size) : 0;
}

static std::optional<int64_t> rangeSize(int64_t start, int64_t limit,
                                        int64_t delta) {
  if (delta == 0)
    return std::nullopt;
  const __int128 distance = __int128(limit) - start;
  const __int128 steps = distance / delta + (distance % delta != 0);
  if (distance == 0 || (distance < 0) != (delta < 0))
    return 0;
  if (steps > (int64_t{1} << 31))
    return std::nullopt;
  return static_cast<int64_t>(steps);
}

/// Integers from computed limits, in steps that are known.
static LogicalResult rangeOfSizes(Node &n) {
  SmallVector<Number> limits;
  for (const char *name : {"start", "limit", "delta"}) {
    const SmallVector<Number> given =
        n.numbersInput(static_cast<unsigned>(limits.size()), name);
    if (n.failed() || !n.check(given.size() == 1,
                               Twine(name) + " needs one element, but has " +
                                   Twine(given.size())))
      return llvm::failure();
    limits.push_back(given.front());
  }
  const Number &start = limits[0], &limit = limits[1];
  if (!limits[2].isKnown()) {
    (void)n.constant(2, "delta");
    return llvm::failure();
  }
  const int64_t delta = limits[2].most;
  const bool rises = delta > 0;
  // From the furthest start to the furthest end.
  const std::optional<int64_t> most =
      rises ? rangeSize(start.least, limit.most, delta)
            : rangeSize(start.most, limit.least, delta);
  if (!most) { // it has no bound
    (void)n.constant(start.isKnown() ? 1 : 0,
                     start.isKnown() ? "limit" : "start");
    return n.fail("cannot make a range in steps of " + Twine(delta));
  }
  if (!n.checkShape({*most}))
    return llvm::failure();
  const Type i64 = n.b.builder.getI64Type();
  SmallVector<Value> ends{n.valueOf(start), n.valueOf(limit)};
  Value count = n.b.map(ends, [&](ScalarBuilder &s, ValueRange v) {
    Value distance = rises ? s.sub(v[1], v[0]) : s.sub(v[0], v[1]);
    const int64_t stride = rises ? delta : -delta;
    Value steps = s.div(s.add(distance, s.number(stride - 1, i64)),
                        s.number(stride, i64));
    return s.op(ScalarKind::max, {steps, s.number(int64_t{0}, i64)});
  });
  Value list = n.b.map({iota(n, 1, 0, *most), ends[0]},
                       [&](ScalarBuilder &s, ValueRange v) {
                         return s.add(v[1], s.mul(v[0], s.number(delta, i64)));
                       });
  return n.result(
      n.withSizes(n.b.cast(list, n.element(0)), Number(0, *most, count)));
}

static LogicalResult importRange(Node &n) {
  if (isInteger(n.dtype(0)) && n.sameType(0, 1) && n.sameType(0, 2) &&
      !(n.knownConstant(0) && n.knownConstant(1) && n.knownConstant(2)))
    return rangeOfSizes(n);

  if (n.opset() >= 27) {
    // Of 16-bit floats only: the type in which elements are computed.
    const int64_t type = n.intAttr("stash_type", 1);
    if (!n.failed() && isHalf(n.dtype(0)) && dtypeOfOnnx(type) != DType::f32)
      return n.unsupported("stash_type " + onnxTypeName(type) +
                           " is not supported; it is supported as float");
  }
  SmallVector<Tensor> limits;
  for (const char *name : {"start", "limit", "delta"}) {
    const auto i = static_cast<unsigned>(limits.size());
    std::optional<Tensor> limit = n.constant(i, name);
    if (!limit || !n.sameType(0, i) ||
        !n.check(limit->elementCount() == 1,
                 Twine("input ") + Twine(i) + " ('" + name +
                     "') needs one element, but is " + limit->typeString()))
      return llvm::failure();
    limits.push_back(*std::move(limit));
  }
  if (!n.check(n.dtype(0) != DType::boolean, "input 0 needs to be a number"))
    return llvm::failure();

  std::optional<int64_t> size;
  std::string text;
  dispatch(n.dtype(0), [&]<typename T>(TypeTag<T>) {
    using Wide = std::conditional_t<std::is_integral_v<T>, int64_t, double>;
    const auto value = [&](size_t i) {
      return convert<Wide>(limits[i].elements<T>()[0]);
    };
    size = rangeSize(value(0), value(1), value(2));
    text = std::to_string(value(0)) + " to " + std::to_string(value(1)) +
           " in steps of " + std::to_string(value(2));
  });
  if (!size)
    return n.fail("cannot make the range " + text);
  if (!n.checkShape({*size}))
    return llvm::failure();
  // start + i * delta, as the operator is defined: not a running sum.
  SmallVector<Value> operands{iota(n, 1, 0, *size), toScalar(n, n.input(0)),
                              toScalar(n, n.input(2))};
  return n.result(n.b.map(operands, [](ScalarBuilder &s, ValueRange x) {
    const Type type = x[1].getType();
    const Type wide = computeType(type);
    Value step = s.mul(s.cast(x[0], wide), s.cast(x[2], wide));
    return s.cast(s.add(s.cast(x[1], wide), step), type);
  }));
}

ArrayRef<OpRow> importer::constantRows() {
  static constexpr OpRow rows[] = {
      {"Constant", 1, 0, importConstant, "dense tensors of numbers"},
      {"ConstantOfShape", 9, 1, importConstantOfShape, "shape bounded"},
      {"EyeLike", 9, 1, importEyeLike},
      {"Range", 11, 3, importRange, "floats known, integers bounded"},
  };
  return rows;
}
