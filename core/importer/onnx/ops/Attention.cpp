// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ONNX's Attention.

#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/ops/Families.h"
#include "core/importer/onnx/ops/Heads.h"

#include <cmath>
#include <limits>

using namespace glowplug;
using namespace glowplug::importer;

using K = ScalarKind;

namespace {

enum Input : unsigned { query, key, value, mask, pastKey, pastValue, lengths };

/// One node: what it says of which key a query may see.
struct Attention {
  Heads heads;
  int64_t past = 0;    ///< Keys that come before the first query.
  bool causal = false; ///< No key after the query.
  int64_t left = -1;   ///< Keys before the query; -1: all.
  int64_t right = -1;  ///< Keys after the query; -1: all.
  bool needsWindow() const { return left >= 0 || right >= 0; }
};

} // namespace

/// Input \p i as heads; \p count is the attribute that three dims need.
static Value readHeads(Node &n, unsigned i, StringRef count) {
  if (n.rank(0) == 4)
    return n.input(i);
  const int64_t heads = n.requiredInt(count), size = n.shape(i)[2];
  if (!n.atLeast(heads, 1, count) ||
      !n.check(size % heads == 0, count + " of " + Twine(heads) +
                                      " does not divide dim 2 of input " +
                                      Twine(i) + ", " + Twine(size)))
    return {};
  return splitHeads(n, n.input(i), heads);
}

/// \p now, heads of input \p i, after those of the cache in input \p past.
static Value afterPast(Node &n, Value now, unsigned past) {
  if (!n.hasInput(past))
    return now;
  ArrayRef<int64_t> cached = n.shape(past), shape = prim::shapeOf(now);
  if (!n.check(n.element(past) == prim::elementOf(now) && cached.size() == 4 &&
                   cached[0] == shape[0] && cached[1] == shape[1] &&
                   cached[3] == shape[3],
               "input " + Twine(past) + " of shape " + shapeString(cached) +
                   " cannot come before heads of shape " + shapeString(shape)))
    return {};
  return n.b.concat({n.input(past), now}, 2);
}

static bool readOperands(Node &n, Attention &a) {
  if (!n.isFloat(query) || !n.sameType(query, key))
    return false;
  if (n.element(value) != n.element(query)) {
    (void)n.unsupported("V of type " + dtypeName(n.dtype(value)) +
                        " is not supported; it is supported with the type of "
                        "Q, " +
                        dtypeName(n.dtype(query)));
    return false;
  }
  for (unsigned i : {query, key, value})
    if (!n.checkRank(i, 3, 4) ||
        !n.check(
            n.rank(i) == n.rank(0),
            "inputs 0 and " + Twine(i) + " need one rank, but have shapes " +
                shapeString(n.shape(0)) + " and " + shapeString(n.shape(i))))
      return false;
  // Four dims say it themselves.
  n.ignoreAttr("q_num_heads");
  n.ignoreAttr("kv_num_heads");
  a.heads.query = readHeads(n, query, "q_num_heads");
  a.heads.key = readHeads(n, key, "kv_num_heads");
  a.heads.value = readHeads(n, value, "kv_num_heads");
  if (n.failed() ||
      !n.check(n.hasInput(pastKey) == n.hasInput(pastValue),
               "past_key and past_value need to be given together") ||
      !n.check(!n.hasInput(lengths) || !n.hasInput(pastKey),
               "nonpad_kv_seqlen and past_key exclude each other"))
    return false;
  if (n.hasInput(pastKey) && n.rank(pastKey) == 4)
    a.past = n.shape(pastKey)[2];
  a.heads.key = afterPast(n, a.heads.key, pastKey);
  a.heads.value = afterPast(n, a.heads.value, pastValue);
  return !n.failed() && checkHeads(n, a.heads);
}

