// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Losses over class scores: NegativeLogLikelihoodLoss,
// SoftmaxCrossEntropyLoss.

#include "core/graph/Graph.h"
#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/ops/Families.h"
#include "core/importer/onnx/ops/Index.h"

using namespace glowplug;
using namespace glowplug::importer;

/// Scores [N, C, d..], labels [N, d..], weights [C] or absent.
static bool checkLoss(Node &node) {
  if (!node.isFloat(0) || !node.checkRank(0, 2) || !isIndex(node, 1))
    return false;
  Shape expected(node.shape(0));
  const int64_t classes = expected[1];
  expected.erase(expected.begin() + 1);
  return node.check(node.shape(1) == ArrayRef<int64_t>(expected),
                    "labels need the shape of the scores without dim 1, " +
                        shapeString(expected) + ", but have " +
                        shapeString(node.shape(1))) &&
         node.check(classes > 0, "dim 1 of the scores is empty") &&
         (!node.hasInput(2) ||
          (node.sameType(0, 2) &&
           node.check(node.shape(2) == ArrayRef<int64_t>{classes},
                      "weights need one entry per class, " + Twine(classes))));
}

/// The loss of log-probabilities \p scores; null when it failed.
static Value negativeLogLikelihood(Node &node, Value scores) {
  PrimBuilder &b = node.b;
  const std::string reduction = node.stringAttr("reduction", "mean");
  if (!node.check(reduction == "none" || reduction == "sum" ||
                      reduction == "mean",
                  "reduction needs to be none, sum or mean, but is '" +
                      reduction + "'"))
    return {};
  const bool ignores = node.hasAttr("ignore_index");
  const int64_t ignored = node.intAttr("ignore_index", -1);

  const Type element = prim::elementOf(scores), i64 = b.builder.getI64Type();
  const Shape labelShape(node.shape(1));
  Shape spread(labelShape);
  spread.insert(spread.begin() + 1, 1);
  Value labels = b.reshape(b.cast(node.input(1), i64), spread);

  // Ignored labels may be out of range, and have weight 0; their loss is 0 even
  // if the score that is read in place of theirs is not finite.
  auto isIgnored = [&](ScalarBuilder &s, Value label) {
    return s.op(ScalarKind::eq, {label, s.number(ignored, i64)});
  };
  Value weight = b.splat(1.0, element, Shape(spread.size(), 1));
  Value safe = labels;
  if (ignores)
    safe = b.map(labels, [&](ScalarBuilder &s, ValueRange v) {
      return s.select(isIgnored(s, v[0]), s.number(int64_t(0), i64), v[0]);
    });
  if (node.hasInput(2))
    weight = b.gather(node.input(2), safe, 0);
  if (ignores)
    weight = b.map({labels, weight}, [&](ScalarBuilder &s, ValueRange v) {
      return s.select(isIgnored(s, v[0]), s.number(0.0, element), v[1]);
    });

  SmallVector<Value> operands{gatherElements(b, scores, safe, 1), weight};
  if (ignores)
    operands.push_back(labels);
  Value loss = b.map(operands, [&](ScalarBuilder &s, ValueRange v) {
    Value product = s.mul(s.op(ScalarKind::neg, {v[0]}), v[1]);
    if (!ignores)
      return product;
    return s.select(isIgnored(s, v[2]), s.number(0.0, element), product);
  });
  if (reduction == "none")
    return b.reshape(loss, labelShape);
  const Shape all = iotaDims(spread.size());
  Value sum = b.reduce(ReduceKind::sum, loss, all);
  if (reduction == "mean")
    sum =
        b.div(sum, b.reduce(ReduceKind::sum, b.broadcast(weight, spread), all));
  return b.reshape(sum, {});
}

static LogicalResult nllLoss(Node &node) {
  if (!checkLoss(node))
    return llvm::failure();
  Value loss = negativeLogLikelihood(node, node.input(0));
  return loss ? node.result(loss) : llvm::failure();
}

static LogicalResult softmaxCrossEntropy(Node &node) {
  if (!checkLoss(node))
    return llvm::failure();
  Value scores = node.input(0);
  Value logs = node.b.builder.create<graph::LogSoftmaxOp>(
      node.b.loc, scores.getType(), scores, 1);
  Value loss = negativeLogLikelihood(node, logs);
  return loss ? node.results({loss, logs}) : llvm::failure();
}

ArrayRef<OpRow> importer::lossRows() {
  static const OpRow rows[] = {
      {"NegativeLogLikelihoodLoss", 12, {2, 3}, nllLoss},
      {"SoftmaxCrossEntropyLoss", 12, {2, 3}, softmaxCrossEntropy, "", 2},
  };
  return rows;
}
