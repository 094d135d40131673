// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What floats decide in runs of the interpreter: taken over from one run to
/// another, or swayed by an error.

#pragma once

#include "core/reference/Interpreter.h"

#include <vector>

namespace glowplug {

/// The largest distance of two elements that are both finite.
double distanceOf(llvm::ArrayRef<double> a, llvm::ArrayRef<double> b);

/// The decisions of one program on one set of inputs. Hooks refer to it.
class Decisions {
public:
  /// For a run in declared precision, first: takes note of each decision.
  DecisionHooks record();

  /// For a run between the first and the last: as follow(), and the next one
  /// measures from this run's floats.
  DecisionHooks followAndRecord(double factor);

  /// For the last run, in wide precision: every decision is the recorded one.
  /// \p factor times the distance of a tensor of its floats from those of the
  /// run before is a lawful error of them, in addition to what there was.
  DecisionHooks follow(double factor);

  /// Whether a float that decides was not the same in all runs.
  bool areClose() const;

  /// Whether the last run that followed would have decided otherwise.
  bool differ() const { return differs; }

  /// For more runs in wide precision: every float that decides is off by a
  /// random error of up to the lawful one of its tensor. Equal \p seed, equal
  /// errors.
  DecisionHooks sway(unsigned seed) const;

private:
  DecisionHooks follow(double factor, bool thenRecord);

  struct Decision {
    std::vector<Tensor> operands, results; // as recorded
    std::vector<double> errors;            // lawful ones, per operand
  };
  std::vector<Decision> decisions;
  bool differs = false;
};

} // namespace glowplug
