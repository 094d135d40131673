// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Quantisation, and the operators on quantised integers, as exact arithmetic
// over primitives.

#include "core/importer/ops/Conv.h"
#include "core/importer/ops/Families.h"
#include "core/importer/ops/Products.h"

#include <cmath>

using namespace glowplug;
using namespace glowplug::importer;

/// A scale or zero point: one for all, or one per size of \p axis, in the
/// shape that broadcasts to a tensor of rank \p rank. Null when it failed.
static Value alongAxis(Node &node, unsigned i, StringRef name, int64_t axis,
                       ArrayRef<int64_t> data) {
  ArrayRef<int64_t> shape = node.shape(i);
  const int64_t count = shape.empty() ? 1 : shape[0];
  if (!node.checkRank(i, 0, 1))
    return {};
  if (shape.empty() || count == 1)
    return node.b.reshape(node.input(i), Shape(data.size(), 1));
  if (!node.check(axis < static_cast<int64_t>(data.size()) &&
                      count == data[axis],
                  name + " needs 1 entry or one per element of axis " +
                      Twine(axis) + ", but has " + Twine(count)))
    return {};
  Shape spread(data.size(), 1);
  spread[axis] = count;
  return node.b.reshape(node.input(i), spread);
}

/// A scale that is known is finite and above 0.
static bool checkScale(Node &node, unsigned i, StringRef name) {
  if (!node.isFloat(i))
    return false;
  std::optional<Tensor> scale = node.knownConstant(i);
  if (!scale)
    return true;
  for (double value : toDoubles(*scale))
    if (!node.check(std::isfinite(value) && value > 0,
                    name + " needs to be finite and above 0, but is " +
                        std::to_string(value)))
      return false;
  return true;
}

/// The axis of a per-axis form, which came with version 13.
static int64_t readAxis(Node &node) {
  if (node.opset() < 13)
    return 0;
  const int64_t given = node.intAttr("axis", 1);
  const int64_t rank = node.rank(0);
  // A tensor of rank 0 or 1 with one scale for all needs no valid axis.
  return rank <= 1 && given == 1 ? 0 : node.axis(given, rank);
}

/// Attributes of later versions, in the forms that are supported.
static bool readLaterAttributes(Node &node) {
  if (node.opset() >= 19)
    node.ignoreAttr("saturate"); // speaks of 8-bit floats only
  if (node.opset() >= 21 && node.intAttr("block_size", 0) != 0) {
    (void)node.unsupported("block_size is not supported");
    return false;
  }
  return true;
}

static LogicalResult quantizeLinear(Node &node) {
  const int64_t axis = readAxis(node);
  if (!readLaterAttributes(node) || !checkScale(node, 1, "y_scale"))
    return llvm::failure();
  if (node.opset() >= 21)
    if (const int64_t type = node.intAttr("output_dtype", 0); type != 0)
      if (!node.hasInput(2))
        return node.unsupported("output_dtype without y_zero_point is not "
                                "supported");
  PrimBuilder &b = node.b;
  ArrayRef<int64_t> data = node.shape(0);
  Value scale = alongAxis(node, 1, "y_scale", axis, data);
  if (!scale)
    return llvm::failure();
  const DType zpType = node.hasInput(2) ? node.dtype(2) : DType::u8;
  if (!node.check(isInteger(zpType) && dtypeBytes(zpType) <= 2,
                  "y_zero_point needs to be an integer of 8 or 16 bits, but "
                  "is " +
                      dtypeName(zpType)))
    return llvm::failure();
  Value zp = node.hasInput(2)
                 ? alongAxis(node, 2, "y_zero_point", axis, data)
                 : b.splat(int64_t(0), b.builder.getIntegerType(8, false),
                           Shape(data.size(), 1));
  if (!zp)
    return llvm::failure();
  Value x = b.cast(node.input(0), prim::elementOf(scale));
  return node.result(b.map({x, scale, zp}, [](ScalarBuilder &s, ValueRange v) {
    return s.quantize(v[0], v[1], v[2]);
  }));
}

static LogicalResult dequantizeLinear(Node &node) {
  const int64_t axis = readAxis(node);
  if (!readLaterAttributes(node) || !checkScale(node, 1, "x_scale"))
    return llvm::failure();
  ArrayRef<int64_t> data = node.shape(0);
  if (!node.check(isInteger(node.dtype(0)),
                  "x needs to be integers, but is " + dtypeName(node.dtype(0))))
    return llvm::failure();
  PrimBuilder &b = node.b;
  Value scale = alongAxis(node, 1, "x_scale", axis, data);
  if (!scale || (node.hasInput(2) && !node.sameType(0, 2)))
    return llvm::failure();
  Value zp = node.hasInput(2)
                 ? alongAxis(node, 2, "x_zero_point", axis, data)
                 : b.splat(int64_t(0), node.element(0), Shape(data.size(), 1));
  if (!zp)
    return llvm::failure();
  return node.result(
      b.map({node.input(0), scale, zp}, [](ScalarBuilder &s, ValueRange v) {
        return s.dequantize(v[0], v[1], v[2]);
      }));
}

