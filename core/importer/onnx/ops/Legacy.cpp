// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operators of two inputs as they were before version 7: an attribute says
// whether the second input is broadcast, and at which dim of the first.

#include "core/importer/build/Emit.h"
#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/ops/Families.h"

using namespace glowplug;
using namespace glowplug::importer;

namespace {
/// Which element types an operator takes.
enum class Takes { any, numbers, booleans };
} // namespace

/// Input 1 with the rank of input 0, if \p broadcasts; its shape has to be a
/// part of that of input 0, from dim \p start on.
static Value aligned(Node &n, bool broadcasts, std::optional<int64_t> start) {
  const ArrayRef<int64_t> whole = n.shape(0), part = n.shape(1);
  if (!broadcasts) {
    n.check(whole == part, "inputs need one shape, unless attribute "
                           "'broadcast' is 1, but have " +
                               shapeString(whole) + " and " +
                               shapeString(part));
    return n.input(1);
  }
  if (product(part) == 1)
    return n.b.reshape(n.input(1), Shape(whole.size(), 1));
  const auto rank = static_cast<int64_t>(whole.size());
  const auto count = static_cast<int64_t>(part.size());
  const int64_t first = start ? n.axis(*start, rank) : rank - count;
  if (n.failed() ||
      !n.check(first >= 0 && first + count <= rank &&
                   whole.slice(first, count) == part,
               "input 1 of shape " + shapeString(part) + " does not fit dims " +
                   Twine(first) + " on of input 0 of " + shapeString(whole)))
    return {};
  Shape shape(rank, 1);
  llvm::copy(part, shape.begin() + first);
  return n.b.reshape(n.input(1), shape);
}

/// Input 1 as attributes 'broadcast' and 'axis' say; null if the node failed.
static Value secondInput(Node &n, Takes types) {
  const bool broadcasts = n.flagAttr("broadcast");
  std::optional<int64_t> start;
  if (n.hasAttr("axis"))
    start = n.intAttr("axis", 0);
  n.ignoreAttr("consumed_inputs");
  const bool isBoolean = n.dtype(0) == DType::boolean;
  if (!n.sameType(0, 1) ||
      !n.check(types == Takes::any || isBoolean == (types == Takes::booleans),
               "input 0 is " + typeString(n.dtype(0), n.shape(0)) +
                   ", a type that the operator does not take"))
    return {};
  Value second = aligned(n, broadcasts, start);
  return n.failed() ? Value() : second;
}

template <ScalarKind kind, Takes types>
static LogicalResult importLegacy(Node &n) {
  Value second = secondInput(n, types);
  if (!second)
    return llvm::failure();
  return n.result(n.b.map(kind, {n.input(0), second}));
}

static LogicalResult importLegacyPow(Node &n) {
  Value second = secondInput(n, Takes::numbers);
  if (!second)
    return llvm::failure();
  return n.result(
      mapWide(n, {n.input(0), second}, [](ScalarBuilder &s, ValueRange x) {
        return s.op(ScalarKind::pow, {x[0], x[1]});
      }));
}

/// A slope for all, or one per channel; later versions broadcast it at the end.
static LogicalResult importLegacyPRelu(Node &n) {
  n.ignoreAttr("consumed_inputs");
  if (!n.sameType(0, 1) || !n.isFloat(0) || !n.checkRank(1, 0, 1))
    return llvm::failure();
  Value slope = aligned(n, true, n.rank(0) > 1 ? 1 : 0);
  if (!slope)
    return llvm::failure();
  return n.result(
      n.b.map({n.input(0), slope}, [](ScalarBuilder &s, ValueRange x) {
        Value zero = s.number(int64_t{0}, x[0].getType());
        return s.select(s.op(ScalarKind::lt, {x[0], zero}), s.mul(x[0], x[1]),
                        x[0]);
      }));
}

ArrayRef<OpRow> importer::legacyRows() {
  using K = ScalarKind;
  static constexpr OpRow rows[] = {
      {"Add", 1, 2, importLegacy<K::add, Takes::numbers>},
      {"And", 1, 2, importLegacy<K::bit_and, Takes::booleans>},
      {"Div", 1, 2, importLegacy<K::div, Takes::numbers>,
       "integers: x / 0 is 0"},
      {"Equal", 1, 2, importLegacy<K::eq, Takes::any>},
      {"Greater", 1, 2, importLegacy<K::gt, Takes::numbers>},
      {"Less", 1, 2, importLegacy<K::lt, Takes::numbers>},
      {"Mul", 1, 2, importLegacy<K::mul, Takes::numbers>},
      {"Or", 1, 2, importLegacy<K::bit_or, Takes::booleans>},
      {"PRelu", 1, 2, importLegacyPRelu},
      {"Pow", 1, 2, importLegacyPow},
      {"Sub", 1, 2, importLegacy<K::sub, Takes::numbers>},
      {"Xor", 1, 2, importLegacy<K::bit_xor, Takes::booleans>},
  };
  return rows;
}