/// The input attn_mask, to be added to the scores; null without it.
static Value readMask(Node &n, const Heads &heads) {
  if (!n.hasInput(mask))
    return {};
  const Type type = n.element(query);
  const bool isBool = n.dtype(mask) == DType::boolean;
  if (!n.check(isBool || n.element(mask) == type,
               "attn_mask needs to be bool or " + dtypeName(n.dtype(query)) +
                   ", but is " + dtypeName(n.dtype(mask))) ||
      !n.checkRank(mask, 1, 4))
    return {};
  const double low = -std::numeric_limits<double>::infinity();
  Value bias = n.input(mask);
  if (isBool)
    bias = biasOfMask(n, bias, low, type);
  // Keys beyond the mask are not seen.
  const Shape scores = heads.scores();
  const int64_t missing = scores[3] - prim::shapeOf(bias).back();
  if (missing > 0) {
    Shape none(n.rank(mask), 0), high(none);
    high.back() = missing;
    bias = n.b.pad(bias, n.b.splat(low, type), none, high, none);
  }
  bias = prim::alignRank(n.b, bias, 4);
  n.check(prim::isBroadcastable(prim::shapeOf(bias), scores),
          "input 3 ('attn_mask') of shape " + shapeString(n.shape(mask)) +
              " does not broadcast to " + shapeString(scores));
  return bias;
}

/// Adds to the bias what attributes and the input nonpad_kv_seqlen exclude.
static bool restrictKeys(Node &n, Attention &a) {
  const Shape scores = a.heads.scores();
  const Type i64 = n.b.builder.getI64Type(), type = n.element(query);
  SmallVector<Value> operands{iota(n, 4, 2, scores[2]),
                              iota(n, 4, 3, scores[3])};
  const bool padded = n.hasInput(lengths);
  if (padded) {
    if (!n.check(n.dtype(lengths) == DType::i64 &&
                     n.shape(lengths) == ArrayRef<int64_t>{scores[0]},
                 "nonpad_kv_seqlen needs to be i64[" + Twine(scores[0]) +
                     "], but is " +
                     typeString(n.dtype(lengths), n.shape(lengths))))
      return false;
    operands.push_back(n.b.reshape(n.input(lengths), {scores[0], 1, 1, 1}));
  }
  if (a.heads.bias)
    operands.push_back(a.heads.bias);
  a.heads.bias = n.b.map(operands, [&](ScalarBuilder &s, ValueRange v) {
    auto number = [&](int64_t value) { return s.number(value, i64); };
    // How far the key is behind the query; the last query sees the last key.
    Value offset = padded ? s.sub(v[2], number(scores[2])) : number(a.past);
    Value behind = s.sub(s.add(v[0], offset), v[1]);
    Value seen;
    auto require = [&](Value holds) {
      seen = seen ? s.op(K::bit_and, {seen, holds}) : holds;
    };
    if (padded)
      require(s.op(K::lt, {v[1], v[2]}));
    if (a.causal)
      require(s.op(K::ge, {behind, number(0)}));
    if (a.left >= 0)
      require(s.op(K::le, {behind, number(a.left)}));
    if (a.right >= 0)
      require(s.op(K::ge, {behind, number(-a.right)}));
    Value kept = a.heads.bias ? v.back() : s.number(0.0, type);
    Value low = s.number(-std::numeric_limits<double>::infinity(), type);
    return s.select(seen, kept, low);
  });
  a.causal = false;
  return true;
}

static bool readAttributes(Node &n, Attention &a,
                           graph::AttentionParameters &parameters) {
  a.causal = n.flagAttr("is_causal");
  if (n.opset() >= 25) {
    a.left = n.intAttr("left_window_size", -1);
    a.right = n.intAttr("right_window_size", -1);
    if (!n.atLeast(a.left, -1, "left_window_size") ||
        !n.atLeast(a.right, -1, "right_window_size"))
      return false;
  }
  const auto size = static_cast<double>(prim::shapeOf(a.heads.query)[3]);
  parameters.scale = readAttentionScale(n, 1 / std::sqrt(size), false);
  parameters.softcap = n.floatAttr("softcap", 0);
  return n.check(std::isfinite(parameters.softcap) && parameters.softcap >= 0,
                 "attribute 'softcap' needs to be finite and at least 0, but "
                 "got " +
                     std::to_string(parameters.softcap));
}

