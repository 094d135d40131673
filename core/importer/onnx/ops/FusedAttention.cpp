// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// MultiHeadAttention and Attention of com.microsoft.

#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/ops/Families.h"
#include "core/importer/onnx/ops/Heads.h"

#include <cmath>

using namespace glowplug;
using namespace glowplug::importer;

using K = ScalarKind;

/// Part \p i of dim \p dim, without that dim.
static Value part(Node &n, Value x, int64_t dim, int64_t i) {
  Shape shape(prim::shapeOf(x)), starts(shape.size(), 0);
  starts[dim] = i;
  shape[dim] = 1;
  return dropDims(n, n.b.slice(x, starts, shape, Shape(shape.size(), 1)),
                  {dim});
}

/// Elements [\p first, \p first + \p count) of the last dim.
static Value columns(Node &n, Value x, int64_t first, int64_t count) {
  Shape shape(prim::shapeOf(x)), starts(shape.size(), 0);
  starts.back() = first;
  shape.back() = count;
  return n.b.slice(x, starts, shape, Shape(shape.size(), 1));
}

//===----------------------------------------------------------------------===//
// Masks
//===----------------------------------------------------------------------===//

/// Whether each key counts, from the mask of input \p i in one of its forms:
/// rank 4, booleans. Null when it failed.
static Value visibleKeys(Node &n, unsigned i, ArrayRef<int64_t> scores) {
  const int64_t batch = scores[0], length = scores[2], keys = scores[3];
  ArrayRef<int64_t> shape = n.shape(i);
  if (!n.check(n.dtype(i) == DType::i32,
               "the mask needs to be i32, but is " + dtypeName(n.dtype(i))))
    return {};
  Value mask = n.input(i);
  const Type i32 = n.b.builder.getI32Type();
  if (shape == ArrayRef<int64_t>{batch} ||
      shape == ArrayRef<int64_t>{2 * batch}) {
    // The end of each sequence, and then the begin of each.
    auto bound = [&](int64_t first) {
      return n.b.reshape(n.b.slice(mask, {first}, {batch}, {1}),
                         {batch, 1, 1, 1});
    };
    SmallVector<Value> operands{n.b.cast(iota(n, 4, 3, keys), i32), bound(0)};
    if (shape[0] != batch)
      operands.push_back(bound(batch));
    return n.b.map(operands, [&](ScalarBuilder &s, ValueRange v) {
      Value visible = s.op(K::lt, {v[0], v[1]});
      if (v.size() < 3)
        return visible;
      return s.op(K::bit_and, {visible, s.op(K::ge, {v[0], v[2]})});
    });
  }
  Shape aligned;
  if (shape == ArrayRef<int64_t>{batch, keys}) {
    aligned = {batch, 1, 1, keys};
  } else if (shape == ArrayRef<int64_t>{batch, length, keys}) {
    aligned = {batch, 1, length, keys};
  } else {
    (void)n.unsupported("a mask of shape " + shapeString(shape) +
                        " is not supported; it is supported per batch, per "
                        "batch and key, and per batch, query and key");
    return {};
  }
  return n.b.map(n.b.reshape(mask, aligned),
                 [&](ScalarBuilder &s, ValueRange v) {
                   return s.op(K::ne, {v[0], s.number(int64_t{0}, i32)});
                 });
}

/// The sum of the mask in input \p mask and the bias in input \p bias; null if
/// neither is there, or when it failed.
static Value readBias(Node &n, unsigned mask, unsigned bias,
                      const Heads &heads) {
  const double filter = n.floatAttr("mask_filter_value", -10000);
  const Shape scores = heads.scores();
  const Type type = prim::elementOf(heads.query);
  Value result;
  if (n.hasInput(mask)) {
    Value visible = visibleKeys(n, mask, scores);
    if (!visible)
      return {};
    result = biasOfMask(n, visible, filter, type);
  }
  if (!n.hasInput(bias))
    return result;
  if (!n.sameType(0, bias) || !n.checkRank(bias, 4, 4) ||
      !n.broadcastsTo(bias, scores, "attention_bias"))
    return {};
  return result ? n.b.add(result, n.input(bias)) : n.input(bias);
}

//===----------------------------------------------------------------------===//
// MultiHeadAttention
//===----------------------------------------------------------------------===//

namespace {

enum MultiHeadInput : unsigned {
  query,
  key,
  value,
  projectionBias,
  keyMask,
  scoreBias,
  pastKey,
  pastValue
};

} // namespace

/// \p x, [N, L, D], plus entries [\p first, \p first + D) of the bias.
static Value plusBias(Node &n, Value x, int64_t first) {
  const int64_t size = prim::shapeOf(x)[2];
  Value bias = n.b.slice(n.input(projectionBias), {first}, {size}, {1});
  return n.b.add(x, n.b.reshape(bias, {1, 1, size}));
}

