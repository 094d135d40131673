// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// TreeEnsemble, TreeEnsembleClassifier and TreeEnsembleRegressor.

#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/ops/Families.h"
#include "core/importer/onnx/ops/Forest.h"
#include "core/importer/onnx/ops/Scores.h"

#include <cmath>
#include <map>
#include <set>

using namespace glowplug;
using namespace glowplug::importer;

using Ints = SmallVector<int64_t>;
using Doubles = std::vector<double>;

static Ints ints(Node &n, const Twine &name) {
  return n.intsAttr(name.str()).value_or(Ints());
}

/// Numbers in the attribute \p name, or in \p name_as_tensor.
static Doubles doubles(Node &n, const std::string &name) {
  if (std::optional<Tensor> tensor = n.tensorAttr(name + "_as_tensor"))
    return toDoubles(*tensor);
  const auto list = n.floatsAttr(name).value_or(SmallVector<double>());
  return Doubles(list.begin(), list.end());
}

static bool sameLength(Node &n, size_t count, size_t wanted,
                       const Twine &name) {
  return n.check(count == wanted, name + " needs " + Twine(wanted) +
                                      " entries, but has " + Twine(count));
}

//===----------------------------------------------------------------------===//
// Versions 1 to 3: nodes by tree and number
//===----------------------------------------------------------------------===//

namespace {

/// Nodes as the attributes nodes_* give them.
struct NodeLists {
  Ints trees, ids, features, yes, no, missing;
  SmallVector<std::string> modes;
  Doubles values;
};

/// Tree and number of a node.
using NodeKey = std::pair<int64_t, int64_t>;

} // namespace

static bool readLists(Node &n, NodeLists &lists) {
  n.ignoreAttr("nodes_hitrates");
  n.ignoreAttr("nodes_hitrates_as_tensor");
  lists.trees = ints(n, "nodes_treeids");
  lists.ids = ints(n, "nodes_nodeids");
  lists.features = ints(n, "nodes_featureids");
  lists.yes = ints(n, "nodes_truenodeids");
  lists.no = ints(n, "nodes_falsenodeids");
  lists.missing = ints(n, "nodes_missing_value_tracks_true");
  lists.modes =
      n.stringsAttr("nodes_modes").value_or(SmallVector<std::string>());
  lists.values = doubles(n, "nodes_values");
  const size_t count = lists.trees.size();
  return !n.failed() &&
         sameLength(n, lists.ids.size(), count, "nodes_nodeids") &&
         sameLength(n, lists.features.size(), count, "nodes_featureids") &&
         sameLength(n, lists.yes.size(), count, "nodes_truenodeids") &&
         sameLength(n, lists.no.size(), count, "nodes_falsenodeids") &&
         sameLength(n, lists.modes.size(), count, "nodes_modes") &&
         sameLength(n, lists.values.size(), count, "nodes_values") &&
         (lists.missing.empty() ||
          sameLength(n, lists.missing.size(), count,
                     "nodes_missing_value_tracks_true"));
}

static std::optional<Branching> branchingOf(StringRef name) {
  static constexpr llvm::StringLiteral names[] = {"BRANCH_LEQ", "BRANCH_LT",
                                                  "BRANCH_GTE", "BRANCH_GT",
                                                  "BRANCH_EQ",  "BRANCH_NEQ"};
  const auto *found = llvm::find(names, name);
  if (found == std::end(names))
    return std::nullopt;
  return static_cast<Branching>(found - std::begin(names));
}

/// Numbers the nodes: branches first, then leaves. Roots are the first nodes of
/// their trees.
static std::map<NodeKey, int64_t> numberNodes(Node &n, const NodeLists &lists,
                                              Forest &forest) {
  std::map<NodeKey, int64_t> numbers;
  const int64_t branches = llvm::count_if(
      lists.modes, [](StringRef mode) { return mode != "LEAF"; });
  int64_t nextBranch = 0, nextLeaf = branches;
  std::set<int64_t> seen;
  for (size_t i = 0; i < lists.trees.size(); ++i) {
    int64_t &next = lists.modes[i] == "LEAF" ? nextLeaf : nextBranch;
    if (!n.check(
            numbers.emplace(NodeKey{lists.trees[i], lists.ids[i]}, next).second,
            "node " + Twine(lists.ids[i]) + " of tree " +
                Twine(lists.trees[i]) + " is given twice"))
      return {};
    if (seen.insert(lists.trees[i]).second)
      forest.roots.push_back(next);
    ++next;
  }
  forest.leaves = nextLeaf - branches;
  return numbers;
}

/// Reads branches, and what leaves add from the attributes \p prefix_*.
static bool readForest(Node &n, const std::string &prefix, Forest &forest) {
  NodeLists lists;
  const Ints trees = ints(n, prefix + "_treeids"),
             ids = ints(n, prefix + "_nodeids"),
             targets = ints(n, prefix + "_ids");
  const Doubles weights = doubles(n, prefix + "_weights");
  if (!readLists(n, lists) ||
      !sameLength(n, ids.size(), trees.size(), prefix + "_nodeids") ||
      !sameLength(n, targets.size(), trees.size(), prefix + "_ids") ||
      !sameLength(n, weights.size(), trees.size(), prefix + "_weights"))
    return false;
  const std::map<NodeKey, int64_t> numbers = numberNodes(n, lists, forest);
  auto numberOf = [&](int64_t tree, int64_t id) {
    auto found = numbers.find({tree, id});
    if (!n.check(found != numbers.end(),
                 "there is no node " + Twine(id) + " in tree " + Twine(tree)))
      return int64_t{-1};
    return found->second;
  };
  for (size_t i = 0; i < lists.trees.size() && !n.failed(); ++i) {
    if (lists.modes[i] == "LEAF")
      continue;
    const std::optional<Branching> mode = branchingOf(lists.modes[i]);
    if (!n.check(mode.has_value(),
                 "mode '" + lists.modes[i] + "' of a node is not known"))
      return false;
    forest.branches.push_back({lists.features[i], lists.values[i], *mode,
                               !lists.missing.empty() && lists.missing[i] != 0,
                               numberOf(lists.trees[i], lists.yes[i]),
                               numberOf(lists.trees[i], lists.no[i])});
  }
  const auto branches = static_cast<int64_t>(forest.branches.size());
  for (size_t i = 0; i < trees.size() && !n.failed(); ++i) {
    const int64_t leaf = numberOf(trees[i], ids[i]) - branches;
    if (n.check(leaf >= 0, "node " + Twine(ids[i]) + " of tree " +
                               Twine(trees[i]) +
                               " has a weight, but is no "
                               "leaf"))
      forest.weights.push_back({leaf, targets[i], weights[i]});
  }
  return !n.failed();
}

