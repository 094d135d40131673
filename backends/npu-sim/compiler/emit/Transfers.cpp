// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loads and stores of boxes.

#include "backends/npu-sim/compiler/emit/Transfer.h"

namespace glowplug::npusim {
namespace {

/// Moves \p blocks blocks of \p box, of which \p lanes lanes each exist.
template <typename Command>
void moveBlocks(Emitter &emitter, npu::Queue queue, const Grid &grid,
                std::size_t outer, const Box &box, std::int64_t block,
                std::int64_t blocks, std::int64_t lanes, std::int64_t address) {
  const std::int64_t element = grid.elementBytes;
  const std::int64_t row = emitter.lanes * element;
  const std::int64_t offset = grid.offsets[outer] + block * grid.stepBlock +
                              box.h * grid.stepH + box.w * grid.stepW;
  const bool isSideBySide = grid.stepLane == element;
  Transfer transfer(grid.base, offset, address,
                    isSideBySide ? lanes * element : element);
  if (!isSideBySide)
    transfer.loop(lanes, grid.stepLane, element);
  transfer.loop(box.width, grid.stepW, row);
  transfer.loop(box.height, grid.stepH, box.width * row);
  transfer.loop(blocks, grid.stepBlock, box.rows() * row);
  transfer.emit<Command>(emitter, queue);
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

template <typename Command>
void moveBox(Emitter &emitter, npu::Queue queue, const Grid &grid,
             std::size_t outer, const Box &box, std::int64_t address) {
  const auto [whole, rest] = partsOf(grid, box, emitter.lanes);
  if (whole > 0)
    moveBlocks<Command>(emitter, queue, grid, outer, box, box.block, whole,
                        emitter.lanes, address);
  if (rest > 0)
    moveBlocks<Command>(
        emitter, queue, grid, outer, box, box.block + whole, 1, rest,
        address + whole * box.rows() * emitter.lanes * grid.elementBytes);
}

} // namespace

void Emitter::load(npu::Queue queue, const Grid &grid, std::size_t outer,
                   const Box &box, std::int64_t address, bool wantsAll) {
  const auto [whole, rest] = partsOf(grid, box, lanes);
  if (wantsAll && rest > 0)
    fillZeros(queue, address + whole * box.rows() * lanes * grid.elementBytes,
              box.rows() * lanes * grid.elementBytes);
  moveBox<npu::Load>(*this, queue, grid, outer, box, address);
}

void Emitter::fillZeros(npu::Queue queue, std::int64_t address,
                        std::int64_t bytes) {
  constexpr std::int64_t most = 32768;
  for (std::int64_t done = 0; done < bytes; done += most) {
    npu::Fill fill;
    fill.dstAddr = static_cast<std::int32_t>(address + done);
    fill.run = static_cast<std::int32_t>(std::min(most, bytes - done));
    add(queue, fill);
  }
}

void Emitter::store(const Grid &grid, std::size_t outer, const Box &box,
                    std::int64_t address) {
  moveBox<npu::Store>(*this, npu::Queue::Store, grid, outer, box, address);
}

void Emitter::loadBytes(npu::Queue queue, std::uint8_t base,
                        std::int64_t offset, std::int64_t bytes,
                        std::int64_t address) {
  constexpr std::int64_t piece = 32768;
  const std::int64_t whole = bytes / piece;
  if (whole > 0) {
    Transfer transfer(base, offset, address, piece);
    transfer.loop(whole, piece, piece);
    transfer.emit<npu::Load>(*this, queue);
  }
  if (bytes % piece != 0)
    Transfer(base, offset + whole * piece, address + whole * piece,
             bytes % piece)
        .emit<npu::Load>(*this, queue);
}

} // namespace glowplug::npusim
