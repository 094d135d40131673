// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Linear models of ai.onnx.ml.

#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/ops/Families.h"
#include "core/importer/onnx/ops/Scores.h"

using namespace glowplug;
using namespace glowplug::importer;

using K = ScalarKind;

/// \p values in \p shape, rounded to \p type, f32 or f64.
static Value constantOf(Node &n, ArrayRef<double> values,
                        ArrayRef<int64_t> shape, Type type) {
  const std::vector<float> narrow(values.begin(), values.end());
  return n.b.cast(
      n.constantOf(Tensor::of<float>(shape, ArrayRef<float>(narrow))), type);
}

/// x * transpose(coefficients) + intercepts: [rows, targets]. Null when the
/// node failed. \p targets 0: as many as the coefficients make.
static Value linearScores(Node &n, Value x, int64_t targets) {
  const SmallVector<double> coefficients =
      n.floatsAttr("coefficients").value_or(SmallVector<double>());
  const SmallVector<double> intercepts =
      n.floatsAttr("intercepts").value_or(SmallVector<double>());
  const int64_t features = prim::shapeOf(x)[1];
  const auto count = static_cast<int64_t>(coefficients.size());
  if (targets == 0 && features > 0)
    targets = count / features;
  if (n.failed() ||
      !n.check(targets >= 1 && targets <= count && count % targets == 0 &&
                   count / targets == features,
               Twine(count) + " coefficients do not fit " + Twine(features) +
                   " features") ||
      !n.check(intercepts.empty() ||
                   static_cast<int64_t>(intercepts.size()) == targets,
               "intercepts needs " + Twine(targets) + " entries, but has " +
                   Twine(intercepts.size())) ||
      !n.checkShape({prim::shapeOf(x)[0], targets}))
    return {};
  const Type type = prim::elementOf(x);
  Value matrix = constantOf(n, coefficients, {targets, features}, type);
  Value scores = n.b.matmul(x, n.b.transpose(matrix, {1, 0}));
  if (!intercepts.empty())
    scores = n.b.add(scores, constantOf(n, intercepts, {1, targets}, type));
  return scores;
}

static LogicalResult importLinearRegressor(Node &n) {
  const int64_t targets = n.intAttr("targets", 1);
  const PostTransform transform = readPostTransform(n);
  Value x = n.atLeast(targets, 1, "targets") ? readFeatures(n) : Value();
  if (n.failed())
    return llvm::failure();
  Value scores = linearScores(n, x, targets);
  if (!scores)
    return llvm::failure();
  Value result = transformScores(n, scores, transform);
  return n.result(n.b.cast(result, n.b.builder.getF32Type()));
}

static LogicalResult importLinearClassifier(Node &n) {
  n.ignoreAttr("multi_class");
  const PostTransform transform = readPostTransform(n);
  const SmallVector<int64_t> labels =
      readLabels(n, "classlabels_ints", "classlabels_strings");
  Value x = n.failed() ? Value() : readFeatures(n);
  if (n.failed())
    return llvm::failure();
  Value scores = linearScores(n, x, 0);
  if (!scores)
    return llvm::failure();
  const int64_t targets = prim::shapeOf(scores)[1];
  const auto classes = static_cast<int64_t>(labels.size());
  const bool isBinary = targets == 1 && classes == 2;
  if (!n.check(isBinary || targets == classes,
               Twine(targets) + " rows of coefficients do not fit " +
                   Twine(classes) + " labels"))
    return llvm::failure();
  Value label;
  if (isBinary) {
    // Above 0 is the second class.
    Value second = n.b.map(scores, [&](ScalarBuilder &s, ValueRange v) {
      Value zero = s.number(0.0, v[0].getType());
      return s.cast(s.op(K::gt, {v[0], zero}), n.b.builder.getI64Type());
    });
    label = n.b.gather(n.indices(labels), dropDims(n, second, {1}), 0);
    scores = transformScores(n, scores, transform);
    scores = twoScores(n, scores, /*complement=*/true);
  } else {
    label = bestLabel(n, scores, labels);
    scores = transformScores(n, scores, transform);
  }
  return n.results({label, n.b.cast(scores, n.b.builder.getF32Type())});
}

ArrayRef<OpRow> importer::linearRows() {
  constexpr llvm::StringLiteral ml = "ai.onnx.ml";
  static constexpr OpRow rows[] = {
      {"LinearClassifier", 1, 1, importLinearClassifier, "labels are integers",
       2, ml},
      {"LinearRegressor", 1, 1, importLinearRegressor, "", 1, ml},
  };
  return rows;
}
