// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The scores of attention in primitives.

#include "core/graph/Attention.h"

#include <limits>

using namespace glowplug;
using namespace glowplug::graph;
using namespace mlir;

using K = prim::ScalarKind;
using prim::PrimBuilder;
using prim::ReduceKind;
using prim::ScalarBuilder;
using prim::Shape;

static Value lowest(ScalarBuilder &s, Type type) {
  return s.number(-std::numeric_limits<double>::infinity(), type);
}

/// The product of \p lhs [N, H, L, X] and \p rhs [N, G, X, Y]. Instead of
/// repeating the heads of rhs, the H / G heads that share one are rows of one
/// product.
static Value groupedProduct(PrimBuilder &b, Value lhs, Value rhs) {
  const Shape l(prim::shapeOf(lhs)), r(prim::shapeOf(rhs));
  Value rows = b.reshape(lhs, {l[0], r[1], l[1] / r[1] * l[2], l[3]});
  return b.reshape(b.matmul(rows, rhs), {l[0], l[1], l[2], r[3]});
}

/// Positions 0, 1, ... along \p dim of a tensor of rank 4.
static Value positions(PrimBuilder &b, int64_t dim, int64_t size) {
  Shape shape(4, 1);
  shape[dim] = size;
  Value ones = b.splat(int64_t{1}, b.builder.getI64Type(), shape);
  return b.scan(ReduceKind::sum, ones, dim, /*exclusive=*/true,
                /*reverse=*/false);
}

/// \p bias, which may be null, with -infinity for the keys that come after
/// their query.
static Value withCausal(PrimBuilder &b, Value bias, int64_t queries,
                        int64_t keys, int64_t offset, Type type) {
  SmallVector<Value> operands{positions(b, 2, queries), positions(b, 3, keys)};
  if (bias)
    operands.push_back(bias);
  return b.map(operands, [&](ScalarBuilder &s, ValueRange v) {
    Value last = s.add(v[0], s.number(offset, v[0].getType()));
    Value kept = v.size() == 3 ? s.cast(v[2], type) : s.number(0.0, type);
    return s.select(s.op(K::le, {v[1], last}), kept, lowest(s, type));
  });
}

/// \p scores + \p bias; -infinity throughout where the whole row of the bias
/// is, whatever the scores are.
static Value withBias(PrimBuilder &b, Value scores, Value bias) {
  Value best = b.reduce(ReduceKind::max, bias, {3});
  return b.map({scores, bias, best}, [&](ScalarBuilder &s, ValueRange v) {
    const Type type = v[0].getType();
    Value low = lowest(s, type);
    Value sum = s.add(v[0], s.cast(v[1], type));
    return s.select(s.op(K::eq, {s.cast(v[2], type), low}), low, sum);
  });
}

/// The softmax over the last dim. A row of -infinities alone gives zeros,
/// where the plain formula would give NaN.
static Value softmax(PrimBuilder &b, Value scores) {
  Value max = b.reduce(ReduceKind::max, scores, {3});
  Value powers = b.map({scores, max}, [&](ScalarBuilder &s, ValueRange v) {
    const Type type = v[0].getType();
    Value isLow = s.op(K::eq, {v[1], lowest(s, type)});
    Value shift = s.select(isLow, s.number(0.0, type), v[1]);
    return s.op(K::exp, s.sub(v[0], shift));
  });
  Value sums = b.reduce(ReduceKind::sum, powers, {3});
  return b.map({powers, sums}, [&](ScalarBuilder &s, ValueRange v) {
    const Type type = v[0].getType();
    Value isZero = s.op(K::eq, {v[1], s.number(0.0, type)});
    return s.div(v[0], s.select(isZero, s.number(1.0, type), v[1]));
  });
}

AttentionScores graph::attentionScores(PrimBuilder &b, Value query, Value key,
                                       Value bias,
                                       const AttentionParameters &parameters) {
  const Type type = prim::elementOf(query);
  AttentionScores result;
  Value scaled = b.map(query, [&](ScalarBuilder &s, ValueRange v) {
    return s.mul(v[0], s.number(parameters.scale, type));
  });
  result.products = groupedProduct(b, scaled, b.transpose(key, {0, 1, 3, 2}));
  result.capped = result.products;
  if (parameters.softcap > 0)
    result.capped = b.map(result.products, [&](ScalarBuilder &s, ValueRange v) {
      Value cap = s.number(parameters.softcap, type);
      return s.mul(s.op(K::tanh, s.div(v[0], cap)), cap);
    });
  if (parameters.causal)
    bias = withCausal(b, bias, prim::shapeOf(query)[2], prim::shapeOf(key)[2],
                      *parameters.causal, type);
  result.biased = bias ? withBias(b, result.capped, bias) : result.capped;
  result.weights = softmax(b, result.biased);
  return result;
}

Value graph::weightedValues(PrimBuilder &b, Value weights, Value value) {
  return groupedProduct(b, weights, value);
}
