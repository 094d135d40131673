// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Depthwise convolutions and pools on the depthwise engine.

#include "backends/npu-sim/compiler/emit/ParamStream.h"

#include "backends/npu-sim/compiler/tile/ConvTile.h"
#include "backends/npu-sim/compiler/tile/Needs.h"
#include "backends/npu-sim/compiler/tile/WindowTile.h"

#include <algorithm>
#include <optional>

namespace glowplug::npusim {
namespace {

class WindowLayer {
public:
  WindowLayer(Emitter &emitter, const Job &job);
  void emit();

private:
  struct Piece {
    std::size_t outer;
    Box result, input; ///< of one or more blocks
  };
  std::vector<Piece> pieces() const;
  std::int64_t loadPiece(const Piece &piece);
  void emitPiece(const Piece &piece, std::int64_t at);
  void emitBlock(const Piece &piece, std::int64_t at, std::int64_t block);
  std::vector<std::vector<std::uint8_t>> packWeights() const;

  Emitter &e;
  const Job &job;
  const Layer &layer;
  const Window &window;
  Axes axes;
  Grid input;
  std::vector<Grid> results, operands;
  WindowTile tile;
  PackedParams params;
  std::optional<ParamStream> blockParams;
  std::int64_t tables = 0, pieceBytes = 0;
};

} // namespace

WindowLayer::WindowLayer(Emitter &emitter, const Job &job)
    : e(emitter), job(job), layer(*job.layer), window(layer.window),
      axes(axesOf(layer, job.results[0].shape.size())) {
  input = *gridOf(job.operands[0], axes.channel, axes.h, axes.w, e.lanes);
  results = resultGrids(e, job, axes);
  operands = stageGrids(e, job, axes);
}

/// For each block, R weights for each tap, then the zero points of the columns.
std::vector<std::vector<std::uint8_t>> WindowLayer::packWeights() const {
  if (layer.kind != LayerKind::Depthwise)
    return {};
  const std::vector<std::uint8_t> from = e.constants.bytesOf(layer.operands[1]);
  const std::int64_t taps = window.kernelH * window.kernelW;
  const bool hasColumns = layer.weightZeroPoints.size() > 1;
  std::vector<std::vector<std::uint8_t>> blocks;
  for (std::int64_t c = 0; c < input.channels; c += e.lanes) {
    std::vector<std::uint8_t> block;
    for (std::int64_t tap = 0; tap < taps; ++tap)
      for (std::int64_t n = c; n < c + e.lanes; ++n)
        block.push_back(n < input.channels
                            ? from[static_cast<std::size_t>(n * taps + tap)]
                            : 0);
    if (hasColumns)
      for (std::int64_t n = c; n < c + e.lanes; ++n)
        block.push_back(static_cast<std::uint8_t>(
            n < input.channels ? layer.weightZeroPoints[n] : 0));
    blocks.push_back(std::move(block));
  }
  return blocks;
}

void WindowLayer::emit() {
  e.beginLayer(job.number, job.name, needsAddends(layer));
  params =
      packParams(layer, input.channels, e.lanes, e.constants, packWeights());
  tables = e.loadTables(params);
  blockParams.emplace(e, params, input.blocks(e.lanes));
  tile = *chooseWindowTile(layer, input.height, input.width, results[0].height,
                           results[0].width, input.blocks(e.lanes), e.config);
  const std::vector<Piece> all = pieces();
  // All of one size: see Ring::restart().
  for (const Piece &piece : all)
    pieceBytes =
        std::max(pieceBytes, piece.input.blocks * piece.input.rows() * e.lanes);
  // The next piece is on its way while one is worked on.
  std::int64_t next = loadPiece(all[0]);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::int64_t at = next;
    if (i + 1 < all.size())
      next = loadPiece(all[i + 1]);
    emitPiece(all[i], at);
  }
}

std::vector<WindowLayer::Piece> WindowLayer::pieces() const {
  std::vector<Piece> all;
  const Grid &result = results[0];
  const std::int64_t blocks = input.blocks(e.lanes);
  for (std::size_t outer = 0; outer < input.offsets.size(); ++outer)
    for (std::int64_t block = 0; block < blocks; block += tile.blocks)
      for (std::int64_t h = 0; h < result.height; h += tile.height)
        for (std::int64_t w = 0; w < result.width; w += tile.width) {
          Piece piece{outer, {}, {}};
          const std::int64_t count = std::min(tile.blocks, blocks - block);
          const std::int64_t height = std::min(tile.height, result.height - h);
          const std::int64_t width = std::min(tile.width, result.width - w);
          piece.result = {block, count, h, height, w, width};
          const std::int64_t top = h * window.strideH - window.padTop;
          const std::int64_t left = w * window.strideW - window.padLeft;
          const std::int64_t inH = std::max<std::int64_t>(top, 0);
          const std::int64_t inW = std::max<std::int64_t>(left, 0);
          piece.input = {
              block,
              count,
              inH,
              std::min(input.height, top + inputSpan(height, window.strideH,
                                                     window.kernelH, 1)) -
                  inH,
              inW,
              std::min(input.width, left + inputSpan(width, window.strideW,
                                                     window.kernelW, 1)) -
                  inW};
          all.push_back(piece);
        }
  return all;
}

