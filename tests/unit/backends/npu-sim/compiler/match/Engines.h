// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the array, the pools and transfers make of whole tensors.

#pragma once

#include "tests/unit/backends/npu-sim/compiler/match/Evaluate.h"

namespace glowplug::matchtest {

using Tensors = std::vector<Numbers>; ///< by value

/// The 32-bit sums or maxima of \p layer before its stages; empty for an
/// element-wise one.
Numbers sums(const npusim::Layer &layer, const npusim::Program &program,
             const Tensors &tensors);

/// The result of a Move.
Numbers move(const npusim::Layer &layer, const npusim::Program &program,
             const Tensors &tensors);

} // namespace glowplug::matchtest
