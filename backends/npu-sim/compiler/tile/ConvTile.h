// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// How a contraction is cut into pieces that fit the memories.

#pragma once

#include "backends/npu-sim/compiler/program/Program.h"

#include "simulator/isa/Config.h"

#include <optional>

namespace glowplug::npusim {

/// Greatest count of rows, columns or blocks of a command.
inline constexpr std::int64_t mostField = 4095;

/// The sizes of a contraction as the array sees it: one outer index.
struct ConvSize {
  std::int64_t blocks = 1;                  ///< channel blocks of the input
  std::int64_t height = 1, width = 1;       ///< of the input
  std::int64_t outHeight = 1, outWidth = 1; ///< of the result
  std::int64_t columns = 1;                 ///< column blocks of the result
  std::int64_t kernelH = 1, kernelW = 1, strideH = 1, strideW = 1;
  std::int64_t dilationH = 1, dilationW = 1;
  std::int64_t columnBlocks = 1; ///< most channel blocks that a column reads
  std::int64_t passes = 1;       ///< of the vector unit over each result
  std::int64_t extraRows = 0;    ///< rows loaded for each result, of addends
  std::int64_t resultBytes = 1;  ///< of an element
  std::int64_t mostHeight = mostField; ///< of a tile
  std::int64_t mostRows = 1; ///< that the vector unit may finish at a time
};

/// The sizes of \p layer, except rows and columns.
ConvSize convSize(const Layer &layer, std::int64_t inputChannels,
                  std::int64_t resultChannels, const npu::Config &config);

/// Weights that are loaded together.
struct WeightChunk {
  std::int64_t block = 0, blocks = 1; ///< channel blocks of the column
  std::int64_t kernelRow = 0, kernelRows = 1;
  std::int64_t offset = 0, bytes = 0; ///< within the column's weights
};

struct ConvTile {
  std::int64_t height = 1, width = 1; ///< of the result
  std::int64_t subHeight = 1;  ///< rows of the result in one accumulator tile
  std::int64_t inputBytes = 0; ///< of the largest input of a tile
  bool isDouble = false;       ///< two inputs fit
  bool keepsWeights = false;   ///< all weights stay in the scratchpad
};

/// Input rows (or columns) that \p out results need, padding included.
constexpr std::int64_t inputSpan(std::int64_t out, std::int64_t stride,
                                 std::int64_t kernel, std::int64_t dilation) {
  return (out - 1) * stride + (kernel - 1) * dilation + 1;
}

/// The tile with the least estimated time: the greater of compute and transfers
/// where they overlap. Nothing if not even one result fits. \p inputRoom and \p
/// weightRoom are the bytes of the regions.
std::optional<ConvTile> chooseTile(const ConvSize &size,
                                   const npu::Config &config,
                                   std::int64_t inputRoom,
                                   std::int64_t weightRoom);

/// Chunks of a column of \p blocks channel blocks; empty if a kernel row does
/// not fit.
std::vector<WeightChunk> chunksOf(const ConvSize &size, std::int64_t blocks,
                                  std::int64_t lanes, std::int64_t weightRoom);

} // namespace glowplug::npusim
