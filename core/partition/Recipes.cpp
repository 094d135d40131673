// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Changes recipes where a backend takes an op only so.

#include "core/partition/Assignment.h"

#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace glowplug;
using namespace mlir;

void glowplug::eraseDeadOps(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&op))
      op.erase();
}

namespace {

/// An op as it was, to be put back.
class Saved {
public:
  explicit Saved(Operation *op) : op(op), copy(op->clone()) {}
  ~Saved() { copy->destroy(); }
  Saved(const Saved &) = delete;
  Saved &operator=(const Saved &) = delete;

  void restore() {
    op->setOperands(copy->getOperands());
    for (auto [to, from] :
         llvm::zip_equal(op->getRegions(), copy->getRegions()))
      to.takeBody(from);
  }

private:
  Operation *op, *copy;
};

} // namespace

Assigner::Taker Assigner::takerOf(const Verdicts &verdicts, size_t index,
                                  Operation *op) {
  for (unsigned backend = 0; backend < verdicts.size(); ++backend) {
    const Verdict &verdict = verdicts[backend][index];
    if (verdict.supported)
      return {backend, false};
    if (verdict.splitEpilogue && canSplitEpilogue(op))
      return {backend, true};
  }
  return {static_cast<unsigned>(verdicts.size()), false};
}

void Assigner::record(Operation *op, std::vector<RecipeChange> changes,
                      StringRef backend) {
  for (RecipeChange &change : changes) {
    std::string line = "changed the recipe of " + describeOp(op) + " to " +
                       recipeName(change.recipe).str();
    if (!backend.empty())
      line += " for '" + backend.str() + "'";
    line += ": of " + std::to_string(change.total) + " " + change.domain +
            ", " + std::to_string(change.differing) + " give another result";
    if (change.differing != 0)
      line += ", by " + std::to_string(change.mostSteps) + " at most";
    rewritten.push_back(std::move(line));
    recipes.push_back(std::move(change));
  }
}

void Assigner::rewriteAll(Recipe recipe) {
  if (recipe == Recipe::fp32Rne)
    return;
  for (Operation *op : ops())
    record(op, rewriteRecipe(op, recipe), "");
  eraseDeadOps(function.getBody().front());
}

/// Tries \p recipe on all ops of \p takers. An op keeps it if that makes a
/// backend take the op that the user prefers to its present taker, or if the
/// same backend then takes the op without splitting its epilogue. Ops that keep
/// it leave \p takers; all others get their old recipe back.
llvm::Expected<bool>
Assigner::tryRecipe(Recipe recipe,
                    llvm::MapVector<Operation *, Taker> &takers) {
  llvm::MapVector<Operation *, std::unique_ptr<Saved>> saved;
  llvm::DenseMap<Operation *, std::vector<RecipeChange>> changes;
  for (auto [op, taker] : takers) {
    auto before = std::make_unique<Saved>(op);
    std::vector<RecipeChange> made = rewriteRecipe(op, recipe);
    if (made.empty())
      continue;
    saved[op] = std::move(before);
    changes[op] = std::move(made);
  }
  if (saved.empty())
    return false;

  const auto all = ops();
  llvm::Expected<Verdicts> verdicts = ask(all);
  if (!verdicts)
    return verdicts.takeError();
  bool isKept = false;
  for (auto [index, op] : llvm::enumerate(all)) {
    auto found = saved.find(op);
    if (found == saved.end())
      continue;
    const Taker taker = takerOf(*verdicts, index, op);
    const OpAndBackend change{describeOp(op), taker.backend};
    if (taker < takers[op] && !keptRecipes.contains(change)) {
      changedOps[op] = change;
      changed.push_back(change);
      record(op, std::move(changes[op]),
             options.backends[taker.backend]->name());
      takers.erase(op);
      isKept = true;
    } else {
      found->second->restore();
    }
  }
  saved.clear(); // the copies use constants
  eraseDeadOps(function.getBody().front());
  return isKept;
}

std::vector<OpAndBackend>
Assigner::recipesInVain(const Assignment &assignment) const {
  std::vector<OpAndBackend> result;
  llvm::DenseSet<unsigned> used;
  for (const auto &[op, choice] : assignment.choices)
    used.insert(choice.backend);
  // An op that was cut since cannot be found, but some op has to be there.
  for (const OpAndBackend &change : changed)
    if (!used.contains(change.second))
      result.push_back(change);
  for (const auto &[op, change] : changedOps)
    if (auto found = assignment.choices.find(op);
        found != assignment.choices.end() &&
        found->second.backend != change.second)
      result.push_back(change);
  return result;
}

llvm::Expected<bool> Assigner::changeRecipes(ArrayRef<Operation *> ops,
                                             const Verdicts &verdicts) {
  llvm::MapVector<Operation *, Taker> takers;
  for (auto [index, op] : llvm::enumerate(ops))
    if (const Taker taker = takerOf(verdicts, index, op);
        (taker.backend != 0 || taker.asksToSplit) && hasFloatRecipe(op))
      takers[op] = taker;
  bool isChanged = false;
  for (Recipe recipe : {Recipe::tosaSingle, Recipe::tosaDouble}) {
    llvm::Expected<bool> kept = tryRecipe(recipe, takers);
    if (!kept)
      return kept.takeError();
    isChanged |= *kept;
  }
  return isChanged;
}
