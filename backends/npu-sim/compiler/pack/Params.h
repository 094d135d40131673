// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Biases and scales of a layer's stages, as the vector unit reads
/// them.

#pragma once

#include "backends/npu-sim/compiler/pack/Constants.h"

namespace glowplug::npusim {

/// For each block of R channels, the parameters of all stages one after the
/// other. Tables are part of kernels.
struct PackedParams {
  Place at;                       ///< of block 0
  std::int64_t bytesPerBlock = 0; ///< a multiple of R; 0: there are none
  std::vector<std::int64_t>
      stage; ///< of each stage, from its block's beginning
};

/// Packs the stages of \p layer for \p channels channels. \p weights, R bytes
/// for each tap of each block, stand at the end of each block's parameters;
/// may be empty.
PackedParams
packParams(const Layer &layer, std::int64_t channels, std::int64_t lanes,
           Constants &constants,
           const std::vector<std::vector<std::uint8_t>> &weights = {});

} // namespace glowplug::npusim
