// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Asks for the least tile of a layer.

#include "backends/npu-sim/compiler/tile/Fits.h"

#include "backends/npu-sim/compiler/tile/ConvTile.h"
#include "backends/npu-sim/compiler/tile/Needs.h"
#include "backends/npu-sim/compiler/tile/Regions.h"
#include "backends/npu-sim/compiler/tile/WindowTile.h"

#include <fmt/format.h>

namespace glowplug::npusim {
namespace {

/// Rows, columns and channels of [N, C, W], [N, C, H, W], or a matrix.
struct Sizes {
  std::int64_t channels, height, width;
};

Sizes sizesOf(const Shape &shape, bool isMatrix) {
  const std::size_t rank = shape.size();
  if (isMatrix)
    return {shape[rank - 1], 1, shape[rank - 2]};
  return {shape[1], rank == 3 ? 1 : shape[2], shape[rank - 1]};
}

bool contractionFits(const Layer &layer, const Sizes &in, const Sizes &out,
                     const npu::Config &config, std::string &why) {
  const std::int64_t lanes = config.arrayRows;
  const RegionSizes regions = regionSizes(config, true);
  ConvSize size = convSize(layer, in.channels, out.channels, config);
  // The least tile: one result.
  size.height = inputSpan(1, 1, layer.window.kernelH, layer.window.dilationH);
  size.width = inputSpan(1, 1, layer.window.kernelW, layer.window.dilationW);
  const std::int64_t least = size.blocks * size.height * size.width * lanes;
  if (least > regions.inputs) {
    why = fmt::format("the input of one result has {} bytes; the scratchpad "
                      "has {} for it",
                      least, regions.inputs);
    return false;
  }
  if (chunksOf(size, size.columnBlocks, lanes, regions.weights).empty()) {
    why = fmt::format("one row of the kernel has {} bytes of weights; the "
                      "scratchpad has {} for it",
                      size.kernelW * lanes * lanes, regions.weights / 2);
    return false;
  }
  return true;
}

} // namespace

bool fits(const Layer &layer, const Program &values, const npu::Config &config,
          std::string &why) {
  if (config.scratchpadBanks < leastBanks) {
    why = fmt::format("the scratchpad has {} banks; the compiler needs {}",
                      config.scratchpadBanks, leastBanks);
    return false;
  }
  if (config.accumulatorBanks < 2) {
    why = "the accumulator has 1 bank; the compiler needs 2";
    return false;
  }
  if (layer.kind == LayerKind::Move)
    return true;
  const std::int64_t lanes = config.arrayRows;
  const RegionSizes regions = regionSizes(config, true);
  if (const std::int64_t bytes = paramBytes(layer, lanes);
      bytes > regions.params / 2) {
    why = fmt::format("parameters of {} bytes; the scratchpad has {} for them",
                      bytes, regions.params / 2);
    return false;
  }
  if (const std::int64_t bytes = tableBytes(layer); bytes > regions.tables) {
    why = fmt::format("tables of {} bytes; the scratchpad has {} for them",
                      bytes, regions.tables);
    return false;
  }
  if (mostRows(layer, config, 2) == 0) {
    why = "operands and results of one row have no room in the scratchpad";
    return false;
  }
  if (layer.kind == LayerKind::Elementwise)
    return true;
  const bool isMatrix = layer.kind == LayerKind::MatMul;
  const Sizes in = sizesOf(values.values[layer.operands[0]].shape, isMatrix);
  const Sizes out = sizesOf(values.values[layer.result].shape, isMatrix);
  switch (layer.kind) {
  case LayerKind::Conv:
  case LayerKind::MatMul:
    return contractionFits(layer, in, out, config, why);
  case LayerKind::Depthwise:
  case LayerKind::Pool:
    if (chooseWindowTile(layer, in.height, in.width, out.height, out.width, 1,
                         config))
      return true;
    why = fmt::format("the input of one result of a {} x {} window has no "
                      "room in the scratchpad",
                      layer.window.kernelH, layer.window.kernelW);
    return false;
  case LayerKind::Reduce: {
    const std::int64_t rows =
        rowsReducedAtOnce(in.height, in.width, lanes, regions.inputs / 2);
    if (rows == 0) {
      why = fmt::format("a reduction over rows of {} elements; the scratchpad "
                        "has room for {}",
                        in.width, regions.inputs / 2 / lanes);
      return false;
    }
    if ((in.height + rows - 1) / rows <= config.accumulatorBankRows)
      return true;
    why = fmt::format("a reduction over {} x {} elements in pieces of {} x {}; "
                      "a bank of the accumulator has room for {} of them",
                      in.height, in.width, rows, in.width,
                      config.accumulatorBankRows);
    return false;
  }
  default:
    return true;
  }
}

} // namespace glowplug::npusim