/// The range of x, extended to hold 0, becomes 0 to 255.
static LogicalResult dynamicQuantizeLinear(Node &node) {
  if (!node.check(node.dtype(0) == DType::f32,
                  "x needs to be f32, but is " + dtypeName(node.dtype(0))) ||
      !node.check(product(node.shape(0)) > 0, "x is empty"))
    return llvm::failure();
  PrimBuilder &b = node.b;
  const Type f32 = b.builder.getF32Type();
  const Type u8 = b.builder.getIntegerType(8, false);
  Value flat = b.reshape(node.input(0), {product(node.shape(0))});
  Value low = b.reduce(ReduceKind::min, flat, {0});
  Value high = b.reduce(ReduceKind::max, flat, {0});
  auto extended = [&](ScalarBuilder &s, ValueRange v) {
    Value zero = s.number(0.0, f32);
    return std::pair(s.min(v[0], zero), s.max(v[1], zero));
  };
  Value scale = b.map({low, high}, [&](ScalarBuilder &s, ValueRange v) {
    auto [least, most] = extended(s, v);
    Value range = s.sub(most, least);
    // All zeros: any scale will do, but not 0.
    Value isZero = s.op(ScalarKind::eq, {range, s.number(0.0, f32)});
    return s.select(isZero, s.number(1.0, f32),
                    s.div(range, s.number(255.0, f32)));
  });
  Value zp = b.map({low, high, scale}, [&](ScalarBuilder &s, ValueRange v) {
    auto [least, most] = extended(s, v);
    Value exact = s.div(s.sub(s.number(0.0, f32), least), v[2]);
    Value clamped =
        s.min(s.max(exact, s.number(0.0, f32)), s.number(255.0, f32));
    return s.cast(s.op(ScalarKind::round_even, {clamped}), u8);
  });
  Value y =
      b.map({node.input(0), scale, zp}, [](ScalarBuilder &s, ValueRange v) {
        return s.quantize(v[0], v[1], v[2]);
      });
  return node.results({y, b.reshape(scale, {}), b.reshape(zp, {})});
}

//===----------------------------------------------------------------------===//
// Contractions of integers: operands less their zero points, in i32
//===----------------------------------------------------------------------===//

static bool isEightBits(Node &node, unsigned i, StringRef name) {
  const DType type = node.dtype(i);
  return node.check(type == DType::i8 || type == DType::u8,
                    name + " needs to be i8 or u8, but is " + dtypeName(type));
}

/// Input \p i less its zero point, as i32. Null when it failed.
static Value centered(Node &node, unsigned i, unsigned zp, int64_t axis,
                      StringRef name) {
  if (!isEightBits(node, i, name))
    return {};
  PrimBuilder &b = node.b;
  const Type i32 = b.builder.getI32Type();
  if (!node.hasInput(zp))
    return b.cast(node.input(i), i32);
  if (!node.sameType(i, zp))
    return {};
  Value zero =
      alongAxis(node, zp, (name + " zero point").str(), axis, node.shape(i));
  if (!zero)
    return {};
  return b.map({node.input(i), zero}, [&](ScalarBuilder &s, ValueRange v) {
    return s.sub(s.cast(v[0], i32), s.cast(v[1], i32));
  });
}

/// Inputs \p a and \p b less their zero points, multiplied. Null when it
/// failed.
static Value integerMatMul(Node &node, unsigned a, unsigned aZp, unsigned b,
                           unsigned bZp) {
  const auto shape = productShape(node, node.shape(a), node.shape(b));
  if (!shape)
    return {};
  Value lhs =
      centered(node, a, aZp, std::max<int64_t>(node.rank(a) - 2, 0), "A");
  Value rhs = lhs ? centered(node, b, bZp, node.rank(b) - 1, "B") : Value();
  if (!rhs)
    return {};
  return multiply(node, lhs, rhs, *shape,
                  [&](Value l, Value r) { return node.b.matmul(l, r); });
}

static LogicalResult matMulInteger(Node &node) {
  Value product = integerMatMul(node, 0, 2, 1, 3);
  return product ? node.result(product) : llvm::failure();
}

