// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Says whether the outputs of a case are right.

#pragma once

#include "core/conformance/graphs/Outcome.h"
#include "core/driver/Compare.h"
#include "core/runtime/Session.h"

#include <functional>

namespace glowplug::graphs {

/// What the interpreter makes of a case. Runs are made when they are asked for.
class Truth {
public:
  static llvm::Expected<Truth> make(CompiledModel compiled,
                                    std::vector<Tensor> inputs);

  const ReferenceOutputs &outputs() const { return expected; }
  /// Outputs for inputs that are each off by an error of rounding, and whose
  /// zeros have one sign.
  const std::vector<ReferenceOutputs> &perturbed() const;

private:
  CompiledModel compiled; ///< Owns the program.
  std::vector<Tensor> inputs;
  ReferenceOutputs expected;
  mutable std::vector<ReferenceOutputs> others;
};

/// By the rule of Compare.h, and two additions. Integers that floats decide may
/// differ as much as Compare.h lets floats: by twice what swaying does. And
/// what is beyond a limit may differ by what errors of rounding in the inputs
/// make of the output: an output of few elements may by luck have references
/// that agree, though terms that cancel have left errors in it. Elements that
/// rounding, or the sign of zeros, makes infinite or NaN may be anything.
Outcome judge(llvm::ArrayRef<PortInfo> ports, llvm::ArrayRef<Tensor> outputs,
              const Truth &truth);

/// The element that is furthest from what it should be, in words.
std::string worstElement(const Tensor &actual, const Tensor &expected);

} // namespace glowplug::graphs
