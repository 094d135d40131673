// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Asks the backends about every op of a function.

#pragma once

#include "core/partition/Partition.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/MapVector.h"

#include <set>

namespace glowplug {

/// The answers about one function.
struct Assignment {
  struct Choice {
    unsigned backend = 0;
    std::vector<OpReport::Refusal> refusals;
  };
  /// Of each op that is not free, and is none of the host.
  llvm::DenseMap<mlir::Operation *, Choice> choices;
  /// Of each free op: whether backend i takes it, or is given it all the same.
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<bool, 4>> freeTaken;
};

/// An op, as describeOp() calls it, and a backend by index.
using OpAndBackend = std::pair<std::string, unsigned>;

/// Assigns the ops of a function, rewriting those that nobody takes whole.
class Assigner {
public:
  /// \p keptRecipes: ops whose recipes stay, and for which backend.
  Assigner(mlir::func::FuncOp function, const PartitionOptions &options,
           const std::set<OpAndBackend> &keptRecipes)
      : function(function), options(options), keptRecipes(keptRecipes) {}

  /// Inlines the composites that no backend takes whole, and fuses what was
  /// in them with what is around them. Call once, first.
  llvm::Error inlineRefused();

  /// Asks until every op has a backend.
  llvm::Expected<Assignment> assign();

  /// From now on \p op does not go to \p backend. \p split: its epilogue is in
  /// the way.
  void refuse(mlir::Operation *op, unsigned backend, const Verdict &verdict) {
    vetoes[op].push_back({backend, verdict});
  }

  /// From now on \p backend is given the constants that \p op reads, also those
  /// that it refused, as they may be why it refuses \p op in a piece. Returns
  /// whether it lacked any in \p assignment.
  bool giveConstants(mlir::Operation *op, unsigned backend,
                     const Assignment &assignment);
  /// Whether \p op is a constant that \p backend is given though it refuses it.
  bool isGiven(mlir::Operation *op, unsigned backend) const {
    return given.contains({op, backend});
  }

  /// Ops whose recipe was changed for a backend that does not have them in
  /// \p assignment.
  std::vector<OpAndBackend> recipesInVain(const Assignment &assignment) const;

  /// Changes the recipe of every op.
  void rewriteAll(Recipe recipe);

  std::vector<std::string> takeRewrites() { return std::move(rewritten); }
  std::vector<RecipeChange> takeRecipes() { return std::move(recipes); }

private:
  struct Veto {
    unsigned backend;
    Verdict verdict;
  };
  using Verdicts = llvm::SmallVector<std::vector<Verdict>, 4>; // per backend

  /// Whether \p op has an epilogue that splitting makes smaller.
  static bool canSplitEpilogue(mlir::Operation *op);
  /// Who takes op number \p index; less is better.
  struct Taker {
    unsigned backend; ///< The number of backends if none does.
    bool asksToSplit; ///< It takes it without (the end of) its epilogue only.
    bool operator<(const Taker &other) const {
      return std::pair(backend, asksToSplit) <
             std::pair(other.backend, other.asksToSplit);
    }
  };
  /// The first backend that takes op number \p index, split or not.
  static Taker takerOf(const Verdicts &verdicts, size_t index,
                       mlir::Operation *op);

  /// What backends are asked about: all ops but those of the host.
  llvm::SmallVector<mlir::Operation *> ops();
  llvm::Expected<Verdicts> ask(llvm::ArrayRef<mlir::Operation *> ops);
  /// Chooses for one op; returns whether it was rewritten instead.
  bool choose(mlir::Operation *op, const Verdicts &verdicts, size_t index,
              Assignment::Choice &choice);
  /// Changes the recipes of ops that a backend takes only so, and prefers to
  /// the one that would have them; \p verdicts are those on \p ops. Returns
  /// whether there were any.
  llvm::Expected<bool> changeRecipes(llvm::ArrayRef<mlir::Operation *> ops,
                                     const Verdicts &verdicts);
  llvm::Expected<bool>
  tryRecipe(Recipe recipe, llvm::MapVector<mlir::Operation *, Taker> &takers);
  void record(mlir::Operation *op, std::vector<RecipeChange> changes,
              llvm::StringRef backend);

  /// Forgets what was known of an op that goes: its memory may become another.
  void forget(mlir::Operation *op) {
    vetoes.erase(op);
    changedOps.erase(op);
  }
  void inlineComposite(mlir::Operation *op);
  void splitEpilogue(mlir::Operation *op, unsigned backend);

  mlir::func::FuncOp function;
  const PartitionOptions &options;
  const std::set<OpAndBackend> &keptRecipes;
  llvm::DenseMap<mlir::Operation *, std::vector<Veto>> vetoes;
  llvm::DenseSet<std::pair<mlir::Operation *, unsigned>> given;
  /// Ops whose recipe was changed; ops that are gone are kept out.
  llvm::DenseMap<mlir::Operation *, OpAndBackend> changedOps;
  std::vector<OpAndBackend> changed; ///< All of them.
  std::vector<std::string> rewritten;
  std::vector<RecipeChange> recipes;
};

/// Removes ops without a use or an effect, so that none is asked about.
void eraseDeadOps(mlir::Block &block);

/// Verifies \p image and asks \p backend: one verdict per op.
llvm::Expected<std::vector<Verdict>> checkImage(ProgramBackend &backend,
                                                const Image &image);

/// "conv", "map", "composite softmax@1", ...
std::string kindOf(mlir::Operation *op);

/// For messages: kind and name of the op.
std::string describeOp(mlir::Operation *op);

} // namespace glowplug
