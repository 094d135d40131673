// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Element-wise operators and concatenation on quantised integers, with the
// roundings of ONNX Runtime.

#include "core/graph/Graph.h"
#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/ops/Families.h"
#include "core/importer/onnx/ops/QuantParams.h"
#include "core/prim/Quantized.h"

using namespace glowplug;
using namespace glowplug::importer;

namespace {

/// Operands and result of a binary operator, all of one type.
struct Binary {
  Quantised a, b;
  QuantParams c;
  explicit operator bool() const { return static_cast<bool>(c); }
};

} // namespace

static Binary readBinary(Node &n) {
  Binary result;
  if (!n.sameType(0, 3) || !(result.a = readQuantised(n, 0, "A")) ||
      !(result.b = readQuantised(n, 3, "B")) ||
      !n.broadcast({n.input(0), n.input(3)}))
    return {};
  result.c = readQuantParams(n, 6, "C", n.dtype(0));
  return result;
}

/// One formula over both sides.
static LogicalResult importPair(Node &n, prim::Formula formula) {
  const Binary in = readBinary(n);
  if (!in)
    return llvm::failure();
  return n.result(n.b.map(
      {in.a.data, in.a.scale.value, in.a.zp.value, in.b.data, in.b.scale.value,
       in.b.zp.value, in.c.scale.value, in.c.zp.value},
      [&](ScalarBuilder &s, ValueRange v) {
        return prim::quantizedPair(s, formula, {v[0], {v[1], v[2]}},
                                   {v[3], {v[4], v[5]}}, {v[6], v[7]});
      }));
}

static LogicalResult qLinearAdd(Node &n) {
  return importPair(n, prim::Formula::add);
}

static LogicalResult qLinearMul(Node &n) {
  return importPair(n, prim::Formula::mul);
}

//===----------------------------------------------------------------------===//
// One operand: what the float function gives, quantised
//===----------------------------------------------------------------------===//

static LogicalResult
importFunction(Node &n,
               llvm::function_ref<Value(ScalarBuilder &, Value)> function) {
  const Quantised x = readQuantised(n, 0, "X");
  const QuantParams y =
      x ? readQuantParams(n, 3, "Y", n.dtype(0)) : QuantParams();
  if (!y || n.failed())
    return llvm::failure();
  Value result =
      n.b.map(dequantized(n, x), [&](ScalarBuilder &s, ValueRange v) -> Value {
        return function(s, v[0]);
      });
  return n.result(quantized(n, result, y));
}

static LogicalResult qLinearLeakyRelu(Node &n) {
  const double alpha = n.floatAttr("alpha", 0.01);
  return importFunction(n, [&](ScalarBuilder &s, Value x) {
    Value isNotNegative = s.op(ScalarKind::ge, {x, s.number(0.0, x.getType())});
    return s.select(isNotNegative, x, s.mul(s.number(alpha, x.getType()), x));
  });
}

static LogicalResult qLinearSigmoid(Node &n) {
  return importFunction(
      n, [](ScalarBuilder &s, Value x) { return sigmoid(s, x); });
}

static LogicalResult qLinearSoftmax(Node &n) {
  const int64_t version = n.requiredInt("opset");
  const Quantised x = readQuantised(n, 0, "X");
  const QuantParams y =
      x ? readQuantParams(n, 3, "Y", n.dtype(0)) : QuantParams();
  if (!y)
    return llvm::failure();
  ArrayRef<int64_t> shape = n.shape(0);
  const int64_t rank = n.rank(0);
  const int64_t axis = n.axis(n.intAttr("axis", version < 13 ? 1 : -1), rank);
  if (n.failed())
    return llvm::failure();
  Value input = dequantized(n, x);
  int64_t dim = axis;
  // Through version 12 the dims from the axis on count as one.
  if (version < 13) {
    input = n.b.reshape(input, {product(shape.take_front(axis)),
                                product(shape.drop_front(axis))});
    dim = 1;
  }
  Value softmax = n.b.builder.create<graph::SoftmaxOp>(n.b.loc, input, dim);
  return n.result(quantized(n, n.b.reshape(softmax, shape), y));
}

//===----------------------------------------------------------------------===//
// Movement: every input takes on the parameters of the result
//===----------------------------------------------------------------------===//

