// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Arithmetic on elements.

#include "core/importer/build/Emit.h"
#include "core/importer/onnx/ops/Families.h"

using namespace glowplug;
using namespace glowplug::importer;

/// All inputs have one element type, and it is not boolean.
static bool checkNumbers(Node &n) {
  for (unsigned i = 0; i < n.numInputs() && !n.failed(); ++i) {
    n.check(n.hasInput(i), "input " + Twine(i) + " is missing");
    if (n.failed())
      break;
    n.sameType(0, i);
    n.check(n.dtype(i) != DType::boolean,
            "input " + Twine(i) + " needs to hold numbers, but is " +
                typeString(n.dtype(i), n.shape(i)));
  }
  return !n.failed();
}

/// One scalar op of one operand; \p floatsOnly as the operator says.
template <ScalarKind kind, bool floatsOnly>
static LogicalResult importUnary(Node &n) {
  n.ignoreAttr("consumed_inputs");
  if (!checkNumbers(n) || (floatsOnly && !n.isFloat(0)))
    return llvm::failure();
  return n.result(n.b.map(kind, n.input(0)));
}

template <ScalarKind kind>
static LogicalResult importBinary(Node &n) {
  if (!checkNumbers(n) || !n.broadcast(n.inputs()))
    return llvm::failure();
  return n.result(n.b.map(kind, n.inputs()));
}

/// Max, Min, Sum and Mean: any number of inputs.
template <ScalarKind kind, bool mean>
static LogicalResult importVariadic(Node &n) {
  n.ignoreAttr("consumed_inputs");
  if (!checkNumbers(n) || !n.broadcast(n.inputs()))
    return llvm::failure();
  const SmallVector<Value> inputs = n.inputs();
  if (inputs.size() == 1)
    return n.result(inputs.front());
  // The most operands at a time: the scalars of a map are numbered in 16 bits.
  constexpr size_t most = 128;
  const Type element = n.element(0);
  // Many rounded sums add up; the extremes are exact.
  const Type wide = kind == ScalarKind::add ? computeType(element) : element;
  Value result;
  for (ArrayRef<Value> rest = inputs; !rest.empty();) {
    SmallVector<Value> operands(rest.take_front(most));
    rest = rest.drop_front(operands.size());
    if (result)
      operands.push_back(result);
    result = n.b.map(operands, [&](ScalarBuilder &s, ValueRange x) {
      Value sum = s.cast(x[0], wide);
      for (Value next : x.drop_front())
        sum = s.op(kind, {sum, s.cast(next, wide)});
      if (!rest.empty())
        return sum;
      if (mean)
        sum = s.div(sum, s.number(static_cast<double>(inputs.size()), wide));
      return s.cast(sum, element);
    });
  }
  return n.result(result);
}

static LogicalResult importReciprocal(Node &n) {
  n.ignoreAttr("consumed_inputs");
  if (!n.isFloat(0))
    return llvm::failure();
  return n.result(n.b.map(n.input(0), [](ScalarBuilder &s, ValueRange x) {
    return s.div(s.number(1.0, x[0].getType()), x[0]);
  }));
}

static LogicalResult importMod(Node &n) {
  const bool isC = n.flagAttr("fmod");
  const bool isReal = isFloat(n.dtype(0));
  if (!checkNumbers(n) || !n.broadcast(n.inputs()) ||
      !n.check(isC || !isReal || n.opset() >= 28,
               "attribute 'fmod' needs to be 1 for floats before version 28, "
               "but got 0"))
    return llvm::failure();
  if (isC || !(isReal || isSignedInteger(n.dtype(0))))
    return n.result(n.b.map(ScalarKind::rem, n.inputs()));
  // The sign of the divisor, of a float's zero as well.
  return n.result(n.b.map(n.inputs(), [&](ScalarBuilder &s, ValueRange x) {
    Value zero = s.number(int64_t{0}, x[0].getType());
    Value rem = s.op(ScalarKind::rem, {x[0], x[1]});
    Value isNegative = s.op(ScalarKind::lt, {x[1], zero});
    Value differs =
        s.op(ScalarKind::ne, {s.op(ScalarKind::lt, {rem, zero}), isNegative});
    Value isZero = s.op(ScalarKind::eq, {rem, zero});
    Value result = s.select(differs, s.add(rem, x[1]), rem);
    Value nothing =
        isReal ? s.select(isNegative, s.op(ScalarKind::neg, zero), zero) : zero;
    return s.select(isZero, nothing, result);
  }));
}

