// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Searches tiles by an estimate of their time.

#include "backends/npu-sim/compiler/tile/ConvTile.h"

#include "backends/npu-sim/compiler/tile/Needs.h"

#include <algorithm>

namespace glowplug::npusim {
namespace {

constexpr std::int64_t ceilDiv(std::int64_t a, std::int64_t b) {
  return (a + b - 1) / b;
}

/// Cycles that a command costs beside its work: its fetch delays transfers.
constexpr double commandPrice = 4;

/// Prices tiles of one contraction.
class Prices {
public:
  Prices(const ConvSize &size, const npu::Config &config,
         std::int64_t inputRoom, std::int64_t weightRoom)
      : size(size), config(config), lanes(config.arrayRows),
        inputRoom(inputRoom), weightRoom(weightRoom),
        tileRows(std::min({std::int64_t(config.accumulatorBankRows),
                           size.mostRows, mostField})),
        columnBytes(size.columnBlocks * size.kernelH * size.kernelW * lanes *
                    lanes),
        isChunked(columnBytes > weightRoom / 2) {}

  /// Fills in what follows from height and width; whether it fits.
  bool complete(ConvTile &tile) const {
    const std::int64_t rows =
        std::min(size.height, inputSpan(tile.height, size.strideH, size.kernelH,
                                        size.dilationH));
    const std::int64_t columns =
        std::min(size.width, inputSpan(tile.width, size.strideW, size.kernelW,
                                       size.dilationW));
    tile.inputBytes = size.blocks * rows * columns * lanes;
    if (tile.inputBytes > inputRoom || tile.height > size.mostHeight ||
        tile.width > tileRows || rows > mostField || columns > mostField)
      return false;
    tile.isDouble = 2 * tile.inputBytes <= inputRoom;
    tile.subHeight = std::min(tile.height, tileRows / tile.width);
    tile.keepsWeights = size.columns * columnBytes <= weightRoom;
    return true;
  }