/// Whether the parameters are known and alike.
static bool areAlike(const ParamInput &a, const ParamInput &b) {
  return a.known && b.known && a.known->bytes() == b.known->bytes();
}

/// \p x with the parameters of \p result.
static Value requantized(Node &n, const Quantised &x,
                         const QuantParams &result) {
  // The round trip is exact.
  if (areAlike(x.scale, result.scale) && areAlike(x.zp, result.zp))
    return x.data;
  return quantized(n, dequantized(n, x), result);
}

/// Inputs: y_scale, y_zero_point; then tensor, scale and zero point of each.
static LogicalResult qLinearConcat(Node &n) {
  if (!n.check(n.numInputs() >= 5 && n.numInputs() % 3 == 2,
               "needs 2 inputs and 3 for each tensor, but has " +
                   Twine(n.numInputs())) ||
      !isEightBits(n, 1, "Y_zero_point"))
    return llvm::failure();
  const QuantParams y = readQuantParams(n, 0, "Y", n.dtype(1));
  const int64_t axis = n.axis(n.requiredInt("axis"), n.rank(2));
  if (!y || n.failed())
    return llvm::failure();
  SmallVector<Value> parts;
  Shape shape(n.shape(2));
  shape[axis] = 0;
  for (unsigned i = 2; i < n.numInputs(); i += 3) {
    const std::string name = "input " + std::to_string(i);
    const Quantised part = readQuantised(n, i, name);
    if (!part ||
        !n.check(n.dtype(i) == n.dtype(1),
                 name + " needs to be " + dtypeName(n.dtype(1)) +
                     " as Y_zero_point, but is " + dtypeName(n.dtype(i))))
      return llvm::failure();
    Shape expected = shape;
    bool fits = n.rank(i) == static_cast<int64_t>(shape.size());
    if (fits) {
      expected[axis] = n.shape(i)[axis];
      fits = n.shape(i) == ArrayRef(expected);
    }
    if (!n.check(fits, "inputs 2 and " + Twine(i) +
                           " differ in more than axis " + Twine(axis) + ": " +
                           shapeString(n.shape(2)) + " and " +
                           shapeString(n.shape(i))))
      return llvm::failure();
    shape[axis] += n.shape(i)[axis];
    if (!n.checkShape(shape))
      return llvm::failure();
    parts.push_back(requantized(n, part, y));
  }
  return n.result(n.b.concat(parts, axis));
}

static LogicalResult qLinearWhere(Node &n) {
  if (!n.check(n.dtype(0) == DType::boolean,
               "condition needs to be bool, but is " + dtypeName(n.dtype(0))) ||
      !n.sameType(1, 4))
    return llvm::failure();
  const Quantised x = readQuantised(n, 1, "X");
  const Quantised y = x ? readQuantised(n, 4, "Y") : Quantised();
  const QuantParams z =
      y ? readQuantParams(n, 7, "Z", n.dtype(1)) : QuantParams();
  if (!z || !n.broadcast({n.input(0), n.input(1), n.input(4)}))
    return llvm::failure();
  Value yes = requantized(n, x, z), no = requantized(n, y, z);
  return n.result(n.b.map(ScalarKind::select, {n.input(0), yes, no}));
}

ArrayRef<OpRow> importer::quantizedElementwiseRows() {
  constexpr llvm::StringLiteral microsoft = "com.microsoft";
  static constexpr OpRow rows[] = {
      {"QLinearAdd", 1, {7, 8}, qLinearAdd, "", 1, microsoft},
      {"QLinearConcat", 1, {5, anyNumber}, qLinearConcat, "", 1, microsoft},
      {"QLinearLeakyRelu", 1, {4, 5}, qLinearLeakyRelu, "", 1, microsoft},
      {"QLinearMul", 1, {7, 8}, qLinearMul, "", 1, microsoft},
      {"QLinearSigmoid", 1, {4, 5}, qLinearSigmoid, "", 1, microsoft},
      {"QLinearSoftmax", 1, {4, 5}, qLinearSoftmax, "", 1, microsoft},
      {"QLinearWhere", 1, {8, 9}, qLinearWhere, "", 1, microsoft},
  };
  return rows;
}
