// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// LabelEncoder of numbers: a table from keys to values.

#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/ops/Families.h"
#include "core/importer/onnx/ops/Scores.h"

#include "core/support/Dispatch.h"

#include <cmath>

using namespace glowplug;
using namespace glowplug::importer;

using K = ScalarKind;

/// A list of numbers that an attribute gives: \p prefix followed by _int64s,
/// _floats or _tensor. Nothing when none is there.
static std::optional<Tensor> readList(Node &n, const std::string &prefix) {
  if (auto ints = n.intsAttr(prefix + "_int64s"))
    return Tensor::of<int64_t>({static_cast<int64_t>(ints->size())}, *ints);
  if (auto doubles = n.floatsAttr(prefix + "_floats")) {
    const std::vector<float> floats(doubles->begin(), doubles->end());
    return Tensor::of<float>({static_cast<int64_t>(floats.size())},
                             ArrayRef<float>(floats));
  }
  std::optional<Tensor> tensor = n.tensorAttr(prefix + "_tensor");
  if (tensor && n.check(tensor->rank() == 1, "attribute '" + prefix +
                                                 "_tensor' needs rank 1, but "
                                                 "is " +
                                                 tensor->typeString()))
    return tensor;
  return std::nullopt;
}

/// The value of keys that are not in the list.
static Value readDefault(Node &n, Type type) {
  const int64_t integer = n.intAttr("default_int64", -1);
  const double number = n.floatAttr("default_float", -0.0);
  if (std::optional<Tensor> tensor = n.tensorAttr("default_tensor")) {
    if (!n.check(tensor->elementCount() == 1,
                 "attribute 'default_tensor' needs one element, but is " +
                     tensor->typeString()))
      return {};
    return n.b.cast(n.constantOf(tensor->reshaped({1})), type);
  }
  return mlir::isa<mlir::FloatType>(type) ? n.b.splat(number, type, {1})
                                          : n.b.splat(integer, type, {1});
}

static LogicalResult importLabelEncoder(Node &n) {
  for (const char *name : {"keys_strings", "values_strings"})
    if (n.hasAttr(name))
      return n.unsupported(Twine("attribute '") + name +
                           "' is not supported: strings are not; numbers are");
  n.ignoreAttr("default_string");
  const std::optional<Tensor> keys = readList(n, "keys");
  const std::optional<Tensor> values = readList(n, "values");
  if (n.failed() || !n.check(keys && values, "needs keys and values") ||
      !n.check(keys->elementCount() == values->elementCount(),
               "needs as many values as keys, but got " +
                   Twine(values->elementCount()) + " and " +
                   Twine(keys->elementCount())) ||
      !n.check(keys->dtype() == n.dtype(0),
               "the keys need the type of input 0, " + dtypeName(n.dtype(0)) +
                   ", but are " + keys->typeString()))
    return llvm::failure();
  const int64_t count = keys->elementCount();
  const Shape in(n.shape(0));
  const int64_t size = product(in);
  if (!n.checkShape({size, count}))
    return llvm::failure();
  Value list = n.constantOf(*values);
  Value fallback = readDefault(n, prim::elementOf(list));
  if (n.failed())
    return llvm::failure();
  // The number of the key plus 1, or 0: of equal keys, the last.
  // NaN is a key from version 4 on.
  const bool isFloats = isFloat(keys->dtype()) && n.opset() >= 4;
  const Type i64 = n.b.builder.getI64Type();
  Value matches = n.b.map(
      {n.b.reshape(n.input(0), {size, 1}),
       n.b.reshape(n.constantOf(*keys), {1, count}), iota(n, 2, 1, count)},
      [&](ScalarBuilder &s, ValueRange v) {
        Value equal = s.op(K::eq, {v[0], v[1]});
        if (isFloats) {
          Value both =
              s.op(K::bit_and, {s.op(K::is_nan, v[0]), s.op(K::is_nan, v[1])});
          equal = s.op(K::bit_or, {equal, both});
        }
        Value number = s.add(v[2], s.number(int64_t{1}, i64));
        return s.select(equal, number, s.number(int64_t{0}, i64));
      });
  Value found = count == 0 ? n.b.splat(int64_t{0}, i64, {size, 1})
                           : n.b.reduce(ReduceKind::max, matches, {1});
  Value table = n.b.concat({fallback, list}, 0);
  return n.result(n.b.gather(table, n.b.reshape(found, in), 0));
}

ArrayRef<OpRow> importer::labelEncoderRows() {
  static constexpr OpRow rows[] = {
      {"LabelEncoder", 2, 1, importLabelEncoder, "numbers", 1, "ai.onnx.ml"},
  };
  return rows;
}
