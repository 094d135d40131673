// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What stages need.

#include "backends/npu-sim/compiler/tile/Needs.h"

#include "backends/npu-sim/compiler/tile/Regions.h"

#include "simulator/isa/Command.h"

#include <algorithm>
#include <set>

namespace glowplug::npusim {

bool needsAddends(const Layer &layer) {
  return layer.kind == LayerKind::Elementwise || layer.stages.size() > 1 ||
         std::any_of(
             layer.stages.begin(), layer.stages.end(),
             [](const Stage &stage) { return stage.op != Stage::Op::Copy; });
}

std::int64_t resultRowBytes(const Layer &layer, std::int64_t lanes) {
  return lanes * (!layer.stages.empty() && layer.stages.back().toWords ? 4 : 1);
}

bool isPlain(const Stage &stage) {
  return stage.a.from == StageInput::From::Sums && !stage.a.scale &&
         stage.op == Stage::Op::Copy;
}

std::int64_t paramBytes(const Layer &layer, std::int64_t lanes) {
  std::int64_t rows = 0;
  for (const Stage &stage : layer.stages) {
    rows += stage.bias ? npu::biasRows : 0;
    rows += stage.outScale ? npu::scaleRows : 0;
    rows += stage.a.scale ? npu::scaleRows : 0;
    rows += stage.op != Stage::Op::Copy && stage.b.scale ? npu::scaleRows : 0;
  }
  if (layer.kind == LayerKind::Depthwise)
    rows += layer.window.kernelH * layer.window.kernelW +
            (layer.weightZeroPoints.size() > 1 ? 1 : 0);
  return rows * lanes;
}

std::int64_t tableBytes(const Layer &layer) {
  std::int64_t bytes = 0;
  for (const Stage &stage : layer.stages)
    bytes += static_cast<std::int64_t>(stage.table.size());
  return bytes;
}

std::int64_t rowsReducedAtOnce(std::int64_t height, std::int64_t width,
                               std::int64_t lanes, std::int64_t room) {
  constexpr std::int64_t most = 65535; // rows of R that a command counts
  return std::min({height, most / width, room / (width * lanes)});
}

std::int64_t mostRows(const Layer &layer, const npu::Config &config,
                      std::int64_t pieces) {
  const RegionSizes regions = regionSizes(config, needsAddends(layer));
  const std::int64_t line = npu::lineBytes(config);
  std::int64_t most = 65535; // count0 of vector commands
  // Pieces of different sizes that are needed together: where the ring wraps,
  // up to one more piece stays unused.
  const auto limit = [&](std::int64_t region, std::int64_t together,
                         std::int64_t row) {
    const std::int64_t bytes = region / std::max(pieces, together + 1);
    most = std::min(most, bytes / line * line / row);
  };
  limit(regions.outputs, 1, resultRowBytes(layer, config.arrayRows));
  if (!needsAddends(layer))
    return most;
  std::set<std::uint32_t> asA, asB;
  for (const Stage &stage : layer.stages) {
    if (stage.a.from == StageInput::From::Operand)
      asA.insert(stage.a.operand);
    if (stage.op != Stage::Op::Copy &&
        stage.b.from == StageInput::From::Operand)
      asB.insert(stage.b.operand);
  }
  auto addends = static_cast<std::int64_t>(asB.size());
  if (layer.kind == LayerKind::Elementwise)
    limit(regions.inputs, static_cast<std::int64_t>(asA.size()),
          config.arrayRows);
  else
    addends += static_cast<std::int64_t>(asA.size());
  limit(regions.addends, addends, config.arrayRows);
  limit(regions.between, layer.stages.size() > 2 ? 2 : 1, config.arrayRows);
  return most;
}

} // namespace glowplug::npusim