/// Query, key and value of three dims each.
static bool readJoined(Node &n, Heads &heads, int64_t count) {
  Value parts[] = {n.input(query), n.input(key), n.input(value)};
  int64_t total = 0;
  for (auto [i, one] : llvm::enumerate(parts)) {
    const int64_t size = prim::shapeOf(one)[2];
    if (!n.check(size % count == 0, "num_heads of " + Twine(count) +
                                        " does not divide dim 2 of input " +
                                        Twine(i) + ", " + Twine(size)))
      return false;
    total += size;
  }
  if (n.hasInput(projectionBias)) {
    if (!n.sameType(0, projectionBias) ||
        !n.check(n.shape(projectionBias) == ArrayRef<int64_t>{total},
                 "bias needs shape [" + Twine(total) + "], but has " +
                     shapeString(n.shape(projectionBias))))
      return false;
    int64_t first = 0;
    for (Value &one : parts) {
      one = plusBias(n, one, first);
      first += prim::shapeOf(one)[2];
    }
  }
  heads = {splitHeads(n, parts[0], count), splitHeads(n, parts[1], count),
           splitHeads(n, parts[2], count), Value()};
  return true;
}

/// A query of three dims; key and value with four, split into heads.
static bool readSplit(Node &n, Heads &heads, int64_t count) {
  auto has = [&](unsigned i, int64_t rank) {
    return n.hasInput(i) && n.rank(i) == rank;
  };
  if (!has(query, 3) || !has(key, 4) || !has(value, 4) ||
      n.hasInput(projectionBias)) {
    (void)n.unsupported(
        "query, key and value are supported with three dims each, or with key "
        "and value split into heads and without bias");
    return false;
  }
  const int64_t size = n.shape(query)[2];
  if (!n.sameType(query, key) || !n.sameType(query, value) ||
      !n.check(size % count == 0, "num_heads of " + Twine(count) +
                                      " does not divide dim 2 of input 0, " +
                                      Twine(size)))
    return false;
  heads = {splitHeads(n, n.input(query), count), n.input(key), n.input(value),
           Value()};
  return true;
}

/// \p now after the heads of the cache \p past; null when it failed.
static Value afterPast(Node &n, Value past, Value now) {
  Shape expected(prim::shapeOf(now));
  if (prim::rankOf(past) == 4)
    expected[2] = prim::shapeOf(past)[2];
  if (!n.check(prim::elementOf(past) == prim::elementOf(now) &&
                   prim::shapeOf(past) == ArrayRef<int64_t>(expected),
               "a cache of shape " + shapeString(prim::shapeOf(past)) +
                   " cannot come before heads of shape " +
                   shapeString(prim::shapeOf(now))))
    return {};
  return n.b.concat({past, now}, 2);
}

/// Attention over \p heads with the attributes of both operators. \p past is
/// how many keys come before the first query.
static Value attendAs(Node &n, const Heads &heads, int64_t past) {
  graph::AttentionParameters parameters;
  const auto size = static_cast<double>(prim::shapeOf(heads.query)[3]);
  parameters.scale = readAttentionScale(n, 1 / std::sqrt(size), true);
  if (n.flagAttr("unidirectional"))
    parameters.causal = past;
  return joinHeads(n, attend(n, heads, parameters));
}

static LogicalResult importMultiHeadAttention(Node &n) {
  const int64_t count = n.requiredInt("num_heads");
  if (!n.isFloat(query) || !n.atLeast(count, 1, "num_heads") ||
      !n.check(n.hasInput(pastKey) == n.hasInput(pastValue),
               "past_key and past_value need to be given together"))
    return llvm::failure();
  const bool joined = n.rank(query) == 3 && n.hasInput(key) &&
                      n.hasInput(value) && n.rank(key) == 3 &&
                      n.rank(value) == 3;
  if (joined && (!n.sameType(query, key) || !n.sameType(query, value)))
    return llvm::failure();
  Heads heads;
  if (!(joined ? readJoined(n, heads, count) : readSplit(n, heads, count)))
    return llvm::failure();
  int64_t past = 0;
  if (n.hasInput(pastKey)) {
    const int64_t now = prim::shapeOf(heads.key)[2];
    heads.key = afterPast(n, n.input(pastKey), heads.key);
    heads.value =
        heads.key ? afterPast(n, n.input(pastValue), heads.value) : Value();
    if (n.failed())
      return llvm::failure();
    past = prim::shapeOf(heads.key)[2] - now;
  }
  if (!checkHeads(n, heads))
    return llvm::failure();
  heads.bias = readBias(n, keyMask, scoreBias, heads);
  if (n.failed())
    return llvm::failure();
  return n.results({attendAs(n, heads, past), heads.key, heads.value});
}

