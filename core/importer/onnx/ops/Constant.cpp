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
  const SmallVector<int64_t> shape = n.intsInput(0, "input");
  std::optional<Tensor> value = n.storedAttr("value");
  if (!value)
    value = Tensor::scalar(0.0f);
  if (n.failed() || !n.checkShape(shape) ||
      !n.check(value->elementCount() == 1,
               "attribute 'value' needs one element, but is " +
                   value->typeString()))
    return llvm::failure();
  return n.result(filled(n, *value, shape));
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

static LogicalResult importRange(Node &n) {
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
      {"ConstantOfShape", 9, 1, importConstantOfShape, "shape known"},
      {"EyeLike", 9, 1, importEyeLike},
      {"Range", 11, 3, importRange, "inputs known"},
  };
  return rows;
}