std::int64_t WindowLayer::loadPiece(const Piece &piece) {
  const std::int64_t at = e.take(e.regions.inputs, pieceBytes, "input");
  e.load(npu::Queue::LoadA, input, piece.outer, piece.input, at, true);
  return at;
}

void WindowLayer::emitPiece(const Piece &piece, std::int64_t at) {
  for (std::int64_t i = 0; i < piece.result.blocks; ++i)
    emitBlock(piece, at + i * piece.input.rows() * e.lanes,
              piece.result.block + i);
}

void WindowLayer::emitBlock(const Piece &piece, std::int64_t at,
                            std::int64_t block) {
  Box box = piece.result;
  box.block = block;
  box.blocks = 1;
  Rows rows;
  rows.count = box.rows();
  rows.params = blockParams->load(block);
  rows.tables = tables;

  npu::Depthwise command;
  command.op = layer.kind == LayerKind::Depthwise ? npu::DepthwiseOp::Mac
               : layer.isMax                      ? npu::DepthwiseOp::Max
                                                  : npu::DepthwiseOp::Sum;
  command.srcAddr = static_cast<std::int32_t>(at);
  command.stepW = static_cast<std::int32_t>(e.lanes);
  command.stepH = static_cast<std::int32_t>(piece.input.width * e.lanes);
  command.outH = static_cast<std::int32_t>(box.height);
  command.outW = static_cast<std::int32_t>(box.width);
  command.inH = static_cast<std::int32_t>(piece.input.height);
  command.inW = static_cast<std::int32_t>(piece.input.width);
  command.padTop = static_cast<std::int32_t>(
      std::max<std::int64_t>(0, window.padTop - box.h * window.strideH));
  command.padLeft = static_cast<std::int32_t>(
      std::max<std::int64_t>(0, window.padLeft - box.w * window.strideW));
  command.strideH = static_cast<std::int32_t>(window.strideH);
  command.strideW = static_cast<std::int32_t>(window.strideW);
  command.kernelH = static_cast<std::int32_t>(window.kernelH);
  command.kernelW = static_cast<std::int32_t>(window.kernelW);
  command.inputUnsigned = layer.inputUnsigned;
  command.inputZp = layer.inputZeroPoint;
  if (layer.kind == LayerKind::Depthwise) {
    const std::int64_t weights = rows.params + params.stage.back();
    command.weightAddr = static_cast<std::int32_t>(weights);
    command.weightUnsigned = layer.weightUnsigned;
    command.weightZpColumns = layer.weightZeroPoints.size() > 1;
    if (command.weightZpColumns)
      command.weightZpAddr = static_cast<std::int32_t>(
          weights + window.kernelH * window.kernelW * e.lanes);
    else if (!layer.weightZeroPoints.empty())
      command.weightZp = layer.weightZeroPoints[0];
  }

  loadAddends(e, layer, operands, piece.outer, box, e.regions.addends, rows);
  std::size_t first = 0;
  std::int64_t previous = -1;
  if (isPlain(layer.stages[0])) {
    const Stage &stage = layer.stages[0];
    e.setOutput(command, stage, params, 0, rows);
    const std::int64_t row = e.lanes * (stage.toWords ? 4 : 1);
    previous = layer.stages.size() == 1
                   ? e.take(e.regions.outputs, rows.count * row, "results")
                   : e.take(e.regions.between, rows.count * row,
                            "bytes between stages");
    command.dstAddr = static_cast<std::int32_t>(previous);
    command.dstStep = {static_cast<std::int32_t>(row),
                       static_cast<std::int32_t>(box.width * row)};
    first = 1;
  } else {
    rows.sums = e.nextSums();
    command.dstKind = npu::DstKind::Accumulator;
    command.dstAddr = static_cast<std::int32_t>(rows.sums);
    command.dstStep = {1, static_cast<std::int32_t>(box.width)};
  }
  e.add(npu::Queue::Vector, command);
  const std::int64_t from = e.runStages(layer, params, rows, first, previous);
  for (const Grid &result : results)
    e.store(result, piece.outer, box, from);
}

void emitWindow(Emitter &emitter, const Job &job) {
  WindowLayer(emitter, job).emit();
}

} // namespace glowplug::npusim
