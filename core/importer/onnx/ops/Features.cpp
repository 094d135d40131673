// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operators of ai.onnx.ml that prepare features, and ZipMap.

#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/ops/Families.h"
#include "core/importer/onnx/ops/Index.h"
#include "core/importer/onnx/ops/Scores.h"

#include <cmath>
#include <map>

using namespace glowplug;
using namespace glowplug::importer;

using K = ScalarKind;

/// The attribute \p name as f32 along the last dim of a value of \p rank: one
/// entry, or \p size. Null when the node failed.
static Value perFeature(Node &n, StringRef name, int64_t rank, int64_t size) {
  const SmallVector<double> given =
      n.floatsAttr(name).value_or(SmallVector<double>());
  const auto count = static_cast<int64_t>(given.size());
  if (!n.check(count == 1 || count == size,
               "attribute '" + name + "' needs 1 or " + Twine(size) +
                   " entries, but has " + Twine(count)))
    return {};
  const std::vector<float> values(given.begin(), given.end());
  return n.constantOf(Tensor::of<float>(onesBut(rank, rank - 1, count),
                                        ArrayRef<float>(values)));
}

static bool isNumber(Node &n, unsigned i) {
  return n.check(n.dtype(i) != DType::boolean,
                 "input " + Twine(i) + " needs to hold numbers");
}

static LogicalResult importScaler(Node &n) {
  if (!isNumber(n, 0) || !n.checkRank(0, 1))
    return llvm::failure();
  const int64_t rank = n.rank(0), size = n.shape(0).back();
  const Type f32 = n.b.builder.getF32Type();
  Value offset = perFeature(n, "offset", rank, size);
  Value scale = n.failed() ? Value() : perFeature(n, "scale", rank, size);
  if (n.failed())
    return llvm::failure();
  return n.result(
      n.b.map({n.input(0), offset, scale}, [&](ScalarBuilder &s, ValueRange v) {
        return s.mul(s.sub(s.cast(v[0], f32), v[1]), v[2]);
      }));
}

static LogicalResult importNormalizer(Node &n) {
  const std::string norm = n.stringAttr("norm", "MAX");
  if (!isNumber(n, 0) || !n.checkRank(0, 1, 2) ||
      !n.check(norm == "MAX" || norm == "L1" || norm == "L2",
               "norm needs to be MAX, L1 or L2, but got '" + norm + "'"))
    return llvm::failure();
  const int64_t last = n.rank(0) - 1;
  Value x = n.b.cast(n.input(0), n.b.builder.getF32Type());
  Value terms = n.b.map(x, [&](ScalarBuilder &s, ValueRange v) {
    // The greatest element, not the greatest size: as ONNX Runtime has it.
    return norm == "MAX"  ? v[0]
           : norm == "L1" ? s.op(K::abs, v[0])
                          : s.mul(v[0], v[0]);
  });
  Value size = n.b.reduce(norm == "MAX" ? ReduceKind::max : ReduceKind::sum,
                          terms, {last});
  return n.result(n.b.map({x, size}, [&](ScalarBuilder &s, ValueRange v) {
    Value divisor = norm == "L2" ? s.op(K::sqrt, v[1]) : v[1];
    Value isZero = s.op(K::eq, {divisor, s.number(0.0, divisor.getType())});
    return s.select(isZero, v[0], s.div(v[0], divisor));
  }));
}

static LogicalResult importBinarizer(Node &n) {
  const double threshold = n.floatAttr("threshold", 0);
  if (!isNumber(n, 0) || n.failed())
    return llvm::failure();
  const Type type = n.element(0);
  return n.result(n.b.map(n.input(0), [&](ScalarBuilder &s, ValueRange v) {
    const bool isDouble = type.isF64();
    const Type wide = isDouble ? type : Type(n.b.builder.getF32Type());
    Value above = s.op(K::gt, {s.cast(v[0], wide), s.number(threshold, wide)});
    return s.cast(above, type);
  }));
}

static LogicalResult importArrayFeatureExtractor(Node &n) {
  if (!n.checkRank(0, 1) || !isIndex(n, 1))
    return llvm::failure();
  ArrayRef<int64_t> in = n.shape(0);
  const int64_t count = product(n.shape(1));
  Shape shape(in.drop_back());
  if (shape.empty())
    shape.push_back(1);
  shape.push_back(count);
  if (!n.checkShape(shape) ||
      !n.check(in.back() > 0 || product(shape) == 0,
               "gathers from the last dim, which is empty"))
    return llvm::failure();
  Value chosen =
      n.b.gather(n.input(0), n.b.reshape(n.input(1), {count}), n.rank(0) - 1);
  return n.result(n.b.reshape(chosen, shape));
}

