// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What classifiers and regressors do with their scores.

#include "core/importer/onnx/ops/Scores.h"

#include "core/graph/Graph.h"
#include "core/importer/file/Shapes.h"

#include <numbers>

using namespace glowplug;
using namespace glowplug::importer;

using K = ScalarKind;

PostTransform importer::readPostTransform(Node &n) {
  const std::string name = n.stringAttr("post_transform", "NONE");
  static constexpr llvm::StringLiteral names[] = {"NONE", "SOFTMAX", "LOGISTIC",
                                                  "SOFTMAX_ZERO", "PROBIT"};
  const auto *found = llvm::find(names, name);
  n.check(found != std::end(names),
          "post_transform needs to be NONE, SOFTMAX, LOGISTIC, SOFTMAX_ZERO or "
          "PROBIT, but got '" +
              name + "'");
  return found == std::end(names)
             ? PostTransform::none
             : static_cast<PostTransform>(found - std::begin(names));
}

/// The softmax that leaves scores of 0 near 0.
static Value softmaxZero(Node &n, Value scores) {
  Value max = n.b.reduce(ReduceKind::max, scores, {1});
  Value powers = n.b.map({scores, max}, [](ScalarBuilder &s, ValueRange v) {
    const Type type = v[0].getType();
    Value isZero = s.op(K::le, {s.op(K::abs, v[0]), s.number(1e-7, type)});
    Value small = s.mul(v[0], s.op(K::exp, s.op(K::neg, v[1])));
    return s.select(isZero, small, s.op(K::exp, s.sub(v[0], v[1])));
  });
  Value sum = n.b.reduce(ReduceKind::sum, powers, {1});
  return n.b.map({powers, sum}, [](ScalarBuilder &s, ValueRange v) {
    Value isZero = s.op(K::eq, {v[1], s.number(0.0, v[1].getType())});
    return s.select(isZero, v[0], s.div(v[0], v[1]));
  });
}

/// sqrt(2) * erfinv(2 x - 1), with the approximation of erfinv that ONNX
/// Runtime uses.
static Value probit(ScalarBuilder &s, Value x) {
  const Type type = x.getType();
  auto number = [&](double value) { return s.number(value, type); };
  Value y = s.sub(s.mul(number(2), x), number(1));
  Value log = s.op(K::log, s.mul(s.sub(number(1), y), s.add(number(1), y)));
  Value v =
      s.add(number(2 / (std::numbers::pi * 0.147)), s.mul(number(0.5), log));
  Value root = s.op(K::sqrt, s.sub(s.mul(v, v), s.mul(number(1 / 0.147), log)));
  Value size = s.op(K::sqrt, s.sub(root, v));
  Value isNegative = s.op(K::lt, {y, number(0)});
  return s.mul(number(1.41421356),
               s.select(isNegative, s.op(K::neg, size), size));
}

Value importer::transformScores(Node &n, Value scores,
                                PostTransform transform) {
  switch (transform) {
  case PostTransform::none:
    return scores;
  case PostTransform::softmax:
    return n.b.builder.create<graph::SoftmaxOp>(n.b.loc, scores, 1);
  case PostTransform::logistic:
    return n.b.map(scores, [](ScalarBuilder &s, ValueRange v) {
      return sigmoid(s, v[0]);
    });
  case PostTransform::softmaxZero:
    return softmaxZero(n, scores);
  case PostTransform::probit:
    return n.b.map(
        scores, [](ScalarBuilder &s, ValueRange v) { return probit(s, v[0]); });
  }
  llvm_unreachable("unknown transform");
}

Value importer::twoScores(Node &n, Value score, bool complement) {
  Value other = n.b.map(score, [&](ScalarBuilder &s, ValueRange v) {
    return complement ? s.sub(s.number(1.0, v[0].getType()), v[0])
                      : s.op(K::neg, v[0]);
  });
  return n.b.concat({other, score}, 1);
}

SmallVector<int64_t> importer::readLabels(Node &n, StringRef name,
                                          StringRef stringsName) {
  SmallVector<int64_t> labels =
      n.intsAttr(name).value_or(SmallVector<int64_t>());
  if (!labels.empty() || n.failed())
    return labels;
  if (n.hasAttr(stringsName))
    (void)n.unsupported("labels of strings are not supported; integers in " +
                        name + " are");
  n.check(!labels.empty(), "attribute '" + name + "' is missing");
  return labels;
}

Value importer::bestLabel(Node &n, Value scores, ArrayRef<int64_t> labels) {
  Value best = n.b.argReduce(ReduceKind::max, scores, 1, /*selectLast=*/false);
  return n.b.gather(n.indices(labels), dropDims(n, best, {1}), 0);
}

Value importer::readFeatures(Node &n) {
  const DType type = n.dtype(0);
  if (!n.checkRank(0, 1, 2) ||
      !n.check(type == DType::f32 || type == DType::f64 || type == DType::i32 ||
                   type == DType::i64,
               "input 0 needs to be f32, f64, i32 or i64, but is " +
                   dtypeName(type)))
    return {};
  Value x = n.input(0);
  if (!isFloat(type))
    x = n.b.cast(x, n.b.builder.getF32Type());
  return n.rank(0) == 2 ? x : n.b.reshape(x, {1, n.shape(0)[0]});
}