/// The type to compute in: at least f32, and f64 where the attribute
/// softmax_precision asks for it. Null when it failed.
static Type readPrecision(Node &n) {
  enum { f32 = 1, f16 = 10, f64 = 11, bf16 = 16 }; // of TensorProto
  const int64_t precision = n.intAttr("softmax_precision", f32);
  if (!n.check(precision == f32 || precision == f16 || precision == f64 ||
                   precision == bf16,
               "softmax_precision needs to be 1, 10, 11 or 16, but got " +
                   Twine(precision)))
    return {};
  return precision == f64 ? n.b.builder.getF64Type()
                          : computeType(n.element(query));
}

/// The result, and the scores after one of the steps.
static std::pair<Value, Value>
attendWithScores(Node &n, const Heads &heads, Type compute, int64_t mode,
                 const graph::AttentionParameters &parameters) {
  const graph::AttentionScores scores = graph::attentionScores(
      n.b, n.b.cast(heads.query, compute), n.b.cast(heads.key, compute),
      heads.bias, parameters);
  const Value steps[] = {scores.products, scores.capped, scores.biased,
                         scores.weights};
  return {graph::weightedValues(n.b, scores.weights,
                                n.b.cast(heads.value, compute)),
          steps[mode]};
}

/// Attention as one operation, in f64 if \p compute is that.
static Value attendIn(Node &n, Heads heads, Type compute,
                      const graph::AttentionParameters &parameters) {
  const Type type = prim::elementOf(heads.query);
  if (compute.isF64())
    for (Value *part : {&heads.query, &heads.key, &heads.value, &heads.bias})
      if (*part)
        *part = n.b.cast(*part, compute);
  return n.b.cast(attend(n, heads, parameters), type);
}

static LogicalResult importAttention(Node &n) {
  Attention a;
  graph::AttentionParameters parameters;
  const int64_t mode = n.intAttr("qk_matmul_output_mode", 0);
  if (!readOperands(n, a) || !readAttributes(n, a, parameters) ||
      !n.check(mode >= 0 && mode <= 3,
               "qk_matmul_output_mode needs to be from 0 to 3, but got " +
                   Twine(mode)))
    return llvm::failure();
  const Type type = n.element(query), compute = readPrecision(n);
  Value presentKey = a.heads.key, presentValue = a.heads.value;
  a.heads.bias = readMask(n, a.heads);
  if (n.failed() ||
      ((n.hasInput(lengths) || a.needsWindow()) && !restrictKeys(n, a)))
    return llvm::failure();
  if (a.causal)
    parameters.causal = a.past;

  Value result, scores;
  if (n.wantsOutput(3)) {
    std::tie(result, scores) =
        attendWithScores(n, a.heads, compute, mode, parameters);
    scores = n.b.cast(scores, type);
  } else {
    result = attendIn(n, a.heads, compute, parameters);
  }
  result = n.b.cast(result, type);
  if (n.rank(0) == 3)
    result = joinHeads(n, result);
  SmallVector<Value> results{result, presentKey, presentValue};
  if (scores)
    results.push_back(scores);
  return n.results(results);
}

/// Attention whose scores and weights a graph may change; without such graphs.
static LogicalResult importFlexAttention(Node &n) {
  for (const char *name : {"score_mod", "prob_mod"})
    if (n.hasAttr(name))
      return n.unsupported(Twine("attribute '") + name +
                           "' is not supported; FlexAttention is supported "
                           "without it");
  Attention a;
  graph::AttentionParameters parameters;
  if (!n.checkRank(0, 4, 4) || !readOperands(n, a))
    return llvm::failure();
  const auto size = static_cast<double>(prim::shapeOf(a.heads.query)[3]);
  parameters.scale = readAttentionScale(n, 1 / std::sqrt(size), true);
  const Type compute = readPrecision(n);
  if (n.failed())
    return llvm::failure();
  return n.result(attendIn(n, a.heads, compute, parameters));
}

ArrayRef<OpRow> importer::attentionRows() {
  static constexpr OpRow rows[] = {
      {"Attention", 23, {3, 6}, importAttention, "", 4},
      {"Attention", 24, {3, 7}, importAttention, "", 4},
      {"FlexAttention", 1, 3, importFlexAttention, "without graphs", 1,
       "ai.onnx.preview"},
  };
  return rows;
}
