// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Values that are known at compile time: runs prim ops whose operands are
/// constants through the reference interpreter.

#pragma once

#include "core/prim/Build.h"
#include "core/support/Tensor.h"

#include "mlir/IR/Operation.h"

#include "llvm/ADT/DenseMap.h"

#include <optional>

namespace glowplug {

/// Runs one prim op on \p operands, which have the types of its operands.
/// Returns one tensor per result. Fails for an op that is not of the prim
/// dialect (or a composite that holds such an op), and when memory runs out.
llvm::Expected<llvm::SmallVector<Tensor>>
evaluateOp(mlir::Operation *op, llvm::ArrayRef<Tensor> operands);

/// Runs one prim op whose operands are all `prim.constant`s with data.
llvm::Expected<llvm::SmallVector<Tensor>> evaluateOp(mlir::Operation *op);

/// The results of \p body for every combination of integers of the 8-bit \p
/// types: one dim of 256 per type, in the order of their bits.
Tensor evaluateForAll(mlir::Location loc, llvm::ArrayRef<mlir::Type> types,
                      prim::ScalarFunction body);

/// Evaluates values by running everything they depend on, down to constants.
/// What was evaluated is remembered, so the IR it was asked about must not
/// change (more ops may be added).
class Evaluator {
public:
  /// Cost (see Cost.h) of all evaluations together, by default: room for
  /// computations of shapes, and a bound on time and memory.
  static constexpr int64_t defaultBudget = 1 << 24;

  explicit Evaluator(int64_t budget = defaultBudget) : budget(budget) {}

  /// The contents of \p value; nothing if it depends on a block argument that
  /// is not bound, on an op that cannot be evaluated, or if the budget ran out.
  std::optional<Tensor> evaluate(mlir::Value value);

  /// From now on \p argument has these contents, of its type.
  void bind(mlir::BlockArgument argument, Tensor contents);

  /// What could not be evaluated is tried again when it is asked for: values
  /// were erased, and others may take their places in memory.
  void forgetFailures() { unknown.clear(); }

  /// The block argument on which the value asked for last depends; null if it
  /// depends on no argument, or if that value was evaluated.
  mlir::BlockArgument unboundArgument() const { return last.argument; }

  /// Why the value asked for last was not evaluated; empty if it was.
  llvm::StringRef reason() const { return last.why; }

private:
  /// Why a value cannot be evaluated.
  struct Obstacle {
    mlir::BlockArgument argument; // null if it is something else
    std::string why;
  };

  /// Evaluates an op whose operands are known.
  std::optional<Obstacle> evaluateDefinition(mlir::Operation *op);

  llvm::DenseMap<mlir::Value, Tensor> known;
  llvm::DenseMap<mlir::Value, Obstacle> unknown;
  int64_t budget;
  Obstacle last;
};

/// The contents of \p value, with a budget of its own. If there are none and
/// \p unbound is given, it is set to the block argument that \p value depends
/// on, or to null.
std::optional<Tensor> evaluateValue(mlir::Value value,
                                    mlir::BlockArgument *unbound = nullptr);

} // namespace glowplug
