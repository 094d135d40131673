// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// How the operands of regions are spread over a result.

#pragma once

#include "backends/npu-sim/compiler/program/Program.h"

namespace glowplug::npusim {

/// Whether \p shape has one element for each index of dim \p channel of
/// \p result, and 1 in all other dims.
bool isPerChannel(const Shape &shape, const Shape &result, int channel);

/// Whether a tensor of \p shape can be read beside a result of shape
/// \p result: the size of each dim is the same, or 1 in other dims than the
/// channels.
bool isSpread(const Shape &shape, const Shape &result, int channel);

} // namespace glowplug::npusim
