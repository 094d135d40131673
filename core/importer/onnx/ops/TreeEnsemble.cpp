// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// TreeEnsemble of version 5: trees by positions in lists.

#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/ops/Families.h"
#include "core/importer/onnx/ops/Forest.h"
#include "core/importer/onnx/ops/Scores.h"

#include <cmath>

using namespace glowplug;
using namespace glowplug::importer;

using Ints = SmallVector<int64_t>;

namespace {

/// The attributes, an entry per branch, and those of the leaves.
struct Lists {
  Ints features, yes, no, yesIsLeaf, noIsLeaf, missing, roots;
  std::vector<double> modes, splits, weights;
  Ints targets;
  /// The members of one set after the other.
  std::vector<SmallVector<double>> sets;
};

/// The number of nodes_modes for "the feature is in a set".
constexpr int isMember = 6;

} // namespace

static std::vector<double> tensorDoubles(Node &n, StringRef name) {
  const std::optional<Tensor> tensor = n.tensorAttr(name);
  return tensor ? toDoubles(*tensor) : std::vector<double>();
}

static bool readLists(Node &n, Lists &lists) {
  auto ints = [&](StringRef name) { return n.intsAttr(name).value_or(Ints()); };
  n.ignoreAttr("nodes_hitrates");
  lists.features = ints("nodes_featureids");
  lists.yes = ints("nodes_truenodeids");
  lists.no = ints("nodes_falsenodeids");
  lists.yesIsLeaf = ints("nodes_trueleafs");
  lists.noIsLeaf = ints("nodes_falseleafs");
  lists.missing = ints("nodes_missing_value_tracks_true");
  lists.roots = ints("tree_roots");
  lists.targets = ints("leaf_targetids");
  lists.modes = tensorDoubles(n, "nodes_modes");
  lists.splits = tensorDoubles(n, "nodes_splits");
  lists.weights = tensorDoubles(n, "leaf_weights");
  const size_t count = lists.features.size();
  for (size_t size :
       {lists.yes.size(), lists.no.size(), lists.yesIsLeaf.size(),
        lists.noIsLeaf.size(), lists.modes.size(), lists.splits.size()})
    if (!n.check(size == count, "the attributes nodes_* need " + Twine(count) +
                                    " entries each, but one has " +
                                    Twine(size)))
      return false;
  // NaN ends a set.
  lists.sets.emplace_back();
  for (double value : tensorDoubles(n, "membership_values")) {
    if (std::isnan(value))
      lists.sets.emplace_back();
    else
      lists.sets.back().push_back(value);
  }
  lists.sets.pop_back();
  return !n.failed() &&
         n.check(lists.missing.empty() || lists.missing.size() == count,
                 "nodes_missing_value_tracks_true needs " + Twine(count) +
                     " entries, but has " + Twine(lists.missing.size())) &&
         n.check(lists.weights.size() == lists.targets.size(),
                 "leaf_weights needs " + Twine(lists.targets.size()) +
                     " entries, but has " + Twine(lists.weights.size()));
}

/// Makes a forest of the lists. A set becomes a chain of comparisons: the first
/// stands for the branch, and the others come after all branches.
static bool makeForest(Node &n, const Lists &lists, Forest &forest) {
  const size_t count = lists.features.size();
  size_t chained = 0, sets = 0;
  for (double mode : lists.modes) {
    if (!n.check(mode >= 0 && mode <= isMember,
                 "nodes_modes needs entries from 0 to 6, but has " +
                     std::to_string(mode)))
      return false;
    if (mode != isMember)
      continue;
    if (!n.check(sets < lists.sets.size() && !lists.sets[sets].empty(),
                 "membership_values has no set for each branch that needs one"))
      return false;
    chained += lists.sets[sets++].size() - 1;
  }
  const auto branches = static_cast<int64_t>(count + chained);
  auto numberOf = [&](int64_t position, bool isLeaf) {
    const auto most =
        static_cast<int64_t>(isLeaf ? lists.targets.size() : count);
    n.check(position >= 0 && position < most, "a branch leads to entry " +
                                                  Twine(position) + " of " +
                                                  Twine(most));
    return isLeaf ? branches + position : position;
  };
  forest.leaves = static_cast<int64_t>(lists.targets.size());
  forest.branches.resize(count);
  sets = 0;
  for (size_t i = 0; i < count && !n.failed(); ++i) {
    Branch branch{lists.features[i],
                  lists.splits[i],
                  Branching::eq,
                  !lists.missing.empty() && lists.missing[i] != 0,
                  numberOf(lists.yes[i], lists.yesIsLeaf[i] != 0),
                  numberOf(lists.no[i], lists.noIsLeaf[i] != 0)};
    if (lists.modes[i] != isMember) {
      branch.mode = static_cast<Branching>(static_cast<int>(lists.modes[i]));
      forest.branches[i] = branch;
      continue;
    }
    const int64_t otherwise = branch.no;
    const SmallVector<double> &members = lists.sets[sets++];
    size_t at = i;
    for (size_t j = 0; j < members.size(); ++j) {
      const bool isLast = j + 1 == members.size();
      branch.split = members[j];
      branch.no =
          isLast ? otherwise : static_cast<int64_t>(forest.branches.size());
      forest.branches[at] = branch;
      at = forest.branches.size();
      if (!isLast)
        forest.branches.emplace_back();
    }
  }
  for (auto [i, target] : llvm::enumerate(lists.targets))
    forest.weights.push_back(
        {static_cast<int64_t>(i), target, lists.weights[i]});
  for (int64_t root : lists.roots) {
    if (!n.check(root >= 0 && root < static_cast<int64_t>(count),
                 "tree_roots needs entries from 0 to " + Twine(count) +
                     ", but has " + Twine(root)))
      return false;
    // A tree of one leaf is written as a branch with the same leaf twice.
    forest.roots.push_back(root);
  }
  return !n.failed();
}

static LogicalResult importTreeEnsemble(Node &n) {
  Lists lists;
  Forest forest;
  forest.targets = n.intAttr("n_targets", 1);
  const int64_t aggregation = n.intAttr("aggregate_function", 1);
  const int64_t transform = n.intAttr("post_transform", 0);
  if (!n.isFloat(0) || !n.checkRank(0, 2, 2) ||
      !n.atLeast(forest.targets, 1, "n_targets") ||
      !n.check(aggregation >= 0 && aggregation <= 3,
               "aggregate_function needs to be from 0 to 3, but got " +
                   Twine(aggregation)) ||
      !n.check(transform >= 0 && transform <= 4,
               "post_transform needs to be from 0 to 4, but got " +
                   Twine(transform)) ||
      !readLists(n, lists) || !makeForest(n, lists, forest))
    return llvm::failure();
  static constexpr Aggregation aggregations[] = {
      Aggregation::average, Aggregation::sum, Aggregation::min,
      Aggregation::max};
  // In the order of this operator's numbers.
  static constexpr PostTransform transforms[] = {
      PostTransform::none, PostTransform::softmax, PostTransform::logistic,
      PostTransform::softmaxZero, PostTransform::probit};
  Value scores =
      walkForest(n, widen(n, n.input(0)), forest, aggregations[aggregation]);
  if (!scores)
    return llvm::failure();
  return n.result(n.b.cast(transformScores(n, scores, transforms[transform]),
                           n.element(0)));
}

ArrayRef<OpRow> importer::treeEnsembleRows() {
  static constexpr OpRow rows[] = {
      {"TreeEnsemble", 5, 1, importTreeEnsemble, "", 1, "ai.onnx.ml"},
  };
  return rows;
}
