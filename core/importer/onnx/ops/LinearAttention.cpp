// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// LinearAttention: a matrix per head that remembers keys and values, unrolled
// over the steps of the sequence.

#include "core/importer/build/Emit.h"
#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/ops/Families.h"

#include <cmath>

using namespace glowplug;
using namespace glowplug::importer;

using K = ScalarKind;

/// The most steps that are unrolled: bounds the program that one node makes.
static constexpr int64_t mostSteps = 1024;

namespace {

enum Input : unsigned { query, key, value, pastState, decay, beta };

/// One node. The state is [batch, heads, keySize, valueSize].
class LinearAttention {
public:
  explicit LinearAttention(Node &n) : n(n), b(n.b) {}
  LogicalResult run();

private:
  bool readAttributes();
  bool readShapes();
  bool checkInput(unsigned i, ArrayRef<int64_t> sizes, StringRef name);
  /// Step \p time of input \p i, in the type that is computed in.
  Value at(unsigned i, int64_t time, ArrayRef<int64_t> shape);
  /// The state after step \p time.
  Value remember(Value state, int64_t time);

  Node &n;
  PrimBuilder &b;
  int64_t queryHeads = 1, heads = 1;
  int64_t batch = 0, steps = 0, keySize = 0, valueSize = 0;
  bool decays = false, corrects = false;
  double scale = 0;
};

} // namespace

bool LinearAttention::readAttributes() {
  const std::string rule = n.stringAttr("update_rule", "gated_delta");
  decays = rule == "gated" || rule == "gated_delta";
  corrects = rule == "delta" || rule == "gated_delta";
  n.ignoreAttr("chunk_size"); // a hint
  queryHeads = n.requiredInt("q_num_heads");
  heads = n.requiredInt("kv_num_heads");
  scale = n.floatAttr("scale", 0);
  return n.check(decays || corrects || rule == "linear",
                 "update_rule needs to be linear, gated, delta or "
                 "gated_delta, but got '" +
                     rule + "'") &&
         n.check(std::isfinite(scale), "scale needs to be finite") &&
         n.atLeast(heads, 1, "kv_num_heads") &&
         n.check(queryHeads >= 1 && queryHeads % heads == 0,
                 "q_num_heads needs to be a multiple of kv_num_heads, " +
                     Twine(heads) + ", but got " + Twine(queryHeads)) &&
         n.check(n.hasInput(decay) == decays,
                 "decay belongs to the rules gated and gated_delta, but the "
                 "rule is '" +
                     rule + "'") &&
         n.check(n.hasInput(beta) == corrects,
                 "beta belongs to the rules delta and gated_delta, but the "
                 "rule is '" +
                     rule + "'");
}

/// Input \p i is [batch, steps, one of \p sizes].
bool LinearAttention::checkInput(unsigned i, ArrayRef<int64_t> sizes,
                                 StringRef name) {
  if (!n.hasInput(i))
    return true;
  ArrayRef<int64_t> shape = n.shape(i);
  return n.isFloat(i) &&
         n.check(shape.size() == 3 && shape[0] == batch && shape[1] == steps &&
                     llvm::is_contained(sizes, shape[2]),
                 "input " + Twine(i) + " (" + name + ") of shape " +
                     shapeString(shape) + " does not fit a query of shape " +
                     shapeString(n.shape(query)) + " and " + Twine(heads) +
                     " heads");
}

bool LinearAttention::readShapes() {
  if (!n.isFloat(query) || !n.checkRank(query, 3, 3) ||
      !n.checkRank(key, 3, 3) || !n.checkRank(value, 3, 3))
    return false;
  batch = n.shape(query)[0];
  steps = n.shape(query)[1];
  keySize = n.shape(query)[2] / queryHeads;
  valueSize = n.shape(value)[2] / heads;
  if (steps > mostSteps) {
    (void)n.unsupported("a sequence of " + Twine(steps) +
                        " steps is not supported; it is supported up to " +
                        Twine(mostSteps));
    return false;
  }
  const Shape state{batch, heads, keySize, valueSize};
  return n.atLeast(steps, 1, "dim 1 of input 0") &&
         n.atLeast(keySize, 1, "the size of a head") &&
         checkInput(query, {queryHeads * keySize}, "query") &&
         checkInput(key, {heads * keySize}, "key") &&
         checkInput(value, {heads * valueSize}, "value") &&
         checkInput(decay, {heads, heads * keySize}, "decay") &&
         checkInput(beta, {heads, 1}, "beta") && n.checkShape(state) &&
         (!n.hasInput(pastState) ||
          (n.isFloat(pastState) &&
           n.check(n.shape(pastState) == ArrayRef<int64_t>(state),
                   "past_state needs shape " + shapeString(state) +
                       ", but has " + shapeString(n.shape(pastState)))));
}

Value LinearAttention::at(unsigned i, int64_t time, ArrayRef<int64_t> shape) {
  const int64_t size = n.shape(i)[2];
  Value part = b.slice(n.input(i), {0, time, 0}, {batch, 1, size}, {1, 1, 1});
  return b.cast(b.reshape(part, shape), computeType(n.element(query)));
}

Value LinearAttention::remember(Value state, int64_t time) {
  if (decays) {
    const int64_t rates = n.shape(decay)[2] / heads;
    Value rate = at(decay, time, {batch, heads, rates, 1});
    state = b.map({state, rate}, [](ScalarBuilder &s, ValueRange v) {
      return s.mul(v[0], s.op(K::exp, v[1]));
    });
  }
  Value now = at(value, time, {batch, heads, 1, valueSize});
  if (corrects) {
    // What the state already says of the key is taken off.
    Value known = b.matmul(at(key, time, {batch, heads, 1, keySize}), state);
    Value factor = at(beta, time, {batch, n.shape(beta)[2], 1, 1});
    now = b.map({now, known, factor}, [](ScalarBuilder &s, ValueRange v) {
      return s.mul(v[2], s.sub(v[0], v[1]));
    });
  }
  return b.map({state, at(key, time, {batch, heads, keySize, 1}), now},
               [](ScalarBuilder &s, ValueRange v) {
                 return s.add(v[0], s.mul(v[1], v[2]));
               });
}

LogicalResult LinearAttention::run() {
  if (!readAttributes() || !readShapes())
    return llvm::failure();
  const Type element = n.element(query), compute = computeType(element);
  if (scale == 0)
    scale = 1 / std::sqrt(static_cast<double>(keySize));
  Value state = n.hasInput(pastState)
                    ? b.cast(n.input(pastState), compute)
                    : b.splat(0.0, compute, {batch, heads, keySize, valueSize});
  SmallVector<Value> outputs;
  for (int64_t time = 0; time < steps; ++time) {
    state = remember(state, time);
    // Query heads that share a state are rows of one product.
    Value rows = at(query, time, {batch, heads, queryHeads / heads, keySize});
    outputs.push_back(
        b.reshape(b.matmul(rows, state), {batch, 1, queryHeads * valueSize}));
  }
  Value result =
      b.map(b.concat(outputs, 1), [&](ScalarBuilder &s, ValueRange v) {
        return s.cast(s.mul(v[0], s.number(scale, compute)), element);
      });
  const Type kept = n.hasInput(pastState) ? n.element(pastState) : element;
  return n.results({result, b.cast(state, kept)});
}

static LogicalResult importLinearAttention(Node &n) {
  return LinearAttention(n).run();
}

ArrayRef<OpRow> importer::linearAttentionRows() {
  static constexpr OpRow rows[] = {
      {"LinearAttention", 27, {3, 6}, importLinearAttention, "unrolled", 2},
  };
  return rows;
}
