// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Weights in the order in which the array and the depthwise engine read them.

#pragma once

#include "backends/npu-sim/compiler/pack/Constants.h"

namespace glowplug::npusim {

/// Packed weights of a contraction. For each outer index and column block
/// (R output channels): blocks of R x R bytes, in the order input channel
/// block, kernel row, kernel column. The channels of a column block run over
/// the groups that its columns belong to; weights of other groups are zero
/// points.
struct PackedWeights {
  Place at;
  struct Column {
    std::int64_t offset = 0;     ///< from PackedWeights.at
    std::int64_t firstBlock = 0; ///< of the input's channel blocks
    std::int64_t blocks = 1;
    std::int64_t lastRows = 1; ///< channels of the last block
  };
  std::vector<Column> columns;    ///< of one outer index
  std::int64_t bytesPerOuter = 0; ///< from one outer index to the next; 0: all
                                  ///< share theirs
  std::int64_t taps = 1;          ///< kernel rows times columns
};

/// Packs \p layer, a Conv or a MatMul with constant weights, of which \p
/// inputChannels come in, for arrays of \p lanes rows.
PackedWeights packWeights(const Layer &layer, const Program &program,
                          std::int64_t inputChannels, std::int64_t lanes,
                          Constants &constants);

} // namespace glowplug::npusim