/// Adds the attribute base_values, a number per target, if it is there.
static Value withBase(Node &n, Value scores) {
  const Doubles base = doubles(n, "base_values");
  const int64_t targets = prim::shapeOf(scores)[1];
  if (base.empty())
    return scores;
  if (!sameLength(n, base.size(), targets, "base_values"))
    return {};
  Value constant =
      n.constantOf(Tensor::of<double>({1, targets}, ArrayRef<double>(base)));
  return n.b.add(scores, n.b.cast(constant, prim::elementOf(scores)));
}

static LogicalResult importRegressor(Node &n) {
  Forest forest;
  forest.targets = n.intAttr("n_targets", 1);
  const std::string name = n.stringAttr("aggregate_function", "SUM");
  static constexpr llvm::StringLiteral names[] = {"SUM", "AVERAGE", "MIN",
                                                  "MAX"};
  const auto *found = llvm::find(names, name);
  const PostTransform transform = readPostTransform(n);
  if (!n.check(found != std::end(names),
               "aggregate_function needs to be SUM, AVERAGE, MIN or MAX, but "
               "got '" +
                   name + "'") ||
      !n.atLeast(forest.targets, 1, "n_targets") ||
      !readForest(n, "target", forest))
    return llvm::failure();
  Value x = readFeatures(n);
  Value scores =
      x ? walkForest(n, x, forest,
                     static_cast<Aggregation>(found - std::begin(names)))
        : Value();
  scores = scores ? withBase(n, scores) : Value();
  if (!scores)
    return llvm::failure();
  Value result = transformScores(n, scores, transform);
  return n.result(n.b.cast(result, n.b.builder.getF32Type()));
}

//===----------------------------------------------------------------------===//
// Classifier
//===----------------------------------------------------------------------===//

/// The label of two classes of which only one has weights, whatever class they
/// name: the second above a threshold. Weights of one sign are probabilities.
static Value binaryLabel(Node &n, Value score, ArrayRef<int64_t> labels,
                         bool allPositive) {
  const double threshold = allPositive ? 0.5 : 0;
  Value second = n.b.map(score, [&](ScalarBuilder &s, ValueRange v) {
    Value bound = s.number(threshold, v[0].getType());
    return s.cast(s.op(ScalarKind::gt, {v[0], bound}),
                  n.b.builder.getI64Type());
  });
  return n.b.gather(n.indices(labels), dropDims(n, second, {1}), 0);
}

static LogicalResult importClassifier(Node &n) {
  Forest forest;
  const PostTransform transform = readPostTransform(n);
  const Ints labels =
      readLabels(n, "classlabels_int64s", "classlabels_strings");
  if (n.failed() || !readForest(n, "class", forest))
    return llvm::failure();
  const auto classes = static_cast<int64_t>(labels.size());
  if (!n.check(classes >= 2,
               "needs 2 labels or more, but has " + Twine(classes)))
    return llvm::failure();
  std::set<int64_t> named;
  bool allPositive = true;
  for (const LeafWeight &one : forest.weights) {
    named.insert(one.target);
    allPositive &= one.weight >= 0;
  }
  // Weights of the first class alone stand for both; weights of the second
  // leave the score of the first at 0.
  const bool isBinary = classes == 2 && named.size() == 1;
  const bool isOne = isBinary && *named.begin() == 0;
  if (isOne && transform != PostTransform::none &&
      transform != PostTransform::logistic)
    return n.unsupported("this post_transform is not supported for weights of "
                         "the first class of two; NONE and LOGISTIC are");
  forest.targets = isOne ? 1 : classes;
  Value x = readFeatures(n);
  Value scores = x ? walkForest(n, x, forest, Aggregation::sum) : Value();
  scores = scores ? withBase(n, scores) : Value();
  if (!scores)
    return llvm::failure();
  const int64_t rows = prim::shapeOf(scores)[0];
  Value last = n.b.slice(scores, {0, forest.targets - 1}, {rows, 1}, {1, 1});
  Value label = isBinary ? binaryLabel(n, last, labels, allPositive)
                         : bestLabel(n, scores, labels);
  if (isOne)
    scores = twoScores(n, scores, /*complement=*/allPositive);
  if (!isOne || !allPositive)
    scores = transformScores(n, scores, transform);
  return n.results({label, n.b.cast(scores, n.b.builder.getF32Type())});
}

ArrayRef<OpRow> importer::treeRows() {
  constexpr llvm::StringLiteral ml = "ai.onnx.ml";
  static constexpr OpRow rows[] = {
      {"TreeEnsembleClassifier", 1, 1, importClassifier, "labels are integers",
       2, ml},
      {"TreeEnsembleRegressor", 1, 1, importRegressor, "", 1, ml},
  };
  return rows;
}
