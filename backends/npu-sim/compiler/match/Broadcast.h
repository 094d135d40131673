// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// How the operands of regions are spread over a result.

#pragma once

#include "backends/npu-sim/compiler/program/Program.h"

namespace glowplug::npusim {

/// Whether \p shape has one element for each index of dim \p channel of
/// \p result, and 1 in all other dims.
bool isPerChannel(const Shape &shape, const Shape &result, int channel);

/// Whether a tensor of \p shape can be walked beside a result of shape
/// \p result: all channels, and all or none of the dims behind the first, and
/// of the first. Dims of the result that are 1 do not count.
bool isSpread(const Shape &shape, const Shape &result, int channel);

} // namespace glowplug::npusim
