// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Normalisations of a sum, as ONNX Runtime writes them.

#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/ops/Families.h"
#include "core/importer/onnx/ops/Normalization.h"

using namespace glowplug;
using namespace glowplug::importer;

/// Input \p i, if it is there, has an entry per element of the last dim.
static bool checkPerElement(Node &n, unsigned i, StringRef name) {
  const int64_t size = n.shape(0).back();
  return !n.hasInput(i) ||
         (n.sameType(0, i) &&
          n.check(n.shape(i) == ArrayRef<int64_t>{size},
                  "input " + Twine(i) + " (" + name + ") needs shape [" +
                      Twine(size) + "], but has " + shapeString(n.shape(i))));
}

/// Input \p i in the type to compute in, with the rank of input 0; null if it
/// is absent.
static Value perElement(Node &n, unsigned i) {
  return n.hasInput(i) ? widen(n, prim::alignRank(n.b, n.input(i), n.rank(0)))
                       : Value();
}

/// The sum of input, skip and bias is normalised, and is result 3.
static LogicalResult importSkip(Node &n, bool simplified) {
  const unsigned beta = 3, bias = simplified ? 3 : 4;
  const double epsilon = readEpsilon(n, 1e-12);
  if (!n.isFloat(0) || !n.checkRank(0, 2, 3) || !n.sameType(0, 1) ||
      !n.broadcastsTo(1, n.shape(0), "skip") ||
      !checkPerElement(n, 2, "gamma") || !checkPerElement(n, bias, "bias") ||
      (!simplified && !checkPerElement(n, beta, "beta")))
    return llvm::failure();
  if (n.wantsOutput(1) || n.wantsOutput(2))
    return n.unsupported("outputs 1 and 2 (mean and inv_std_var) are not "
                         "supported; output 3 is");
  const int64_t rank = n.rank(0);
  const Type element = n.element(0);
  Value sum = n.b.add(widen(n, n.input(0)), perElement(n, 1));
  if (Value shift = perElement(n, bias))
    sum = n.b.add(sum, shift);
  Value scale = perElement(n, 2), result;
  if (simplified) {
    Value normal = rootMeanSquare(n, sum, {rank - 1}, epsilon).value;
    result = scaleAndShift(n, normal, scale, Value(), element);
  } else {
    Value normal =
        layerNorm(n, sum, scale, perElement(n, beta), rank - 1, epsilon);
    result = n.b.cast(normal, element);
  }
  // Results 1 and 2 are not asked for.
  return n.results({result, result, result, n.b.cast(sum, element)});
}

static LogicalResult importSkipLayerNormalization(Node &n) {
  return importSkip(n, /*simplified=*/false);
}

static LogicalResult importSkipSimplifiedLayerNormalization(Node &n) {
  return importSkip(n, /*simplified=*/true);
}

ArrayRef<OpRow> importer::skipNormalizationRows() {
  constexpr llvm::StringLiteral microsoft = "com.microsoft";
  static constexpr OpRow rows[] = {
      {"SkipLayerNormalization",
       1,
       {3, 5},
       importSkipLayerNormalization,
       "without mean and inv_std_var",
       4,
       microsoft},
      {"SkipSimplifiedLayerNormalization",
       1,
       {3, 4},
       importSkipSimplifiedLayerNormalization,
       "without mean and inv_std_var",
       4,
       microsoft},
  };
  return rows;
}
