// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Cross-layer equalisation: moves scale between the channels of neighbouring
/// layers, so that one scale per tensor serves all channels.

#pragma once

#include "core/quantize/ptq/OnnxGraph.h"

#include <functional>

namespace glowplug::ptq {

/// A tensor whose channels were divided by factors.
using ChannelFactors = std::map<std::string, std::vector<double>>;

/// Equalises every pair of contractions with nothing but Relu, LeakyRelu or
/// Identity between them, of which the second is dense or depthwise. Factors
/// are powers of two, so the function stays the same to the bit, denormals and
/// overflow aside. Returns the factors by which tensors were divided.
ChannelFactors equalize(OnnxGraph &graph);

} // namespace glowplug::ptq
