// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Decision trees as tables, and how rows walk through them.

#pragma once

#include "core/importer/build/Emit.h"
#include "core/importer/onnx/node/Handler.h"

namespace glowplug::importer {

/// How a branch compares a feature to its split.
enum class Branching { le, lt, ge, gt, eq, ne };

/// A branch or a leaf, by number: those of leaves come after all branches.
struct Branch {
  int64_t feature = 0;
  double split = 0;
  Branching mode = Branching::le;
  bool missingIsTrue = false; ///< Where the feature is NaN.
  int64_t yes = 0, no = 0;    ///< Numbers.
};

/// What a leaf adds to a target.
struct LeafWeight {
  int64_t leaf, target;
  double weight;
};

struct Forest {
  std::vector<Branch> branches;
  int64_t leaves = 0;
  SmallVector<int64_t> roots; ///< Numbers; one per tree.
  std::vector<LeafWeight> weights;
  int64_t targets = 1;

  int64_t count() const {
    return static_cast<int64_t>(branches.size()) + leaves;
  }
};

/// How the trees become one result.
enum class Aggregation { sum, average, min, max };

/// The aggregated weights of the rows of \p x, [rows, features] of floats:
/// [rows, targets]. A target without a weight gets 0. Null when the node
/// failed: numbers and features are checked here, and that no branch comes back
/// to itself.
Value walkForest(Node &n, Value x, const Forest &forest,
                 Aggregation aggregation);

} // namespace glowplug::importer
