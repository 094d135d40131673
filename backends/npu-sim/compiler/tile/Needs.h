// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a layer needs of the machine, from its stages.

#pragma once

#include "backends/npu-sim/compiler/program/Program.h"

namespace glowplug::npusim {

/// Whether a stage reads a second operand, or the bytes of another stage.
bool needsAddends(const Layer &layer);

/// Bytes of a result of \p layer for one row of R.
std::int64_t resultRowBytes(const Layer &layer, std::int64_t lanes);

/// Whether an engine's own output stage does \p stage: no second operand, no
/// scale before the last.
bool isPlain(const Stage &stage);

/// Bytes of the parameters of all stages for one block of channels, with the
/// weights of a depthwise convolution.
std::int64_t paramBytes(const Layer &layer, std::int64_t lanes);

/// Bytes of the tables of all stages.
std::int64_t tableBytes(const Layer &layer);

} // namespace glowplug::npusim
