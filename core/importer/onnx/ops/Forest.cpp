// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Decision trees as tables: all rows take a step in all trees at once.

#include "core/importer/onnx/ops/Forest.h"

#include "core/importer/onnx/ops/Index.h"

#include <limits>

using namespace glowplug;
using namespace glowplug::importer;

using K = ScalarKind;

/// The most steps from a root to a leaf: bounds the program that one node
/// makes.
static constexpr int64_t mostSteps = 512;

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

static bool checkNumbers(Node &n, const Forest &forest, int64_t features) {
  auto isNode = [&](int64_t number) {
    return n.check(number >= 0 && number < forest.count(),
                   "a branch needs to lead to a node from 0 to " +
                       Twine(forest.count() - 1) + ", but leads to " +
                       Twine(number));
  };
  for (const Branch &branch : forest.branches)
    if (!isNode(branch.yes) || !isNode(branch.no) ||
        !n.check(branch.feature >= 0 && branch.feature < features,
                 "a branch needs a feature from 0 to " + Twine(features - 1) +
                     ", but has " + Twine(branch.feature)))
      return false;
  for (const LeafWeight &one : forest.weights)
    if (!n.check(one.target >= 0 && one.target < forest.targets,
                 "a leaf needs a target from 0 to " +
                     Twine(forest.targets - 1) + ", but has " +
                     Twine(one.target)))
      return false;
  return n.check(!forest.roots.empty(), "there is no tree") &&
         llvm::all_of(forest.roots, isNode);
}

/// The most steps from a root to a leaf; -1 when the node failed. Without
/// recursion, since a file may have any depth.
static int64_t depthOf(Node &n, const Forest &forest) {
  constexpr int64_t unknown = -1, open = -2;
  const auto branches = static_cast<int64_t>(forest.branches.size());
  std::vector<int64_t> depths(forest.branches.size(), unknown);
  auto depth = [&](int64_t i) { return i < branches ? depths[i] : 0; };
  int64_t most = 0;
  for (int64_t root : forest.roots) {
    SmallVector<int64_t> stack{root};
    while (!stack.empty()) {
      const int64_t at = stack.back();
      if (depth(at) >= 0) {
        stack.pop_back();
        continue;
      }
      const Branch &branch = forest.branches[at];
      const bool entered = depths[at] == unknown;
      depths[at] = open;
      for (int64_t next : {branch.yes, branch.no}) {
        if (!n.check(depth(next) != open,
                     "a branch comes back to itself by node " + Twine(next)))
          return -1;
        if (entered && depth(next) == unknown)
          stack.push_back(next);
      }
      if (stack.back() == at)
        depths[at] = 1 + std::max(depth(branch.yes), depth(branch.no));
    }
    most = std::max(most, depth(root));
  }
  if (most <= mostSteps)
    return most;
  (void)n.unsupported("a tree of " + Twine(most) +
                      " levels is not supported; it is supported up to " +
                      Twine(mostSteps));
  return -1;
}

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

namespace {

/// The branches as constants, an entry per node; a leaf leads to itself.
struct Tables {
  Value features, splits, yes, no;
  /// Null where all branches have one mode, and where no NaN is true.
  Value modes, missing;
  Branching mode = Branching::le;
};

} // namespace

static Value floats(Node &n, ArrayRef<double> values, ArrayRef<int64_t> shape,
                    Type type) {
  if (type.isF64())
    return n.constantOf(Tensor::of<double>(shape, values));
  const std::vector<float> narrow(values.begin(), values.end());
  return n.constantOf(Tensor::of<float>(shape, ArrayRef<float>(narrow)));
}

static Tables makeTables(Node &n, const Forest &forest, Type type) {
  SmallVector<int64_t> features, yes, no, modes, missing;
  std::vector<double> splits;
  bool isMixed = false, hasMissing = false;
  auto append = [&](const Branch &branch) {
    features.push_back(branch.feature);
    splits.push_back(branch.split);
    yes.push_back(branch.yes);
    no.push_back(branch.no);
    modes.push_back(static_cast<int64_t>(branch.mode));
    missing.push_back(branch.missingIsTrue);
    hasMissing |= branch.missingIsTrue;
    isMixed |= modes.back() != modes.front();
  };
  for (const Branch &branch : forest.branches)
    append(branch);
  Branch leaf;
  if (!modes.empty())
    leaf.mode = static_cast<Branching>(modes.front());
  for (int64_t i = forest.count() - forest.leaves; i < forest.count(); ++i) {
    leaf.yes = leaf.no = i;
    append(leaf);
  }
  Tables tables;
  tables.mode = leaf.mode;
  tables.features = n.indices(features);
  tables.splits = floats(n, splits, {forest.count()}, type);
  tables.yes = n.indices(yes);
  tables.no = n.indices(no);
  if (isMixed)
    tables.modes = n.indices(modes);
  if (hasMissing)
    tables.missing = n.indices(missing);
  return tables;
}

