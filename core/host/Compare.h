// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Whether outputs are right; docs/adr/0006-error-limit.md has the rules.

#pragma once

#include "core/host/Model.h"

namespace glowplug::host {

enum class Verdict : uint8_t {
  pass,
  fail,
  /// Nothing is wrong, but an output is right only as floats next to a tie may
  /// round the other way.
  notComparable,
};

/// How far one output is from what it should be.
struct OutputDifference {
  std::string name;
  uint64_t elements = 0;
  uint64_t mismatches = 0; ///< Elements beyond the limit.
  double maxError = 0;     ///< Largest distance of two finite elements.
  double maxErrorOverLimit = 0;
  std::string text; ///< For people; empty if there are no mismatches.
};

struct Difference {
  Verdict verdict = Verdict::fail;
  std::vector<OutputDifference> outputs; ///< One per output of the model.
};

/// Interprets an unoptimised lowering of \p model, which was compiled in this
/// process with `keepReference`, and compares. \p inputs are those that gave
/// \p outputs.
Result<Difference> compareWithReference(const Model &model,
                                        std::span<const Tensor> inputs,
                                        std::span<const Tensor> outputs,
                                        unsigned threads = 1);

/// Compares with given tensors by the rule of ONNX's own backend tests.
Result<Difference> compareWithExpected(const Model &model,
                                       std::span<const Tensor> outputs,
                                       std::span<const Tensor> expected);

} // namespace glowplug::host
