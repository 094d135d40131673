// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sums and maxima over all rows and columns, by the vector unit.

#include "backends/npu-sim/compiler/emit/ParamStream.h"

#include "backends/npu-sim/compiler/tile/Needs.h"
#include "backends/npu-sim/compiler/tile/WindowTile.h"

#include <algorithm>

namespace glowplug::npusim {
namespace {

bool isSame(const std::optional<Scale> &scale) {
  return !scale ||
         (scale->multiplier.value == noValue && scale->shift.value == noValue);
}

/// Whether all channels have the same parameters.
bool isSame(const Stage &stage) {
  return (!stage.bias || stage.bias->value == noValue) &&
         isSame(stage.outScale) && isSame(stage.a.scale) &&
         isSame(stage.b.scale);
}

} // namespace

void emitReduce(Emitter &e, const Job &job) {
  const Layer &layer = *job.layer;
  const Axes axes = axesOf(layer, job.results[0].shape.size());
  const Grid input =
      *gridOf(job.operands[0], axes.channel, axes.h, axes.w, e.lanes);
  const std::vector<Grid> results = resultGrids(e, job, axes);
  const std::vector<Grid> operands = stageGrids(e, job, axes);
  e.beginLayer(job.number, job.name, needsAddends(layer));
  const PackedParams params =
      packParams(layer, input.channels, e.lanes, e.constants);
  const std::int64_t tables = e.loadTables(params);
  ParamStream blockParams(e, params, input.blocks(e.lanes));

  const Stage &first = layer.stages[0];
  const bool isDirect = isPlain(first) && !first.bias;
  // Blocks whose parameters are the same are one command.
  const std::int64_t bytes = input.height * input.width * e.lanes;
  const std::int64_t room = std::min(e.regions.inputs.bytes() / 2 / bytes,
                                     mostRows(layer, e.config, 4));
  const std::int64_t most =
      isDirect && std::all_of(layer.stages.begin(), layer.stages.end(),
                              [](const Stage &s) { return isSame(s); })
          ? std::clamp<std::int64_t>(room, 1, 16)
          : 1;
  const auto lanes = static_cast<std::int32_t>(e.lanes);
  for (std::size_t outer = 0; outer < input.offsets.size(); ++outer)
    for (std::int64_t block = 0; block < input.blocks(e.lanes); block += most) {
      const std::int64_t count = std::min(most, input.blocks(e.lanes) - block);
      const Box box{block, count, 0, 1, 0, 1};
      const std::int64_t at = e.take(e.regions.inputs, count * bytes, "input");
      e.load(npu::Queue::LoadA, input, outer,
             {block, count, 0, input.height, 0, input.width}, at, true);
      Rows rows;
      rows.count = count;
      rows.params = blockParams.load(block);
      rows.tables = tables;
      loadAddends(e, layer, operands, outer, box, e.regions.addends, rows);

      npu::Vector command;
      command.count = {static_cast<std::int32_t>(input.height * input.width),
                       static_cast<std::int32_t>(count)};
      command.reduce =
          layer.isMax ? npu::VectorReduce::Max : npu::VectorReduce::Sum;
      command.aKind = npu::VectorAKind::Bytes;
      command.aUnsigned = layer.inputUnsigned;
      command.aZp = layer.inputZeroPoint;
      command.aAddr = static_cast<std::int32_t>(at);
      command.aStep = {lanes, static_cast<std::int32_t>(bytes)};
      std::size_t stage = 0;
      std::int64_t previous = -1;
      if (isDirect) {
        e.setOutput(command, first, params, 0, rows);
        const std::int32_t row = lanes * (first.toWords ? 4 : 1);
        previous = layer.stages.size() == 1
                       ? e.take(e.regions.outputs, count * row, "results")
                       : e.take(e.regions.between, count * row,
                                "bytes between stages");
        command.dstAddr = static_cast<std::int32_t>(previous);
        command.dstStep = {0, row};
        stage = 1;
      } else {
        rows.sums = e.nextSums();
        command.dstKind = npu::DstKind::Accumulator;
        command.dstAddr = static_cast<std::int32_t>(rows.sums);
        command.dstStep = {0, 1};
      }
      e.add(npu::Queue::Vector, command);
      const std::int64_t from =
          e.runStages(layer, params, rows, stage, previous);
      for (const Grid &result : results)
        e.store(result, outer, box, from);
    }
}

} // namespace glowplug::npusim
