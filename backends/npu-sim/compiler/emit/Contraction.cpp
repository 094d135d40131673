// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolutions and matrix products on the systolic array.

#include "backends/npu-sim/compiler/emit/ParamStream.h"
#include "backends/npu-sim/compiler/emit/Stem.h"
#include "backends/npu-sim/compiler/emit/WeightStream.h"
#include "backends/npu-sim/compiler/tile/ConvTile.h"
#include "backends/npu-sim/compiler/tile/Needs.h"

#include <algorithm>

namespace glowplug::npusim {
namespace {

/// Columns of the result that leave together, of one accumulator tile.
struct Output {
  Box box;
  Rows rows; ///< of all; where results go is taken with the first column
};

/// A tile of the result, and what it needs of the input.
struct TileBox {
  std::int64_t h, height, w, width;         ///< of the result
  std::int64_t inH, inHeight, inW, inWidth; ///< of the input; they exist
};

class Contraction {
public:
  Contraction(Emitter &emitter, const Job &job);
  void emit();

private:
  void useStem();
  void subsample();
  void emitOuter(std::size_t outer);
  TileBox box(std::int64_t h, std::int64_t w) const;
  Place loadTile(std::size_t outer, const TileBox &box, std::size_t index);
  Place loadStem(std::size_t outer, const TileBox &box, std::size_t index);
  std::int64_t columnsTogether(const TileBox &box) const;
  void emitTile(std::size_t outer, const TileBox &box, Place at, bool isLast);
  void emitColumn(std::size_t outer, const TileBox &box, Place at,
                  std::int64_t column, std::vector<Output> &outputs);
  /// A tile of the input, and where it was loaded.
  struct LoadedTile {
    const TileBox &box;
    Place at;
  };
  bool multiply(const LoadedTile &input, std::int64_t column,
                const WeightChunk &chunk, const LoadedWeights &loaded,
                const Box &sub, Place sums, bool accumulates);
  void finish(std::size_t outer, std::int64_t column, Output &output,
              Place sums, Place params);