static LogicalResult importFeatureVectorizer(Node &n) {
  const SmallVector<Value> all = n.inputs();
  const SmallVector<int64_t> sizes =
      n.intsAttr("inputdimensions").value_or(SmallVector<int64_t>());
  if (n.failed() || !n.check(sizes.size() == all.size(),
                             "inputdimensions needs " + Twine(all.size()) +
                                 " entries, but has " + Twine(sizes.size())))
    return llvm::failure();
  SmallVector<Value> parts;
  int64_t width = 0;
  for (auto [i, value] : llvm::enumerate(all)) {
    const auto number = static_cast<unsigned>(i);
    if (!isNumber(n, number) || !n.checkRank(number, 1, 2))
      return llvm::failure();
    ArrayRef<int64_t> shape = n.shape(number);
    const int64_t rows = shape.size() == 2 ? shape[0] : 1;
    const int64_t features = shape.back();
    if (!n.check(rows == (parts.empty() ? rows : prim::shapeOf(parts[0])[0]) &&
                     sizes[i] == features,
                 "input " + Twine(i) + " of shape " + shapeString(shape) +
                     " does not give " + Twine(sizes[i]) +
                     " features for each row"))
      return llvm::failure();
    width += features;
    parts.push_back(n.b.cast(n.b.reshape(value, {rows, features}),
                             n.b.builder.getF32Type()));
  }
  if (!n.checkShape({prim::shapeOf(parts[0])[0], width}))
    return llvm::failure();
  return n.result(n.b.concat(parts, 1));
}

static LogicalResult importImputer(Node &n) {
  if (!isNumber(n, 0) || !n.checkRank(0, 1, 2))
    return llvm::failure();
  const bool isFloats = isFloat(n.dtype(0));
  const int64_t rank = n.rank(0), size = n.shape(0).back();
  const Type type = n.element(0);
  SmallVector<double> values =
      n.floatsAttr("imputed_value_floats").value_or(SmallVector<double>());
  SmallVector<int64_t> integers =
      n.intsAttr("imputed_value_int64s").value_or(SmallVector<int64_t>());
  const double replaced = n.floatAttr("replaced_value_float", 0);
  const int64_t replacedInteger = n.intAttr("replaced_value_int64", 0);
  const auto count =
      static_cast<int64_t>(isFloats ? values.size() : integers.size());
  if (!n.check(count == 1 || count == size,
               "the imputed values need 1 or " + Twine(size) +
                   " entries, but have " + Twine(count)))
    return llvm::failure();
  const Shape shape = onesBut(rank, rank - 1, count);
  Value filled;
  if (isFloats) {
    const std::vector<float> narrow(values.begin(), values.end());
    filled = n.constantOf(Tensor::of<float>(shape, ArrayRef<float>(narrow)));
  } else {
    filled = n.indices(integers, shape);
  }
  return n.result(
      n.b.map({n.input(0), n.b.cast(filled, type)}, [&](ScalarBuilder &s,
                                                        ValueRange v) {
        Value missing =
            isFloats && std::isnan(replaced) ? s.op(K::is_nan, v[0])
            : isFloats ? s.op(K::eq, {v[0], s.number(replaced, type)})
                       : s.op(K::eq, {v[0], s.number(replacedInteger, type)});
        return s.select(missing, v[1], v[0]);
      }));
}

/// The tensor of the probabilities itself: maps are not supported.
static LogicalResult importZipMap(Node &n) {
  n.ignoreAttr("classlabels_strings");
  n.ignoreAttr("classlabels_int64s");
  return n.result(n.input(0));
}

ArrayRef<OpRow> importer::featureRows() {
  constexpr llvm::StringLiteral ml = "ai.onnx.ml";
  static constexpr OpRow rows[] = {
      {"ArrayFeatureExtractor", 1, 2, importArrayFeatureExtractor, "", 1, ml},
      {"Binarizer", 1, 1, importBinarizer, "", 1, ml},
      {"FeatureVectorizer",
       1,
       {1, anyNumber},
       importFeatureVectorizer,
       "",
       1,
       ml},
      {"Imputer", 1, 1, importImputer, "", 1, ml},
      {"Normalizer", 1, 1, importNormalizer, "", 1, ml},
      {"Scaler", 1, 1, importScaler, "", 1, ml},
      {"ZipMap", 1, 1, importZipMap,
       "as the tensor of its values, without keys", 1, ml},
  };
  return rows;
}
