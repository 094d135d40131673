// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// TfIdfVectorizer of integers: counts sequences that skip elements.

#include "core/importer/build/Emit.h"
#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/ops/Families.h"

#include <map>

using namespace glowplug;
using namespace glowplug::importer;

using K = ScalarKind;

namespace {

/// The sequences of one length, the columns that count them, and their weights.
struct Ngrams {
  std::vector<SmallVector<int64_t>> sequences;
  SmallVector<int64_t> columns;
  std::vector<float> weights;
};

struct Vectorizer {
  int64_t least = 1, most = 1, skips = 0, columns = 0;
  std::string mode;
  std::map<int64_t, Ngrams> byLength;
  std::optional<SmallVector<double>> weights; ///< Per sequence.
};

} // namespace

/// Splits the pool into sequences: those of length i begin at entry i - 1 of
/// ngram_counts.
static bool readPool(Node &n, Vectorizer &v) {
  using List = SmallVector<int64_t>;
  const List pool = n.intsAttr("pool_int64s").value_or(List());
  const List starts = n.intsAttr("ngram_counts").value_or(List());
  const List columns = n.intsAttr("ngram_indexes").value_or(List());
  if (n.failed())
    return false;
  if (!n.check(!v.weights || v.weights->size() == columns.size(),
               "weights needs " + Twine(columns.size()) +
                   " entries as ngram_indexes, but has " +
                   Twine(v.weights ? v.weights->size() : 0)))
    return false;
  size_t next = 0; // in columns
  for (size_t i = 0; i < starts.size(); ++i) {
    const auto size = static_cast<int64_t>(pool.size());
    const int64_t length = static_cast<int64_t>(i) + 1, begin = starts[i];
    const int64_t end = i + 1 < starts.size() ? starts[i + 1] : size;
    if (!n.check(begin >= 0 && begin <= end && end <= size &&
                     (end - begin) % length == 0,
                 "ngram_counts[" + Twine(i) + "] of " + Twine(begin) +
                     " does not begin sequences of " + Twine(length) +
                     " in a pool of " + Twine(size)))
      return false;
    std::map<SmallVector<int64_t>, size_t> found; // The last of equal ones.
    for (int64_t at = begin; at < end; at += length, ++next) {
      if (!n.check(next < columns.size(),
                   "ngram_indexes has " + Twine(columns.size()) +
                       " entries, and the pool more sequences"))
        return false;
      found[SmallVector<int64_t>(ArrayRef<int64_t>(pool).slice(at, length))] =
          next;
    }
    for (const auto &[sequence, number] : found) {
      Ngrams &grams = v.byLength[length];
      grams.sequences.push_back(sequence);
      grams.columns.push_back(columns[number]);
      grams.weights.push_back(
          v.weights ? static_cast<float>((*v.weights)[number]) : 1);
    }
  }
  for (int64_t column : columns) {
    if (!n.atLeast(column, 0, "an entry of ngram_indexes") ||
        !n.checkShape({column + 1}))
      return false;
    v.columns = std::max(v.columns, column + 1);
  }
  // The weight of whichever sequence came last in the row would count.
  SmallVector<int64_t> sorted(columns);
  llvm::sort(sorted);
  if (v.mode == "IDF" && v.weights &&
      std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
    (void)n.unsupported("mode IDF with weights for sequences that share a "
                        "column is not supported; it is supported with "
                        "different entries of ngram_indexes");
    return false;
  }
  return n.check(v.columns > 0, "ngram_indexes is empty");
}

static bool readVectorizer(Node &n, Vectorizer &v) {
  v.least = n.requiredInt("min_gram_length");
  v.most = n.requiredInt("max_gram_length");
  v.skips = n.requiredInt("max_skip_count");
  v.mode = n.stringAttr("mode", "");
  v.weights = n.floatsAttr("weights");
  if (n.hasAttr("pool_strings")) {
    n.ignoreAttr("pool_strings");
    (void)n.unsupported("pool_strings is not supported; pool_int64s is");
    return false;
  }
  return n.check(v.mode == "TF" || v.mode == "IDF" || v.mode == "TFIDF",
                 "mode needs to be TF, IDF or TFIDF, but got '" + v.mode +
                     "'") &&
         n.atLeast(v.least, 1, "min_gram_length") &&
         n.atLeast(v.most, v.least, "max_gram_length") &&
         n.atLeast(v.skips, 0, "max_skip_count") && readPool(n, v);
}

