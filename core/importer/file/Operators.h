// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// The operators that a model uses, and which of them can be imported.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace glowplug {

/// An operator of a model, in all of its graphs together.
struct OperatorUse {
  std::string name;    ///< With its set: "ai.onnx.Conv".
  int64_t version = 0; ///< Of the set; 0 if the model imports none.
  uint64_t nodes = 0;
};

/// A node that cannot be imported.
struct UnsupportedNode {
  std::string node; ///< Its title; of a node in a body, also where that is.
  std::string name; ///< Of the operator.
  std::string why;
};

struct OperatorSummary {
  std::vector<OperatorUse> operators; ///< By name.
  /// All of them, those in the bodies of control flow included.
  std::vector<UnsupportedNode> unsupported;
  /// What else keeps the model from being imported, one line each.
  std::vector<std::string> problems;
};

} // namespace glowplug