  /// Cycles of the whole contraction.
  double cycles(const ConvTile &tile) const {
    const std::int64_t tiles = ceilDiv(size.outHeight, tile.height) *
                               ceilDiv(size.outWidth, tile.width);
    const std::int64_t subs = ceilDiv(tile.height, tile.subHeight);
    const std::int64_t rows = tile.height * tile.width;
    const std::int64_t weightBlocks =
        size.columnBlocks * size.kernelH * size.kernelW;
    const std::int64_t subRows = ceilDiv(rows, subs);
    const double array = double(subs) * double(size.columns) *
                         double(weightBlocks) *
                         double(std::max(subRows, lanes));
    const double vector =
        double(rows + 16 * subs) * double(size.columns) * double(size.passes);
    const std::int64_t groups =
        isChunked ? ceilDiv(subs, std::int64_t(config.accumulatorBanks - 1))
                  : 1;
    const double width = config.dramBytesPerCycle;
    const double weights = double(groups * size.columns * columnBytes) / width;
    const double input = double(tile.inputBytes) / width;
    const double results = double(rows * size.columns * lanes) *
                           double(size.resultBytes + size.extraRows) / width;
    // Each command is fetched, too.
    const double fetch = double(subs * size.columns * 4) * 64 / width;
    const double work = std::max(array, vector);
    const double beside = (tile.keepsWeights ? 0 : weights) + results + fetch;
    const double each = tile.isDouble ? std::max(work, beside + input)
                                      : std::max(work, beside) + input;
    const double total = each * double(tiles) + (tile.isDouble ? input : 0) +
                         (tile.keepsWeights ? weights : 0);
    // A column's weights; and for each accumulator tile a product, its passes,
    // and its transfers, which small tiles share.
    const double together =
        std::clamp<double>(double(subs > 1 ? 1 : tileRows) / double(rows), 1,
                           double(size.columns));
    const double commands =
        double(tiles * size.columns) *
        (double(groups) +
         double(subs) *
             (1 + double(size.passes) + double(1 + size.extraRows) / together));
    // Memory has only so many commands under way at a time; and of equal tiles,
    // the one with fewer commands is better.
    const double dispatch = commands * double(config.dramLatencyCycles + 8) /
                            double(config.fetchDepth);
    return std::max(total, dispatch) + commandPrice * commands;
  }

private:
  const ConvSize &size;
  const npu::Config &config;
  std::int64_t lanes, inputRoom, weightRoom, tileRows, columnBytes;
  bool isChunked;
};

} // namespace

ConvSize convSize(const Layer &layer, std::int64_t inputChannels,
                  std::int64_t resultChannels, const npu::Config &config) {
  const std::int64_t lanes = config.arrayRows;
  ConvSize size;
  size.blocks = ceilDiv(inputChannels, lanes);
  size.columns = ceilDiv(resultChannels, lanes);
  size.kernelH = layer.window.kernelH;
  size.kernelW = layer.window.kernelW;
  size.strideH = layer.window.strideH;
  size.strideW = layer.window.strideW;
  size.dilationH = layer.window.dilationH;
  size.dilationW = layer.window.dilationW;
  size.columnBlocks = size.blocks;
  if (layer.groups > 1) {
    // A column's channels may begin and end within groups, whose inputs may
    // begin within a block.
    const std::int64_t perGroup = inputChannels / layer.groups;
    const std::int64_t outPerGroup = resultChannels / layer.groups;
    const std::int64_t groups =
        std::min(layer.groups, (lanes - 1) / outPerGroup + 2);
    size.columnBlocks =
        std::min(size.blocks, ceilDiv(groups * perGroup, lanes) + 1);
  }
  size.passes = static_cast<std::int64_t>(layer.stages.size());
  size.extraRows = needsAddends(layer) ? 1 : 0;
  size.resultBytes = resultRowBytes(layer, lanes) / lanes;
  size.mostRows = mostRows(layer, config, 2);
  return size;
}

std::optional<ConvTile> chooseTile(const ConvSize &size,
                                   const npu::Config &config,
                                   std::int64_t inputRoom,
                                   std::int64_t weightRoom) {
  const Prices prices(size, config, inputRoom, weightRoom);
  std::optional<ConvTile> best;
  double least = 0;
  // Equal parts of the width, and of the height, the largest first.
  std::int64_t lastWidth = 0;
  for (std::int64_t across = 1; across <= size.outWidth; ++across) {
    const std::int64_t width = ceilDiv(size.outWidth, across);
    if (width == lastWidth)
      continue;
    lastWidth = width;
    std::int64_t lastHeight = 0;
    for (std::int64_t down = 1; down <= size.outHeight; ++down) {
      const std::int64_t height = ceilDiv(size.outHeight, down);
      if (height == lastHeight)
        continue;
      lastHeight = height;
      ConvTile tile;
      tile.height = height;
      tile.width = width;
      if (!prices.complete(tile))
        continue;
      const double cycles = prices.cycles(tile);
      if (!best || cycles < least) {
        best = tile;
        least = cycles;
      }
    }
  }
  return best;
}

std::vector<WeightChunk> chunksOf(const ConvSize &size, std::int64_t blocks,
                                  std::int64_t lanes, std::int64_t weightRoom) {
  const std::int64_t square = lanes * lanes;
  const std::int64_t rowBytes = size.kernelW * square;
  const std::int64_t blockBytes = size.kernelH * rowBytes;
  std::vector<WeightChunk> chunks;
  if (blockBytes <= weightRoom / 2) {
    const std::int64_t most =
        blocks * blockBytes <= weightRoom / 4
            ? std::min(blocks, mostField)
            : std::max<std::int64_t>(1, weightRoom / 4 / blockBytes);
    for (std::int64_t block = 0; block < blocks; block += most) {
      const std::int64_t count = std::min(most, blocks - block);
      chunks.push_back({block, count, 0, size.kernelH, block * blockBytes,
                        count * blockBytes});
    }
    return chunks;
  }
  if (rowBytes > weightRoom / 2)
    return {};
  const std::int64_t most = weightRoom / 2 / rowBytes;
  for (std::int64_t block = 0; block < blocks; ++block)
    for (std::int64_t row = 0; row < size.kernelH; row += most) {
      const std::int64_t count = std::min(most, size.kernelH - row);
      chunks.push_back({block, 1, row, count,
                        block * blockBytes + row * rowBytes, count * rowBytes});
    }
  return chunks;
}

} // namespace glowplug::npusim