/// How often each sequence is in each row of \p x [B, C], with \p step from
/// element to element: [sequences, B]. Null where none fits.
static Value countOf(Node &n, Value x, const Ngrams &grams, int64_t length,
                     int64_t step) {
  const int64_t batch = prim::shapeOf(x)[0];
  const int64_t places = prim::shapeOf(x)[1] - (length - 1) * step;
  const auto count = static_cast<int64_t>(grams.sequences.size());
  if (places < 1 || !n.checkShape({batch, places, count}))
    return {};
  Value matches;
  for (int64_t i = 0; i < length; ++i) {
    SmallVector<int64_t> wanted;
    for (const SmallVector<int64_t> &sequence : grams.sequences)
      wanted.push_back(sequence[i]);
    Value here =
        n.b.reshape(n.b.slice(x, {0, i * step}, {batch, places}, {1, 1}),
                    {batch, places, 1});
    SmallVector<Value> operands{here, n.indices(wanted, Shape{1, 1, count})};
    if (matches)
      operands.push_back(matches);
    matches = n.b.map(operands, [](ScalarBuilder &s, ValueRange v) {
      Value equal = s.op(K::eq, {v[0], v[1]});
      return v.size() == 3 ? s.op(K::bit_and, {v[2], equal}) : equal;
    });
  }
  Value sums = n.b.reduce(ReduceKind::sum,
                          n.b.cast(matches, n.b.builder.getF32Type()), {1});
  return n.b.transpose(n.b.reshape(sums, {batch, count}), {1, 0});
}

/// What \p counts [sequences, B] add to their columns.
static Value weighted(Node &n, Value counts, const Ngrams &grams,
                      StringRef mode) {
  const Type f32 = n.b.builder.getF32Type();
  if (mode == "TF")
    return counts;
  const auto rows = static_cast<int64_t>(grams.weights.size());
  Value weights = n.constantOf(
      Tensor::of<float>({rows, 1}, ArrayRef<float>(grams.weights)));
  return n.b.map({counts, weights}, [&](ScalarBuilder &s, ValueRange v) {
    if (mode == "TFIDF")
      return s.mul(v[0], v[1]);
    Value zero = s.number(0.0, f32);
    return s.select(s.op(K::gt, {v[0], zero}), v[1], zero);
  });
}

static LogicalResult importTfIdf(Node &n) {
  Vectorizer v;
  if (!readVectorizer(n, v) || !n.checkRank(0, 0, 2) ||
      !n.check(n.dtype(0) == DType::i32 || n.dtype(0) == DType::i64,
               "input 0 needs to be i32 or i64, but is " +
                   dtypeName(n.dtype(0))))
    return llvm::failure();
  ArrayRef<int64_t> in = n.shape(0);
  const int64_t batch = in.size() == 2 ? in[0] : 1;
  const int64_t size = in.empty() ? 1 : in.back();
  if (!n.checkShape({batch, v.columns}))
    return llvm::failure();
  Value x = n.b.cast(n.b.reshape(n.input(0), {batch, size}),
                     n.b.builder.getI64Type());
  Value counts = n.b.splat(0.0, n.b.builder.getF32Type(), {v.columns, batch});
  for (const auto &[length, grams] : v.byLength) {
    if (length < v.least || length > v.most)
      continue;
    // One element has nothing to skip; longer steps than the row find nothing.
    const int64_t steps = length == 1 ? 1 : std::min(v.skips + 1, size);
    Value sum;
    for (int64_t step = 1; step <= steps; ++step) {
      Value found = countOf(n, x, grams, length, step);
      if (n.failed())
        return llvm::failure();
      if (!found)
        break;
      sum = sum ? n.b.add(sum, found) : found;
    }
    const bool once = v.mode == "IDF" && !v.weights;
    if (sum)
      counts = n.b.scatter(
          once ? prim::ScatterKind::max : prim::ScatterKind::add, counts,
          n.indices(grams.columns), weighted(n, sum, grams, v.mode));
  }
  Value result = n.b.transpose(counts, {1, 0});
  return n.result(in.size() == 2 ? result : n.b.reshape(result, {v.columns}));
}

ArrayRef<OpRow> importer::ngramRows() {
  static constexpr OpRow rows[] = {
      {"TfIdfVectorizer", 9, 1, importTfIdf, "integers"},
  };
  return rows;
}
