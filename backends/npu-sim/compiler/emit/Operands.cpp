// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The operands of stages.

#include "backends/npu-sim/compiler/emit/Emitter.h"

namespace glowplug::npusim {

std::vector<Grid> resultGrids(const Emitter &emitter, const Job &job,
                              const Axes &axes) {
  std::vector<Grid> grids;
  for (const View &view : job.results)
    grids.push_back(*gridOf(view, axes.channel, axes.h, axes.w, emitter.lanes));
  return grids;
}

std::vector<Grid> stageGrids(const Emitter &emitter, const Job &job,
                             const Axes &axes) {
  std::vector<Grid> grids(job.layer->operands.size());
  const auto add = [&](const StageInput &input) {
    if (input.from == StageInput::From::Operand)
      grids[input.operand] = *gridOf(
          broadcasted(job.operands[input.operand], job.results[0].shape),
          axes.channel, axes.h, axes.w, emitter.lanes);
  };
  for (const Stage &stage : job.layer->stages) {
    add(stage.a);
    if (stage.op != Stage::Op::Copy)
      add(stage.b);
  }
  return grids;
}

void loadAddends(Emitter &emitter, const Layer &layer,
                 const std::vector<Grid> &operands, std::size_t outer,
                 const Box &box, Ring &regionA, Rows &rows) {
  rows.operandsA.assign(operands.size(), {});
  rows.operandsB.assign(operands.size(), {});
  const auto load = [&](const StageInput &input, Ring &region,
                        std::vector<Place> &places) {
    if (input.from != StageInput::From::Operand ||
        places[input.operand].exists())
      return;
    const Place at = emitter.take(
        region, box.blocks * box.rows() * emitter.lanes, "operand");
    emitter.load(npu::Queue::LoadA, operands[input.operand], outer, box, at,
                 true);
    places[input.operand] = at;
  };
  for (const Stage &stage : layer.stages) {
    load(stage.a, regionA, rows.operandsA);
    if (stage.op != Stage::Op::Copy)
      load(stage.b, emitter.regions.addends, rows.operandsB);
  }
}

} // namespace glowplug::npusim
