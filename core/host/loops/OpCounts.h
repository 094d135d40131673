// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// How many ops each backend took, and what has to be taken for a run to count.

#pragma once

#include "core/driver/Compiler.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace glowplug {

/// Backends with the number of primitives that each took.
using OpCounts = std::vector<std::pair<std::string, uint64_t>>;

/// The counts of a compiled model: first the backends that were asked for,
/// which may have taken none, in their order.
OpCounts opCounts(const artifact::Plan &plan);

/// "12 on npu-sim, 3 on cpu"
std::string opCountsText(const OpCounts &counts);

/// A backend that has to take ops.
struct Requirement {
  std::string backend;
  /// No op may run elsewhere, unless on another backend that is required so;
  /// otherwise one op is enough.
  bool isAll = true;
};

/// Reads "NAME" or, for one op at least, "NAME:some".
llvm::Expected<Requirement> parseRequirement(llvm::StringRef text);

/// What \p model lacks of \p required, with the ops that run elsewhere and why
/// if it was compiled here; nothing if it lacks nothing.
std::optional<Fault> findUnmet(const CompiledModel &model,
                               llvm::ArrayRef<Requirement> required);

} // namespace glowplug
