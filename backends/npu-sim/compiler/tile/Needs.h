// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What a layer needs of the machine, from its stages.

#pragma once

#include "backends/npu-sim/compiler/program/Program.h"

#include "simulator/isa/Config.h"

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

/// How many rows of an input of \p height rows and \p width columns one command
/// reduces, which has \p room bytes for them: all of them, or as many as there
/// is room for, so that the results of several commands are reduced once more.
/// 0 if there is no room for one.
std::int64_t rowsReducedAtOnce(std::int64_t height, std::int64_t width,
                               std::int64_t lanes, std::int64_t room);

/// Rows of R results that may be worked on at a time, so that the regions of
/// results, addends and bytes between stages hold all that \p layer needs at
/// once, and at least \p pieces pieces: more of them let transfers go on
/// meanwhile. 0 if there is no room for one.
std::int64_t mostRows(const Layer &layer, const npu::Config &config,
                      std::int64_t pieces);

} // namespace glowplug::npusim
