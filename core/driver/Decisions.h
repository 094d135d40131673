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

  /// For a run in wide precision: every decision is the recorded one. Measures
  /// how far its floats are from the recorded ones.
  DecisionHooks follow();

  /// Whether a float that decides was not the same in both runs.
  bool areClose() const;

  /// For more runs in wide precision: every float that decides is off by a
  /// random error of up to swayFactor times the largest distance measured in
  /// its tensor. Equal \p seed, equal errors.
  DecisionHooks sway(unsigned seed) const;

private:
  struct Decision {
    std::vector<Tensor> operands, results; // as recorded
    std::vector<double> distances;         // per operand
  };
  std::vector<Decision> decisions;
};

} // namespace glowplug