/// ONNX Runtime's formula: the accumulator, rounded to f32, times
/// (a_scale * b_scale) / y_scale in f32; then rounded half to even.
static Value requantize(Node &node, Value acc, Value aScale, Value bScale,
                        Value yScale, Value zp) {
  const Type f32 = node.b.builder.getF32Type();
  Value scale =
      node.b.map({aScale, bScale, yScale}, [](ScalarBuilder &s, ValueRange v) {
        return s.div(s.mul(v[0], v[1]), v[2]);
      });
  return node.b.map({acc, scale, zp}, [&](ScalarBuilder &s, ValueRange v) {
    Value scaled = s.mul(s.cast(v[0], f32), v[1]);
    return s.quantize(scaled, s.number(1.0, f32), v[2]);
  });
}

static LogicalResult qLinearMatMul(Node &node) {
  for (unsigned i : {1u, 4u, 6u})
    if (!checkScale(node, i,
                    i == 1   ? "a_scale"
                    : i == 4 ? "b_scale"
                             : "y_scale"))
      return llvm::failure();
  Value acc = integerMatMul(node, 0, 2, 3, 5);
  if (!acc || !isEightBits(node, 7, "y_zero_point"))
    return llvm::failure();
  Shape shape(prim::shapeOf(acc));
  const int64_t rank = shape.size();
  Value aScale = alongAxis(node, 1, "a_scale", rank - 2, shape);
  Value bScale =
      aScale ? alongAxis(node, 4, "b_scale", rank - 1, shape) : Value();
  Value yScale =
      bScale ? alongAxis(node, 6, "y_scale", rank - 2, shape) : Value();
  Value zp =
      yScale ? alongAxis(node, 7, "y_zero_point", rank - 2, shape) : Value();
  if (!zp)
    return llvm::failure();
  return node.result(requantize(node, acc, aScale, bScale, yScale, zp));
}

/// Input \p x and weights \p w less their zero points, convolved. The pads are
/// zeros after the subtraction, so they count as the zero point.
static Value integerConv(Node &node, unsigned x, unsigned xZp, unsigned w,
                         unsigned wZp) {
  const auto attributes = readConv(node, node.shape(x), node.shape(w));
  if (!attributes)
    return {};
  if (node.hasInput(xZp) && !node.check(product(node.shape(xZp)) == 1,
                                        "the zero point of x needs 1 entry"))
    return {};
  Value input = centered(node, x, xZp, 1, "x");
  Value weights = input ? centered(node, w, wZp, 0, "w") : Value();
  return weights ? node.b.conv(input, weights, *attributes) : Value();
}

static LogicalResult convInteger(Node &node) {
  Value acc = integerConv(node, 0, 2, 1, 3);
  return acc ? node.result(acc) : llvm::failure();
}

static LogicalResult qLinearConv(Node &node) {
  for (unsigned i : {1u, 4u, 6u})
    if (!checkScale(node, i,
                    i == 1   ? "x_scale"
                    : i == 4 ? "w_scale"
                             : "y_scale"))
      return llvm::failure();
  Value acc = integerConv(node, 0, 2, 3, 5);
  if (!acc || !isEightBits(node, 7, "y_zero_point"))
    return llvm::failure();
  Shape shape(prim::shapeOf(acc));
  if (node.hasInput(8)) {
    if (!node.check(node.dtype(8) == DType::i32 &&
                        node.shape(8) == ArrayRef<int64_t>{shape[1]},
                    "B needs to be i32 with one entry per output channel"))
      return llvm::failure();
    Shape perChannel(shape.size(), 1);
    perChannel[1] = shape[1];
    acc = node.b.add(acc, node.b.reshape(node.input(8), perChannel));
  }
  Value xScale = alongAxis(node, 1, "x_scale", 1, shape);
  Value wScale = xScale ? alongAxis(node, 4, "w_scale", 1, shape) : Value();
  Value yScale = wScale ? alongAxis(node, 6, "y_scale", 1, shape) : Value();
  Value zp = yScale ? alongAxis(node, 7, "y_zero_point", 1, shape) : Value();
  if (!zp)
    return llvm::failure();
  return node.result(requantize(node, acc, xScale, wScale, yScale, zp));
}

ArrayRef<OpRow> importer::quantizeRows() {
  static const OpRow rows[] = {
      {"ConvInteger", 10, {2, 4}, convInteger},
      {"DequantizeLinear", 10, {2, 3}, dequantizeLinear},
      {"DynamicQuantizeLinear", 11, 1, dynamicQuantizeLinear, "", 3},
      {"MatMulInteger", 10, {2, 4}, matMulInteger},
      {"QLinearConv", 10, {8, 9}, qLinearConv},
      {"QLinearMatMul", 10, 8, qLinearMatMul},
      {"QuantizeLinear", 10, {2, 3}, quantizeLinear},
  };
  return rows;
}
