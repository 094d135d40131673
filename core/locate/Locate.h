// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Finds the first part, op and element that a backend gets wrong.

#pragma once

#include "core/locate/Cut.h"
#include "core/locate/Judge.h"
#include "core/runtime/Session.h"

#include <functional>
#include <optional>

namespace glowplug {

/// A program with its inputs, and what a backend made of them.
struct Case {
  PartImage program;
  std::vector<Tensor> inputs;
  Judgement judgement;
};

struct LocatedOp {
  uint32_t index = 0; ///< In the image of the part.
  std::string kind;   ///< "Conv", "Composite softmax@1"
  std::string name;   ///< Of the node of the model; may be empty.
};

/// Where a backend is wrong. Its segments belong to the compiled model.
struct Location {
  uint32_t part = 0;
  uint32_t partOps = 0; ///< How many the part has, without constants.
  /// The wrong op; or several that are right one by one, and wrong together.
  /// Empty if no cut of the part is wrong, but the part itself is.
  std::vector<LocatedOp> ops;
  /// The smallest program found that shows it, and its inputs.
  Case wrong;
  /// Of the outputs of that program: "f32[1,8,4,4]", and a name, which may be
  /// that of the op.
  std::vector<std::string> outputTypes, outputNames;
};

struct LocateRequest {
  /// Compiled with `partsOnly`.
  const CompiledModel &model;
  /// One per input of the model; none for a bound one.
  llvm::ArrayRef<Tensor> inputs;
  BackendSet &backends;
  unsigned threads = 1;
  /// Told what comes next; may be empty.
  std::function<void(const std::string &stage)> progress = {};
};

struct LocateResult {
  std::optional<Location> location; ///< Nothing if all parts are right.
  uint32_t parts = 0;               ///< That were judged.
  uint32_t programs = 0;            ///< Parts and cuts that were run.
};

/// Judges each part of a model on the values that the interpreter gives it, and
/// cuts the first wrong one until one op is left. Every cut is judged on its
/// own inputs, so that no error is carried from one to the next. If every part
/// is right or unclear, every op of them is judged on its own.
llvm::Expected<LocateResult> locate(const LocateRequest &request);

/// The inputs of \p artifact.
llvm::Expected<std::vector<PortInfo>> inputPortsOf(const Artifact &artifact);

} // namespace glowplug
