// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Random depthwise commands whose windows stand at the edges of their inputs
/// and of the engine's memories.

#pragma once

#include "tests/unit/simulator/support/RandomProgram.h"

#include <random>

namespace glowplug::npu::test {

/// A depthwise command of one of these kinds: any, windows larger than the
/// input, much padding, wide strides, inputs of one pixel, rows as long as the
/// line buffer, many passes, as many sums as there are.
Command randomDepthwise(std::mt19937_64 &random, const Config &config);

} // namespace glowplug::npu::test
