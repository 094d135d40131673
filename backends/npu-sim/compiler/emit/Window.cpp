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
  Place loadPiece(const Piece &piece);
  void emitPiece(const Piece &piece, Place at);
  void emitBlock(const Piece &piece, Place at, std::int64_t block);
  Kernel kernelOf(const Piece &piece, std::int64_t block, std::int64_t &height,
                  std::int64_t &width) const;
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
  std::int64_t pieceBytes = 0;
};

} // namespace

WindowLayer::WindowLayer(Emitter &emitter, const Job &job)
    : e(emitter), job(job), layer(*job.layer), window(layer.window),
      axes(axesOf(layer, job.results[0].shape.size())) {
  input = *gridOf(job.operands[0], axes.channel, axes.h, axes.w, e.lanes);
  results = resultGrids(e, job, axes);
  operands = stageGrids(e, job, axes);
}

/// For each block, R weights for each tap.
std::vector<std::vector<std::uint8_t>> WindowLayer::packWeights() const {
  if (layer.kind != LayerKind::Depthwise)
    return {};
  const std::vector<std::uint8_t> from = e.constants.bytesOf(layer.operands[1]);
  const std::int64_t taps = window.kernelH * window.kernelW;
  std::vector<std::vector<std::uint8_t>> blocks;
  for (std::int64_t c = 0; c < input.channels; c += e.lanes) {
    std::vector<std::uint8_t> block;
    for (std::int64_t tap = 0; tap < taps; ++tap)
      for (std::int64_t n = c; n < c + e.lanes; ++n)
        block.push_back(n < input.channels
                            ? from[static_cast<std::size_t>(n * taps + tap)]
                            : 0);
    blocks.push_back(std::move(block));
  }
  return blocks;
}

void WindowLayer::emit() {
  e.beginLayer(job.number, job.name, needsAddends(layer));
  params =
      packParams(layer, input.channels, e.lanes, e.constants, packWeights());
  blockParams.emplace(e, params, input.blocks(e.lanes));
  tile = *chooseWindowTile(layer, input.height, input.width, results[0].height,
                           results[0].width, input.blocks(e.lanes), e.config);
  const std::vector<Piece> all = pieces();
  // All pieces have one size: see Ring::restart().
  for (const Piece &piece : all)
    pieceBytes =
        std::max(pieceBytes, piece.input.blocks * piece.input.rows() * e.lanes);
  // The next piece is on its way while one is worked on.
  Place next = loadPiece(all[0]);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Place at = next;
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

Place WindowLayer::loadPiece(const Piece &piece) {
  const Place at = e.take(e.regions.inputs, pieceBytes, "input");
  e.load(npu::Queue::LoadA, input, piece.outer, piece.input, at, true);
  return at;
}

void WindowLayer::emitPiece(const Piece &piece, Place at) {
  for (std::int64_t i = 0; i < piece.result.blocks; ++i)
    emitBlock(piece, at + i * piece.input.rows() * e.lanes,
              piece.result.block + i);
}

/// The kernel for block \p block of \p piece, without its arithmetic, and how
/// much of the input it reads.
Kernel WindowLayer::kernelOf(const Piece &piece, std::int64_t block,
                             std::int64_t &height, std::int64_t &width) const {
  const Box &box = piece.result;
  Kernel kernel;
  height = piece.input.height;
  width = piece.input.width;
  kernel.window = {windowDim(height, box.height,
                             std::max<std::int64_t>(
                                 0, window.padTop - box.h * window.strideH),
                             window.strideH, window.kernelH, 1),
                   windowDim(width, box.width,
                             std::max<std::int64_t>(
                                 0, window.padLeft - box.w * window.strideW),
                             window.strideW, window.kernelW, 1)};
  if (layer.kind != LayerKind::Depthwise) {
    kernel.op = gp_image_attributes_window;
    kernel.kind =
        layer.isMax ? gp_image_reduce_kind_max : gp_image_reduce_kind_sum;
    return kernel;
  }
  kernel.op = gp_image_attributes_conv;
  kernel.groups = e.lanes;
  kernel.inputZp = layer.inputZeroPoint;
  const std::vector<std::int32_t> &points = layer.weightZeroPoints;
  if (points.size() > 1)
    for (std::int64_t n = block * e.lanes; n < (block + 1) * e.lanes; ++n)
      kernel.weightZps.push_back(n < input.channels ? points[n] : 0);
  else if (!points.empty() && points[0] != 0)
    kernel.weightZps = points;
  return kernel;
}

void WindowLayer::emitBlock(const Piece &piece, Place at, std::int64_t block) {
  Box box = piece.result;
  box.block = block;
  box.blocks = 1;
  Rows rows;
  rows.count = box.rows();
  rows.params = blockParams->load(block);
  std::int64_t height = 0, width = 0;
  Kernel kernel = kernelOf(piece, block, height, width);
  std::vector<Tile> read = {{at,
                             byteType(layer.inputUnsigned),
                             {{1},
                              {e.lanes, 1},
                              {height, piece.input.width * e.lanes},
                              {width, e.lanes}}}};
  if (layer.kind == LayerKind::Depthwise)
    read.push_back({rows.params + params.stage.back(),
                    byteType(layer.weightUnsigned),
                    {{e.lanes, 1},
                     {1},
                     {window.kernelH, window.kernelW * e.lanes},
                     {window.kernelW, e.lanes}}});

  loadAddends(e, layer, operands, piece.outer, box, e.regions.addends, rows);
  const bool isMax = kernel.op == gp_image_attributes_window && layer.isMax;
  Arithmetic arithmetic;
  if (isMax)
    arithmetic.a = {byteType(layer.inputUnsigned), layer.inputZeroPoint};
  arithmetic.toWords = true;
  std::size_t first = 0;
  std::int64_t element = 4, row = e.sumBytes();
  Place to;
  if (isPlain(layer.stages[0])) {
    const Stage &stage = layer.stages[0];
    arithmetic = outputOf(stage, arithmetic.a);
    e.addExtras(read, arithmetic, rows.params + params.stage[0], 4, 1);
    element = stage.toWords ? 4 : 1;
    row = e.lanes * element;
    to = layer.stages.size() == 1
             ? e.take(e.regions.outputs, rows.count * row, "results")
             : e.take(e.regions.between, rows.count * row,
                      "bytes between stages");
    first = 1;
  } else {
    to = rows.sums = e.nextSums();
  }
  if (!arithmetic.isEmpty())
    kernel.arithmetic = arithmetic;
  e.compute(npu::Queue::Vector, kernel, read,
            {to,
             arithmetic.resultType(),
             {{1},
              {e.lanes, element},
              {box.height, box.width * row},
              {box.width, row}}});
  const Place from = e.runStages(layer, params, rows, first, to);
  for (const Grid &result : results)
    e.store(result, piece.outer, box, from);
}

void emitWindow(Emitter &emitter, const Job &job) {
  WindowLayer(emitter, job).emit();
}

} // namespace glowplug::npusim
