// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loads and stores of boxes.

#include "backends/npu-sim/compiler/emit/Transfer.h"

#include <algorithm>

namespace glowplug::npusim {
namespace {

enum class Direction : std::uint8_t { Load, Store };

/// A box of a grid and where its bytes are in the scratchpad.
struct Move {
  Direction direction;
  npu::Queue queue;
  const Grid &grid;
  std::size_t outer;
  const Box &box;
};

/// Moves \p blocks blocks from \p block on, of which \p lanes lanes exist.
void moveBlocks(Emitter &emitter, const Move &move, std::int64_t block,
                std::int64_t blocks, std::int64_t lanes, Place local) {
  const Grid &grid = move.grid;
  const Box &box = move.box;
  const std::int64_t element = grid.elementBytes;
  const std::int64_t row = emitter.lanes * element;
  const Place dram = {grid.buffer, grid.offsets[move.outer] +
                                       block * grid.stepBlock +
                                       box.h * grid.stepH + box.w * grid.stepW};
  const bool isLoad = move.direction == Direction::Load;
  const bool isSideBySide = grid.stepLane == element;
  Transfer transfer(isLoad ? dram : local, isLoad ? local : dram,
                    isSideBySide ? lanes * element : element);
  const auto loop = [&](std::int64_t count, std::int64_t outside,
                        std::int64_t inside) {
    transfer.loop(count, isLoad ? outside : inside, isLoad ? inside : outside);
  };
  if (!isSideBySide)
    loop(lanes, grid.stepLane, element);
  loop(box.width, grid.stepW, row);
  loop(box.height, grid.stepH, box.width * row);
  loop(blocks, grid.stepBlock, box.rows() * row);
  transfer.emit(emitter, move.queue);
}

/// The whole blocks of \p box, and the channels of a last one that is not full
/// and has no room for more.
struct BlockParts {
  std::int64_t whole, rest;
};

BlockParts partsOf(const Grid &grid, const Box &box, std::int64_t lanes) {
  const std::int64_t rest = grid.channels - (grid.blocks(lanes) - 1) * lanes;
  const bool hasRest = !grid.isPadded && rest != lanes &&
                       box.block + box.blocks == grid.blocks(lanes);
  return {box.blocks - (hasRest ? 1 : 0), hasRest ? rest : 0};
}

void moveBox(Emitter &emitter, const Move &move, Place local) {
  const Box &box = move.box;
  const auto [whole, rest] = partsOf(move.grid, box, emitter.lanes);
  if (whole > 0)
    moveBlocks(emitter, move, box.block, whole, emitter.lanes, local);
  if (rest > 0)
    moveBlocks(emitter, move, box.block + whole, 1, rest,
               local +
                   whole * box.rows() * emitter.lanes * move.grid.elementBytes);
}

} // namespace

/// Columns, or rows, that lie on one another: all are the same.
static bool repeatsColumns(const Grid &grid, const Box &box) {
  return grid.stepW == 0 && box.width > 1;
}
static bool repeatsRows(const Grid &grid, const Box &box) {
  return grid.stepH == 0 && box.height > 1;
}

/// Loads one of those that are the same, and copies it in the scratchpad: DRAM
/// would take its latency for each of such short runs.
void Emitter::loadRepeated(npu::Queue queue, const Grid &grid,
                           std::size_t outer, const Box &box, Place to,
                           bool wantsAll) {
  const std::int64_t row = lanes * grid.elementBytes;
  const std::int64_t line = box.width * row;
  const std::int64_t columns = repeatsColumns(grid, box) ? 1 : box.width;
  const std::int64_t rows = repeatsRows(grid, box) ? 1 : box.height;
  for (std::int64_t block = 0; block < box.blocks; ++block) {
    const Place first = to + block * box.height * line;
    // Lanes that were not loaded cannot be copied.
    const Box whole{box.block + block, 1, box.h, box.height, box.w, box.width};
    const BlockParts parts = partsOf(grid, whole, lanes);
    const std::int64_t run =
        parts.rest > 0 && !wantsAll ? parts.rest * grid.elementBytes : row;
    for (std::int64_t h = 0; h < rows; ++h) {
      const Place at = first + h * line;
      load(queue, grid, outer, {whole.block, 1, box.h + h, 1, box.w, columns},
           at, wantsAll);
      Transfer copies(at, at + row, run);
      copies.loop(box.width - 1, 0, row);
      if (columns < box.width)
        copies.emit(*this, queue);
    }
    Transfer copies(first, first + line, run);
    copies.loop(box.width, row, row);
    copies.loop(box.height - 1, 0, line);
    if (rows < box.height)
      copies.emit(*this, queue);
  }
}

void Emitter::load(npu::Queue queue, const Grid &grid, std::size_t outer,
                   const Box &box, Place to, bool wantsAll) {
  if (repeatsColumns(grid, box) || repeatsRows(grid, box))
    return loadRepeated(queue, grid, outer, box, to, wantsAll);
  const auto [whole, rest] = partsOf(grid, box, lanes);
  const std::int64_t blockBytes = box.rows() * lanes * grid.elementBytes;
  if (wantsAll && rest > 0)
    fillZeros(queue, to + whole * blockBytes, blockBytes);
  moveBox(*this, {Direction::Load, queue, grid, outer, box}, to);
}

void Emitter::fillZeros(npu::Queue queue, Place to, std::int64_t bytes) {
  constexpr std::int64_t most = 32768;
  for (std::int64_t done = 0; done < bytes; done += most)
    fill(queue,
         {to + done, gp_image_dtype_u8, {{std::min(most, bytes - done), 1}}},
         0);
}

void Emitter::store(const Grid &grid, std::size_t outer, const Box &box,
                    Place from) {
  moveBox(*this, {Direction::Store, npu::Queue::Store, grid, outer, box}, from);
}

void Emitter::loadBytes(npu::Queue queue, Place from, std::int64_t bytes,
                        Place to) {
  constexpr std::int64_t piece = 32768;
  const std::int64_t whole = bytes / piece;
  if (whole > 0) {
    Transfer transfer(from, to, piece);
    transfer.loop(whole, piece, piece);
    transfer.emit(*this, queue);
  }
  if (bytes % piece != 0)
    Transfer(from + whole * piece, to + whole * piece, bytes % piece)
        .emit(*this, queue);
}

} // namespace glowplug::npusim
