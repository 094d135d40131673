// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Comparisons, logic, bits and selection.

#include "core/importer/build/Emit.h"
#include "core/importer/onnx/ops/Families.h"

using namespace glowplug;
using namespace glowplug::importer;

namespace {
/// Which element types an operator takes.
enum class Takes { any, numbers, booleans, integers };
} // namespace

static bool takes(Node &n, Takes types) {
  for (unsigned i = 0; i < n.numInputs(); ++i) {
    const DType type = n.dtype(i);
    const bool fits = types == Takes::any ||
                      (types == Takes::numbers && type != DType::boolean) ||
                      (types == Takes::booleans && type == DType::boolean) ||
                      (types == Takes::integers && isInteger(type));
    if (!n.sameType(0, i) ||
        !n.check(fits, "input " + Twine(i) + " is " +
                           typeString(type, n.shape(i)) +
                           ", a type that the operator does not take"))
      return false;
  }
  return n.broadcast(n.inputs()).has_value();
}

template <ScalarKind kind, Takes types>
static LogicalResult importScalar(Node &n) {
  if (!takes(n, types))
    return llvm::failure();
  return n.result(n.b.map(kind, n.inputs()));
}

static LogicalResult importBitShift(Node &n) {
  const std::string direction = n.stringAttr("direction", "");
  if (!takes(n, Takes::integers) ||
      !n.check(direction == "LEFT" || direction == "RIGHT",
               "attribute 'direction' needs to be LEFT or RIGHT, but got '" +
                   direction + "'"))
    return llvm::failure();
  return n.result(n.b.map(direction == "LEFT" ? ScalarKind::shift_left
                                              : ScalarKind::shift_right,
                          n.inputs()));
}

static LogicalResult importIsInf(Node &n) {
  const bool negative = n.flagAttr("detect_negative", true);
  const bool positive = n.flagAttr("detect_positive", true);
  if (!n.isFloat(0) || n.failed())
    return llvm::failure();
  return n.result(n.b.map(n.input(0), [&](ScalarBuilder &s, ValueRange x) {
    const Type boolean = s.builder.getI1Type();
    Value result = s.op(ScalarKind::is_inf, x[0]);
    if (negative && positive)
      return result;
    if (!negative && !positive)
      return s.number(int64_t{0}, boolean);
    Value side = s.op(positive ? ScalarKind::gt : ScalarKind::lt,
                      {x[0], s.number(0.0, x[0].getType())});
    return s.op(ScalarKind::bit_and, {result, side});
  }));
}

static LogicalResult importIsNaN(Node &n) {
  if (!n.isFloat(0))
    return llvm::failure();
  return n.result(n.b.map(ScalarKind::is_nan, n.input(0)));
}

static LogicalResult importWhere(Node &n) {
  if (!n.check(n.dtype(0) == DType::boolean,
               "input 0 needs to be boolean, but is " +
                   typeString(n.dtype(0), n.shape(0))) ||
      !n.sameType(1, 2) || !n.broadcast(n.inputs()))
    return llvm::failure();
  return n.result(n.b.map(ScalarKind::select, n.inputs()));
}

ArrayRef<OpRow> importer::logicRows() {
  using K = ScalarKind;
  static constexpr OpRow rows[] = {
      {"And", 7, 2, importScalar<K::bit_and, Takes::booleans>},
      {"BitShift", 11, 2, importBitShift},
      {"BitwiseAnd", 18, 2, importScalar<K::bit_and, Takes::integers>},
      {"BitwiseNot", 18, 1, importScalar<K::invert, Takes::integers>},
      {"BitwiseOr", 18, 2, importScalar<K::bit_or, Takes::integers>},
      {"BitwiseXor", 18, 2, importScalar<K::bit_xor, Takes::integers>},
      {"Equal", 7, 2, importScalar<K::eq, Takes::any>},
      {"Greater", 7, 2, importScalar<K::gt, Takes::numbers>},
      {"GreaterOrEqual", 12, 2, importScalar<K::ge, Takes::numbers>},
      {"IsInf", 10, 1, importIsInf},
      {"IsNaN", 9, 1, importIsNaN},
      {"Less", 7, 2, importScalar<K::lt, Takes::numbers>},
      {"LessOrEqual", 12, 2, importScalar<K::le, Takes::numbers>},
      {"Not", 1, 1, importScalar<K::invert, Takes::booleans>},
      {"Or", 7, 2, importScalar<K::bit_or, Takes::booleans>},
      {"Where", 9, 3, importWhere},
      {"Xor", 7, 2, importScalar<K::bit_xor, Takes::booleans>},
  };
  return rows;
}