//===----------------------------------------------------------------------===//
// Walk
//===----------------------------------------------------------------------===//

static Value compare(ScalarBuilder &s, Branching mode, Value x, Value split) {
  static constexpr K kinds[] = {K::le, K::lt, K::ge, K::gt, K::eq, K::ne};
  return s.op(kinds[static_cast<size_t>(mode)], {x, split});
}

/// From the nodes \p at [rows, trees] to the next ones.
static Value step(Node &n, Value x, Value at, const Tables &tables) {
  auto of = [&](Value table) { return n.b.gather(table, at, 0); };
  SmallVector<Value> operands{gatherElements(n.b, x, of(tables.features), 1),
                              of(tables.splits), of(tables.yes), of(tables.no)};
  for (Value table : {tables.modes, tables.missing})
    if (table)
      operands.push_back(of(table));
  return n.b.map(operands, [&](ScalarBuilder &s, ValueRange v) {
    Value holds = compare(s, tables.mode, v[0], v[1]);
    auto is = [&](Value number, int64_t value) {
      return s.op(K::eq, {number, s.number(value, number.getType())});
    };
    if (tables.modes)
      for (Branching mode : {Branching::le, Branching::lt, Branching::ge,
                             Branching::gt, Branching::eq, Branching::ne})
        holds = s.select(is(v[4], static_cast<int64_t>(mode)),
                         compare(s, mode, v[0], v[1]), holds);
    if (tables.missing) {
      Value missing =
          s.op(K::bit_and, {s.op(K::is_nan, v[0]), is(v.back(), 1)});
      holds = s.op(K::bit_or, {holds, missing});
    }
    return s.select(holds, v[2], v[3]);
  });
}

/// The weights of the leaves as a table [leaves, targets]; \p none where a leaf
/// says nothing.
static Value leafTable(Node &n, const Forest &forest, double none, Type type) {
  std::vector<double> table(forest.leaves * forest.targets, none);
  for (const LeafWeight &one : forest.weights) {
    double &entry = table[one.leaf * forest.targets + one.target];
    entry = entry == none ? one.weight : entry + one.weight;
  }
  return floats(n, table, {forest.leaves, forest.targets}, type);
}

Value importer::walkForest(Node &n, Value x, const Forest &forest,
                           Aggregation aggregation) {
  const int64_t rows = prim::shapeOf(x)[0], features = prim::shapeOf(x)[1];
  const auto trees = static_cast<int64_t>(forest.roots.size());
  const Type type = prim::elementOf(x);
  if (!checkNumbers(n, forest, features))
    return {};
  const int64_t depth = depthOf(n, forest);
  if (depth < 0 || !n.checkShape({forest.leaves, forest.targets}) ||
      !n.checkShape({rows, trees, forest.targets}) ||
      !n.reserve(forest.count() * 40 + forest.leaves * forest.targets * 8))
    return {};
  Value at =
      n.b.broadcast(n.indices(forest.roots, Shape{1, trees}), {rows, trees});
  if (depth > 0) {
    const Tables tables = makeTables(n, forest, type);
    for (int64_t i = 0; i < depth; ++i)
      at = step(n, x, at, tables);
  }
  Value leaf = n.b.map(at, [&](ScalarBuilder &s, ValueRange v) {
    return s.sub(v[0],
                 s.number(forest.count() - forest.leaves, v[0].getType()));
  });
  const double infinity = std::numeric_limits<double>::infinity();
  const bool isMin = aggregation == Aggregation::min,
             isMax = aggregation == Aggregation::max;
  const double none = isMin ? infinity : isMax ? -infinity : 0;
  Value chosen = n.b.gather(leafTable(n, forest, none, type), leaf, 0);
  Value result = n.b.reduce(isMin   ? ReduceKind::min
                            : isMax ? ReduceKind::max
                                    : ReduceKind::sum,
                            chosen, {1});
  result = n.b.reshape(result, {rows, forest.targets});
  if (aggregation == Aggregation::sum)
    return result;
  return n.b.map(result, [&](ScalarBuilder &s, ValueRange v) {
    if (aggregation == Aggregation::average)
      return s.div(v[0], s.number(static_cast<double>(trees), type));
    return s.select(s.op(K::eq, {v[0], s.number(none, type)}),
                    s.number(0.0, type), v[0]);
  });
}
