// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Element-wise operators, and chains of them.

#include "core/conformance/graphs/Builder.h"

#include "llvm/ADT/STLExtras.h"

using namespace glowplug;
using namespace glowplug::graphs;

namespace {

using Takes = bool (*)(const Builder &, const Value &);

bool isF(const Builder &, const Value &x) { return isFloat(x.type); }
bool isI(const Builder &, const Value &x) { return isInteger(x.type); }
bool isNumber(const Builder &, const Value &x) {
  return x.type != DType::boolean;
}
bool isBool(const Builder &, const Value &x) {
  return x.type == DType::boolean;
}
bool isAny(const Builder &, const Value &) { return true; }
/// A float that every right kernel has the same bits of: it may be rounded.
bool isExactF(const Builder &, const Value &x) {
  return isFloat(x.type) && x.exact;
}
bool isSigned(const Builder &, const Value &x) {
  return isFloat(x.type) || isSignedInteger(x.type);
}

/// A function of one value whose result has its type.
ElementOp unary(const char *op, Takes takes, bool exact, double weight = 1) {
  return {op, weight, takes, [=](Builder &b, const Value &x) {
            return b.node(op, {x}, x.type, x.shape, {}, exact);
          }};
}

/// The same with float attributes.
ElementOp withAttributes(const char *op, std::vector<const char *> names,
                         bool exactOnly = false) {
  return {op, 0.7, exactOnly ? isExactF : isF, [=](Builder &b, const Value &x) {
            Attributes attributes;
            for (const char *name : names)
              if (b.random.chance(0.6))
                attributes.set(name,
                               static_cast<float>(0.1 + b.random.unit() * 1.5));
            return b.node(op, {x}, x.type, x.shape, attributes, false);
          }};
}

/// x and another operand, in either order where both have one shape.
std::vector<Value> pair(Builder &b, const Value &x, const Value &other) {
  if (b.random.chance(0.3))
    return {other, x};
  return {x, other};
}

ElementOp binary(const char *op, Takes takes, double weight = 1) {
  return {op, weight, takes, [=](Builder &b, const Value &x) {
            return b.node(op, pair(b, x, b.operand(x, x.type)), x.type,
                          x.shape);
          }};
}

ElementOp comparison(const char *op, Takes takes) {
  return {op, 0.6, takes, [=](Builder &b, const Value &x) {
            return b.node(op, pair(b, x, b.operand(x, x.type)), DType::boolean,
                          x.shape);
          }};
}

/// Two or three operands.
ElementOp variadic(const char *op, Takes takes, bool exact) {
  return {op, 0.6, takes, [=](Builder &b, const Value &x) {
            std::vector<Value> operands = pair(b, x, b.operand(x, x.type));
            if (b.random.chance(0.4))
              operands.push_back(b.operand(x, x.type));
            return b.node(op, operands, x.type, x.shape, {}, exact);
          }};
}

/// Integers: no zero among divisors, where ONNX says nothing of them.
Value divisor(Builder &b, const Value &x) {
  return isInteger(x.type) && b.options.strict
             ? b.operand(x, x.type, Fill::between(1, 7))
             : b.operand(x, x.type);
}

Value divide(Builder &b, const Value &x) {
  return b.node("Div", {x, divisor(b, x)}, x.type, x.shape);
}

Value mod(Builder &b, const Value &x) {
  Attributes attributes;
  if (isFloat(x.type) || b.random.chance(0.5))
    attributes.set("fmod", int64_t{1});
  Value other = divisor(b, x);
  // The remainder of what is not exact may be anything.
  if (!other.exact)
    other = b.fresh(x.type, b.broadcastable(x.shape));
  return b.node("Mod", {x, other}, x.type, x.shape, attributes);
}

Value power(Builder &b, const Value &x) {
  if (isFloat(x.type)) {
    const DType type = b.random.chance(0.7) ? x.type : DType::i32;
    return b.node("Pow", {x, b.operand(x, type, Fill::between(-2, 3))}, x.type,
                  x.shape, {}, false);
  }
  const double least = b.options.strict || !isSignedInteger(x.type) ? 0 : -2;
  const double most = b.options.strict ? 1 : 3; // no overflow
  return b.node("Pow", {x, b.operand(x, x.type, Fill::between(least, most))},
                x.type, x.shape);
}

Value clip(Builder &b, const Value &x) {
  const bool isUnsigned = isInteger(x.type) && !isSignedInteger(x.type);
  const double low = isUnsigned ? 1 : -1.0, high = isUnsigned ? 5 : 1.5;
  Value none;
  const int form = static_cast<int>(b.random.below(3));
  std::vector<Value> inputs{x};
  inputs.push_back(form == 1 ? none : b.scalar(x.type, low));
  if (form != 0)
    inputs.push_back(b.scalar(x.type, high));
  return b.node("Clip", inputs, x.type, x.shape);
}

Value prelu(Builder &b, const Value &x) {
  return b.node("PRelu", {x, b.operand(x, x.type)}, x.type, x.shape);
}

Value findInfinities(Builder &b, const Value &x) {
  Attributes attributes;
  if (b.random.chance(0.3))
    attributes.set(b.random.chance(0.5) ? "detect_negative" : "detect_positive",
                   int64_t{0});
  return b.node("IsInf", {x}, DType::boolean, x.shape, attributes);
}

/// Booleans choose; any other value is chosen or not.
Value where(Builder &b, const Value &x) {
  if (x.type == DType::boolean) {
    const DType type = b.type(allTypes());
    Value other = b.operand(x, type);
    return b.node("Where", {x, other, b.fresh(type, b.broadcastable(x.shape))},
                  type, x.shape);
  }
  Value condition = b.operand(x, DType::boolean);
  Value other = b.operand(x, x.type);
  return b.node("Where",
                b.random.chance(0.5) ? std::vector<Value>{condition, x, other}
                                     : std::vector<Value>{condition, other, x},
                x.type, x.shape);
}

Value shift(Builder &b, const Value &x) {
  const double width = dtypeBytes(x.type) * 8;
  const double most = b.options.strict ? width - 1 : width + 2;
  return b.node(
      "BitShift", {x, b.operand(x, x.type, Fill::between(0, most))}, x.type,
      x.shape,
      Attributes().set("direction", b.random.chance(0.5) ? "LEFT" : "RIGHT"));
}

Value gelu(Builder &b, const Value &x) {
  Attributes attributes;
  if (b.random.chance(0.4))
    attributes.set("approximate", "tanh");
  return b.node("Gelu", {x}, x.type, x.shape, attributes, false);
}

Value quantize(Builder &b, const Value &x) {
  const DType type = b.random.pick(
      {DType::u8, DType::i8, DType::u8, DType::i8, DType::u16, DType::i16});
  const bool perAxis = x.rank() >= 1 && b.random.chance(0.3);
  const int64_t axis = perAxis ? b.random.range(0, x.rank() - 1) : 1;
  const Shape shape = perAxis ? Shape{x.shape[axis]} : Shape{};
  Attributes attributes;
  if (perAxis)
    attributes.set("axis", axis);
  return b.node("QuantizeLinear",
                {x, b.fresh(x.type, shape, Fill::between(0.01, 0.2), 0.9),
                 b.fresh(type, shape, Fill::between(0, 9), 0.9)},
                type, x.shape, attributes);
}

Value dequantize(Builder &b, const Value &x) {
  const bool perAxis = x.rank() >= 1 && b.random.chance(0.3);
  const int64_t axis = perAxis ? b.random.range(0, x.rank() - 1) : 1;
  const Shape shape = perAxis ? Shape{x.shape[axis]} : Shape{};
  const DType type =
      b.random.pick({DType::f32, DType::f32, DType::f16, DType::bf16});
  Attributes attributes;
  if (perAxis)
    attributes.set("axis", axis);
  std::vector<Value> inputs{
      x, b.fresh(type, shape, Fill::between(0.01, 0.2), 0.9)};
  if (x.type != DType::i32 && b.random.chance(0.7))
    inputs.push_back(b.fresh(x.type, shape, Fill::between(0, 9), 0.9));
  return b.node("DequantizeLinear", inputs, type, x.shape, attributes);
}

bool isQuantizable(const Builder &, const Value &x) {
  return isFloat(x.type) && x.type != DType::f64;
}
bool isDequantizable(const Builder &, const Value &x) {
  return isInteger(x.type) && dtypeBytes(x.type) <= 4 && x.type != DType::u32;
}
/// ONNX gives Pow these bases.
bool isPowBase(const Builder &, const Value &x) {
  return isFloat(x.type) ? x.exact
                         : x.type == DType::i32 || x.type == DType::i64;
}
bool isShiftable(const Builder &b, const Value &x) {
  return isInteger(x.type) && !(b.options.strict && isSignedInteger(x.type));
}
bool isPReluType(const Builder &, const Value &x) {
  return isFloat(x.type) || (isInteger(x.type) && dtypeBytes(x.type) >= 4);
}
bool isExactNumber(const Builder &, const Value &x) {
  return x.type != DType::boolean && x.exact;
}
bool isEqualType(const Builder &, const Value &x) {
  // Sums that are almost equal are no test of kernels.
  return x.exact;
}

std::vector<ElementOp> unaryOps() {
  return {
      unary("Abs", isNumber, true),
      unary("Neg", isSigned, true),
      unary("Sign", isExactNumber, true),
      unary("Floor", isExactF, true),
      unary("Ceil", isExactF, true),
      unary("Round", isExactF, true),
      unary("Sqrt", isExactF, true),
      unary("Exp", isF, false),
      unary("Log", isExactF, false),
      unary("Erf", isF, false),
      unary("Sin", isF, false, 0.6),
      unary("Cos", isF, false, 0.6),
      unary("Tan", isExactF, false, 0.4),
      unary("Asin", isExactF, false, 0.4),
      unary("Acos", isExactF, false, 0.4),
      unary("Atan", isF, false, 0.5),
      unary("Sinh", isF, false, 0.5),
      unary("Cosh", isF, false, 0.5),
      unary("Tanh", isF, false),
      unary("Asinh", isF, false, 0.5),
      unary("Acosh", isExactF, false, 0.4),
      unary("Atanh", isExactF, false, 0.4),
      unary("Reciprocal", isExactF, true),
      unary("Relu", isSigned, true, 2),
      unary("Sigmoid", isF, false, 2),
      unary("HardSwish", isF, false),
      unary("Softplus", isF, false),
      unary("Softsign", isF, false),
      unary("Mish", isF, false),
      unary("Identity", isAny, true, 0.5),
      unary("Not", isBool, true),
      unary("BitwiseNot", isI, true),
  };
}

std::vector<ElementOp> activations() {
  return {
      withAttributes("LeakyRelu", {"alpha"}),
      withAttributes("Elu", {"alpha"}),
      withAttributes("Celu", {"alpha"}),
      withAttributes("Selu", {"alpha", "gamma"}),
      withAttributes("HardSigmoid", {"alpha", "beta"}),
      withAttributes("ThresholdedRelu", {"alpha"}, /*exactOnly=*/true),
      withAttributes("Shrink", {"lambd", "bias"}, /*exactOnly=*/true),
      {"Gelu", 1, isF, gelu},
      {"Clip", 1.5, isNumber, clip},
      {"PRelu", 1, isPReluType, prelu},
  };
}

std::vector<ElementOp> otherOps() {
  return {
      binary("Add", isNumber, 4),
      binary("Sub", isNumber, 2),
      binary("Mul", isNumber, 3),
      {"Div", 1.5, isExactNumber, divide},
      {"Mod", 0.7, isExactNumber, mod},
      {"Pow", 0.7, isPowBase, power},
      variadic("Max", isNumber, true),
      variadic("Min", isNumber, true),
      variadic("Sum", isF, false),
      variadic("Mean", isF, false),
      comparison("Less", isNumber),
      comparison("LessOrEqual", isNumber),
      comparison("Greater", isNumber),
      comparison("GreaterOrEqual", isNumber),
      comparison("Equal", isEqualType),
      {"IsNaN", 0.7, isF,
       [](Builder &b, const Value &x) {
         return b.node("IsNaN", {x}, DType::boolean, x.shape);
       }},
      {"IsInf", 0.7, isF, findInfinities},
      binary("And", isBool),
      binary("Or", isBool),
      binary("Xor", isBool),
      binary("BitwiseAnd", isI),
      binary("BitwiseOr", isI),
      binary("BitwiseXor", isI),
      {"BitShift", 1, isShiftable, shift},
      {"Where", 1.5, isAny, where},
      {"Cast", 8, isAny,
       [](Builder &b, const Value &x) {
         return addCast(b, x, b.type(allTypes()));
       }},
      {"QuantizeLinear", 2, isQuantizable, quantize},
      {"DequantizeLinear", 2, isDequantizable, dequantize},
  };
}

} // namespace