//===----------------------------------------------------------------------===//
// Attention, with the projection of one input
//===----------------------------------------------------------------------===//

/// The sizes of query, key and value in the projection; empty when it failed.
static SmallVector<int64_t> readHiddenSizes(Node &n, int64_t count) {
  const int64_t total = n.shape(1)[1];
  SmallVector<int64_t> sizes =
      n.intsAttr("qkv_hidden_sizes")
          .value_or(SmallVector<int64_t>(3, total / 3));
  int64_t sum = 0;
  bool fits = sizes.size() == 3;
  for (int64_t size : sizes) {
    fits = fits && size >= 1 && size <= total && size % count == 0;
    sum += fits ? size : 0;
  }
  if (!n.check(fits && sum == total,
               "weights of " + Twine(total) +
                   " columns do not split into query, key and value of " +
                   Twine(count) + " heads"))
    return {};
  return sizes;
}

static LogicalResult importProjectedAttention(Node &n) {
  enum : unsigned { input, weights, bias, maskIndex, past, attentionBias };
  const int64_t count = n.requiredInt("num_heads");
  n.ignoreAttr("past_present_share_buffer");
  if (n.flagAttr("do_rotary"))
    return n.unsupported("do_rotary is not supported; it is supported as 0");
  if (!n.isFloat(input) || !n.sameType(input, weights) ||
      !n.checkRank(input, 3, 3) || !n.checkRank(weights, 2, 2) ||
      !n.atLeast(count, 1, "num_heads"))
    return llvm::failure();
  ArrayRef<int64_t> in = n.shape(input), matrix = n.shape(weights);
  const SmallVector<int64_t> sizes = readHiddenSizes(n, count);
  if (n.failed() ||
      !n.check(in[2] == matrix[0], "weights of shape " + shapeString(matrix) +
                                       " do not fit an input of shape " +
                                       shapeString(in)) ||
      !n.checkShape({in[0], in[1], matrix[1]}))
    return llvm::failure();
  Value projected = n.b.reshape(
      n.b.matmul(n.b.reshape(n.input(input), {in[0] * in[1], in[2]}),
                 n.input(weights)),
      {in[0], in[1], matrix[1]});
  if (n.hasInput(bias)) {
    if (!n.sameType(input, bias) ||
        !n.check(n.shape(bias) == ArrayRef<int64_t>{matrix[1]},
                 "bias needs shape [" + Twine(matrix[1]) + "], but has " +
                     shapeString(n.shape(bias))))
      return llvm::failure();
    projected =
        n.b.add(projected, n.b.reshape(n.input(bias), {1, 1, matrix[1]}));
  }
  auto head = [&](int64_t first, int64_t size) {
    return splitHeads(n, columns(n, projected, first, size), count);
  };
  Heads heads{head(0, sizes[0]), head(sizes[0], sizes[1]),
              head(sizes[0] + sizes[1], sizes[2]), Value()};
  int64_t before = 0;
  if (n.hasInput(past)) {
    if (!n.checkRank(past, 5, 5) ||
        !n.check(n.shape(past)[0] == 2, "past needs keys and values in dim 0, "
                                        "but has shape " +
                                            shapeString(n.shape(past))))
      return llvm::failure();
    before = n.shape(past)[3];
    heads.key = afterPast(n, part(n, n.input(past), 0, 0), heads.key);
    heads.value = heads.key
                      ? afterPast(n, part(n, n.input(past), 0, 1), heads.value)
                      : Value();
  }
  if (n.failed() || !checkHeads(n, heads))
    return llvm::failure();
  heads.bias = readBias(n, maskIndex, attentionBias, heads);
  if (n.failed())
    return llvm::failure();
  SmallVector<Value> results{attendAs(n, heads, before)};
  if (n.wantsOutput(1)) {
    if (!n.check(sizes[1] == sizes[2], "present needs keys and values of one "
                                       "size, but they have " +
                                           Twine(sizes[1]) + " and " +
                                           Twine(sizes[2])))
      return llvm::failure();
    Shape one(prim::shapeOf(heads.key));
    one.insert(one.begin(), 1);
    results.push_back(n.b.concat(
        {n.b.reshape(heads.key, one), n.b.reshape(heads.value, one)}, 0));
  }
  return n.results(results);
}

ArrayRef<OpRow> importer::fusedAttentionRows() {
  constexpr llvm::StringLiteral microsoft = "com.microsoft";
  static constexpr OpRow rows[] = {
      {"Attention", 1, {2, 6}, importProjectedAttention, "", 2, microsoft},
      {"MultiHeadAttention",
       1,
       {1, 8},
       importMultiHeadAttention,
       "not packed",
       3,
       microsoft},
  };
  return rows;
}