  Emitter &e;
  const Job &job;
  Layer layer; ///< of one tap with a stem
  Grid input;
  std::vector<Grid> results, operands; ///< operands beyond the weights
  std::optional<Stem> stem;
  Window window;
  ConvSize size;
  ConvTile tile;
  std::optional<WeightStream> weights;
  PackedParams params;
  std::optional<ParamStream> blockParams;
};

Contraction::Contraction(Emitter &emitter, const Job &job)
    : e(emitter), job(job), layer(*job.layer) {
  const std::size_t rank = job.results[0].shape.size();
  const Axes axes = axesOf(layer, rank);
  input = *gridOf(job.operands[0], axes.channel, axes.h, axes.w, e.lanes);
  results = resultGrids(e, job, axes);
  operands = stageGrids(e, job, axes);
  useStem();
  window = layer.window;
  subsample();
  size = convSize(layer, input.channels, results[0].channels, e.config);
  size.strideH = window.strideH;
  size.strideW = window.strideW;
  size.height = input.height;
  size.width = input.width;
  size.outHeight = results[0].height;
  size.outWidth = results[0].width;
  if (stem)
    size.mostHeight = stem->mostHeight(size.outWidth);
  weights.emplace(e, job, layer, input.channels);
}

void Contraction::useStem() {
  const std::int64_t room = regionSizes(e.config, true).between;
  if (layer.kind != LayerKind::Conv ||
      !Stem::isWorthwhile(layer, input, results[0].width, e.lanes, room))
    return;
  stem.emplace(e, *job.layer, input, room);
  layer.window = {};
  input.channels = stem->channels();
  input.height = results[0].height;
  input.width = results[0].width;
}

/// A kernel of one row reads every stride-th row: load no others.
void Contraction::subsample() {
  if (window.kernelH == 1 && window.padTop == 0 && window.strideH > 1) {
    input.stepH *= window.strideH;
    input.height = results[0].height;
    window.strideH = 1;
  }
  if (window.kernelW == 1 && window.padLeft == 0 && window.strideW > 1) {
    input.stepW *= window.strideW;
    input.width = results[0].width;
    window.strideW = 1;
  }
}

void Contraction::emit() {
  e.beginLayer(job.number, job.name,
               needsAddends(layer) || stem || weights->isTransposed());
  params = packParams(layer, results[0].channels, e.lanes, e.constants);
  blockParams.emplace(e, params, size.columns);
  tile = *chooseTile(size, e.config, e.regions.inputs.bytes(),
                     e.regions.weights.bytes());
  for (std::size_t outer = 0; outer < input.offsets.size(); ++outer)
    emitOuter(outer);
}

TileBox Contraction::box(std::int64_t h, std::int64_t w) const {
  TileBox box{};
  box.h = h;
  box.w = w;
  box.height = std::min(tile.height, size.outHeight - h);
  box.width = std::min(tile.width, size.outWidth - w);
  const std::int64_t top = h * window.strideH - window.padTop;
  const std::int64_t left = w * window.strideW - window.padLeft;
  box.inH = std::max<std::int64_t>(top, 0);
  box.inW = std::max<std::int64_t>(left, 0);
  box.inHeight = std::min(input.height,
                          top + inputSpan(box.height, window.strideH,
                                          window.kernelH, window.dilationH)) -
                 box.inH;
  box.inWidth = std::min(input.width,
                         left + inputSpan(box.width, window.strideW,
                                          window.kernelW, window.dilationW)) -
                box.inW;
  return box;
}

Place Contraction::loadTile(std::size_t outer, const TileBox &box,
                            std::size_t index) {
  if (stem)
    return loadStem(outer, box, index);
  const Place at = e.take(e.regions.inputs, tile.inputBytes, "input");
  e.load(npu::Queue::LoadA, input, outer,
         {0, size.blocks, box.inH, box.inHeight, box.inW, box.inWidth}, at,
         false);
  return at;
}

Place Contraction::loadStem(std::size_t outer, const TileBox &box,
                            std::size_t index) {
  // Gathering takes longer than multiplying, so two engines take turns, each
  // with half of the region.
  const Place at = e.take(
      e.regions.inputs,
      tile.isDouble ? e.regions.inputs.bytes() / 2 : tile.inputBytes, "input");
  stem->load(outer, {0, 1, box.h, box.height, box.w, box.width}, at,
             tile.isDouble && index % 2 != 0);
  return at;
}

void Contraction::emitOuter(std::size_t outer) {
  std::vector<TileBox> tiles;
  for (std::int64_t h = 0; h < size.outHeight; h += tile.height)
    for (std::int64_t w = 0; w < size.outWidth; w += tile.width)
      tiles.push_back(box(h, w));
  weights->begin(outer, tile.keepsWeights);
  Place next = loadTile(outer, tiles[0], 0);
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    const Place at = next;
    const bool hasNext = i + 1 < tiles.size();
    if (hasNext && tile.isDouble)
      next = loadTile(outer, tiles[i + 1], i + 1);
    emitTile(outer, tiles[i], at, !hasNext);
    if (hasNext && !tile.isDouble)
      next = loadTile(outer, tiles[i + 1], i + 1);
  }
}

/// How many columns of a tile are stored at a time: enough to fill an
/// accumulator tile, if there is room for them.
std::int64_t Contraction::columnsTogether(const TileBox &box) const {
  const std::int64_t rows = box.height * box.width;
  if (box.height > tile.subHeight)
    return 1;
  const std::int64_t most = std::min(
      mostRows(layer, e.config, 4), std::int64_t(e.config.accumulatorBankRows));
  return std::clamp<std::int64_t>(most / rows, 1, size.columns);
}

void Contraction::emitTile(std::size_t outer, const TileBox &box, Place at,
                           bool isLast) {
  const std::int64_t most = columnsTogether(box);
  std::int64_t together = 1;
  for (std::int64_t first = 0; first < size.columns; first += together) {
    // The next layer waits for the last stores, so these need not wait for each
    // other.
    const bool isTail = isLast && size.columns - first <= most;
    together = isTail ? 1 : std::min(most, size.columns - first);
    std::vector<Output> outputs;
    for (std::int64_t h = 0; h < box.height; h += tile.subHeight)
      outputs.push_back(
          {{first, together, box.h + h,
            std::min(tile.subHeight, box.height - h), box.w, box.width},
           {}});
    for (std::int64_t i = 0; i < together; ++i)
      emitColumn(outer, box, at, first + i, outputs);
  }
}

void Contraction::emitColumn(std::size_t outer, const TileBox &box, Place at,
                             std::int64_t column,
                             std::vector<Output> &outputs) {
  const std::vector<WeightChunk> &chunks = weights->chunks(column);
  const bool isWhole = weights->fitsWhole(column);
  std::vector<LoadedWeights> loaded;
  if (isWhole)
    loaded = weights->loadWhole(column);
  const Place paramsAt = blockParams->load(column);
  // The accumulator holds the sums of several tiles while chunks of weights
  // come and go.
  const std::size_t together =
      isWhole ? 1 : static_cast<std::size_t>(e.config.accumulatorBanks - 1);
  for (std::size_t first = 0; first < outputs.size(); first += together) {
    const std::size_t end = std::min(outputs.size(), first + together);
    std::vector<Place> sums;
    for (std::size_t i = first; i < end; ++i)
      sums.push_back(e.nextSums());
    std::vector<bool> hasSums(end - first);
    for (std::size_t c = 0; c < chunks.size(); ++c) {
      const LoadedWeights here = isWhole ? loaded[c] : weights->load(column, c);
      for (std::size_t i = first; i < end; ++i)
        if (multiply({box, at}, column, chunks[c], here, outputs[i].box,
                     sums[i - first], hasSums[i - first]))
          hasSums[i - first] = true;
    }
    for (std::size_t i = first; i < end; ++i)
      finish(outer, column, outputs[i], sums[i - first], paramsAt);
  }
}

/// Multiplies one accumulator tile with one chunk of weights; false if all of
/// its input is padding.
bool Contraction::multiply(const LoadedTile &input, std::int64_t column,
                           const WeightChunk &chunk,
                           const LoadedWeights &loaded, const Box &sub,
                           Place sums, bool accumulates) {
  const auto &[box, at] = input;
  // The first input row and column of the first tap, in the tile's input.
  const std::int64_t row = sub.h * window.strideH - window.padTop - box.inH +
                           chunk.kernelRow * window.dilationH;
  const std::int64_t col = sub.w * window.strideW - window.padLeft - box.inW;
  const std::int64_t firstRow = std::max<std::int64_t>(row, 0);
  const std::int64_t firstCol = std::max<std::int64_t>(col, 0);
  const std::int64_t lastRow = row + (sub.height - 1) * window.strideH +
                               (chunk.kernelRows - 1) * window.dilationH;
  if (firstRow >= box.inHeight || firstCol >= box.inWidth || lastRow < 0)
    return false;
  std::int64_t height = box.inHeight - firstRow, width = box.inWidth - firstCol;
  Kernel kernel;
  kernel.op = gp_image_attributes_conv;
  kernel.window = {windowDim(height, sub.height, firstRow - row, window.strideH,
                             chunk.kernelRows, window.dilationH),
                   windowDim(width, sub.width, firstCol - col, window.strideW,
                             window.kernelW, window.dilationW)};
  kernel.inputZp = layer.inputZeroPoint;
  kernel.weightZps = weights->zeroPoints(column);

  const std::int64_t lanes = e.lanes, pixels = box.inHeight * box.inWidth;
  const std::int64_t block = weights->firstBlock(column) + chunk.block;
  const std::int64_t channels =
      (chunk.blocks - 1) * lanes +
      weights->lastRows(column, chunk.block + chunk.blocks);
  const Tile from{at + (block * pixels + firstRow * box.inWidth + firstCol) *
                           lanes,
                  byteType(layer.inputUnsigned),
                  {{1},
                   {channels, pixels * lanes, lanes, 1},
                   {height, box.inWidth * lanes},
                   {width, lanes}}};
  const std::int64_t square = lanes * lanes, tap = square * window.kernelW;
  const Tile with{loaded,
                  byteType(layer.weightUnsigned),
                  {{lanes, 1},
                   {channels, tap * chunk.kernelRows, lanes, lanes},
                   {chunk.kernelRows, tap},
                   {window.kernelW, square}}};
  e.compute(npu::Queue::Matrix, kernel, {from, with},
            {sums,
             gp_image_dtype_i32,
             {{1},
              {lanes, 4},
              {sub.height, sub.width * e.sumBytes()},
              {sub.width, e.sumBytes()}}},
            accumulates);
  return true;
}

/// From sums to results; with the last column of \p output, to memory.
void Contraction::finish(std::size_t outer, std::int64_t column, Output &output,
                         Place sums, Place paramsAt) {
  const Box &box = output.box;
  const std::int64_t number = column - box.block;
  const std::int64_t resultBytes = box.rows() * resultRowBytes(layer, e.lanes);
  if (number == 0) {
    output.rows.count = box.rows();
    loadAddends(e, layer, operands, outer, box, e.regions.addends, output.rows);
    output.rows.results =
        e.take(e.regions.outputs, box.blocks * resultBytes, "results");
  }
  Rows rows = output.rows;
  rows.sums = sums;
  rows.params = paramsAt;
  rows.results = rows.results + number * resultBytes;
  for (auto *places : {&rows.operandsA, &rows.operandsB})
    for (Place &place : *places)
      place = place + number * box.rows() * e.lanes;
  e.runStages(layer, params, rows);
  if (number + 1 < box.blocks)
    return;
  for (const Grid &result : results)
    e.store(result, outer, box, output.rows.results);
}

} // namespace

void emitContraction(Emitter &emitter, const Job &job) {
  Contraction(emitter, job).emit();
}

} // namespace glowplug::npusim