const std::vector<ElementOp> &graphs::elementOps() {
  static const std::vector<ElementOp> ops = [] {
    std::vector<ElementOp> all = unaryOps();
    for (const auto &more : {activations(), otherOps()})
      all.insert(all.end(), more.begin(), more.end());
    return all;
  }();
  return ops;
}

Value graphs::addCast(Builder &b, const Value &x, DType to) {
  Value from = x;
  if (b.options.strict && isFloat(x.type) && isInteger(to)) {
    const double low = isSignedInteger(to) ? -100 : 0;
    from = b.node("Clip", {x, b.scalar(x.type, low), b.scalar(x.type, 100)},
                  x.type, x.shape);
  }
  return b.node("Cast", {from}, to, x.shape,
                Attributes().set("to", int64_t{onnxOfDType(to)}));
}

Value graphs::addTail(Builder &b, Value x, int length) {
  for (int i = 0; i < length; ++i) {
    double total = 0;
    std::vector<const ElementOp *> fitting;
    for (const ElementOp &op : elementOps())
      if (op.takes(b, x)) {
        // --only picks among tails too, if it names any of these.
        if (!b.allows(op.op))
          continue;
        fitting.push_back(&op);
        total += op.weight;
      }
    if (fitting.empty())
      return x;
    double choice = b.random.unit() * total;
    const ElementOp *chosen = fitting.back();
    for (const ElementOp *op : fitting)
      if ((choice -= op->weight) < 0) {
        chosen = op;
        break;
      }
    x = chosen->make(b, x);
  }
  return x;
}