/// Base and exponent may differ in type; the result has the base's.
static LogicalResult importPow(Node &n) {
  if (!n.broadcast({n.input(0), n.input(1)}) ||
      !n.check(n.dtype(0) != DType::boolean && n.dtype(1) != DType::boolean,
               "inputs need to hold numbers"))
    return llvm::failure();
  const Type base = n.element(0), exponent = n.element(1);
  Type common = computeType(base);
  if (base != exponent && isInteger(n.dtype(0)))
    common = isFloat(n.dtype(1)) ? Type(n.b.builder.getF64Type())
                                 : Type(n.b.builder.getI64Type());
  return n.result(
      n.b.map({n.input(0), n.input(1)}, [&](ScalarBuilder &s, ValueRange x) {
        Value power =
            s.op(ScalarKind::pow, {s.cast(x[0], common), s.cast(x[1], common)});
        return s.cast(power, base);
      }));
}

/// Through version 10 the bounds are attributes.
static LogicalResult importClipAttributes(Node &n) {
  n.ignoreAttr("consumed_inputs");
  const bool hasLow = n.hasAttr("min"), hasHigh = n.hasAttr("max");
  const double low = n.floatAttr("min", 0), high = n.floatAttr("max", 0);
  if (!n.isFloat(0))
    return llvm::failure();
  if (!hasLow && !hasHigh)
    return n.result(n.input(0));
  return n.result(n.b.map(n.input(0), [&](ScalarBuilder &s, ValueRange x) {
    Value result = x[0];
    if (hasLow)
      result = s.max(result, s.number(low, result.getType()));
    if (hasHigh)
      result = s.min(result, s.number(high, result.getType()));
    return result;
  }));
}

static LogicalResult importClip(Node &n) {
  const bool hasLow = n.hasInput(1), hasHigh = n.hasInput(2);
  SmallVector<Value> operands{n.input(0)};
  for (unsigned i : {1u, 2u}) {
    if (!n.hasInput(i))
      continue;
    if (!n.sameType(0, i) ||
        !n.check(product(n.shape(i)) == 1,
                 "input " + Twine(i) + " needs one element, but is " +
                     typeString(n.dtype(i), n.shape(i))))
      return llvm::failure();
    operands.push_back(toScalar(n, n.input(i)));
  }
  if (!n.check(n.dtype(0) != DType::boolean, "input 0 needs to hold numbers"))
    return llvm::failure();
  if (operands.size() == 1)
    return n.result(n.input(0));
  return n.result(n.b.map(operands, [&](ScalarBuilder &s, ValueRange x) {
    Value result = x[0];
    if (hasLow)
      result = s.max(result, x[1]);
    if (hasHigh)
      result = s.min(result, x.back());
    return result;
  }));
}

ArrayRef<OpRow> importer::elementwiseRows() {
  using K = ScalarKind;
  static constexpr OpRow rows[] = {
      {"Abs", 1, 1, importUnary<K::abs, false>},
      {"Acos", 7, 1, importUnary<K::acos, true>},
      {"Acosh", 9, 1, importUnary<K::acosh, true>},
      {"Add", 7, 2, importBinary<K::add>},
      {"Asin", 7, 1, importUnary<K::asin, true>},
      {"Asinh", 9, 1, importUnary<K::asinh, true>},
      {"Atan", 7, 1, importUnary<K::atan, true>},
      {"Atanh", 9, 1, importUnary<K::atanh, true>},
      {"Ceil", 1, 1, importUnary<K::ceil, true>},
      {"Clip", 1, 1, importClipAttributes},
      {"Clip", 11, {1, 3}, importClip},
      {"Cos", 7, 1, importUnary<K::cos, true>},
      {"Cosh", 9, 1, importUnary<K::cosh, true>},
      {"Div", 7, 2, importBinary<K::div>, "integers: x / 0 is 0"},
      {"Erf", 9, 1, importUnary<K::erf, true>},
      {"Exp", 1, 1, importUnary<K::exp, true>},
      {"Floor", 1, 1, importUnary<K::floor, true>},
      {"Log", 1, 1, importUnary<K::log, true>},
      {"Max", 1, {1, anyNumber}, importVariadic<K::max, false>},
      {"Mean", 1, {1, anyNumber}, importVariadic<K::add, true>},
      {"Min", 1, {1, anyNumber}, importVariadic<K::min, false>},
      {"Mod", 10, 2, importMod},
      {"Mul", 7, 2, importBinary<K::mul>},
      {"Neg", 1, 1, importUnary<K::neg, false>},
      {"Pow", 7, 2, importPow},
      {"Reciprocal", 1, 1, importReciprocal},
      {"Round", 11, 1, importUnary<K::round_even, true>},
      {"Sign", 9, 1, importUnary<K::sign, false>},
      {"Sin", 7, 1, importUnary<K::sin, true>},
      {"Sinh", 9, 1, importUnary<K::sinh, true>},
      {"Sqrt", 1, 1, importUnary<K::sqrt, true>},
      {"Sub", 7, 2, importBinary<K::sub>},
      {"Sum", 1, {1, anyNumber}, importVariadic<K::add, false>},
      {"Tan", 7, 1, importUnary<K::tan, true>},
      {"Tanh", 1, 1, importUnary<K::tanh, true>},
  };
  return rows;
}
