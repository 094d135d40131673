// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What stages need.

#include "backends/npu-sim/compiler/tile/Needs.h"

#include "simulator/isa/Command.h"

#include <algorithm>

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

} // namespace glowplug::npusim
