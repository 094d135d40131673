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
  for (std::size_t outer = 0; outer < input.offsets.size(); ++outer)
    for (std::int64_t block = 0; block < input.blocks(e.lanes); block += most) {
      const std::int64_t count = std::min(most, input.blocks(e.lanes) - block);
      const Box box{block, count, 0, 1, 0, 1};
      const Place at = e.take(e.regions.inputs, count * bytes, "input");
      e.load(npu::Queue::LoadA, input, outer,
             {block, count, 0, input.height, 0, input.width}, at, true);
      Rows rows;
      rows.count = count;
      rows.params = blockParams.load(block);
      loadAddends(e, layer, operands, outer, box, e.regions.addends, rows);

      const std::int64_t pixels = input.height * input.width;
      Kernel kernel;
      kernel.op = gp_image_attributes_reduce;
      kernel.kind =
          layer.isMax ? gp_image_reduce_kind_max : gp_image_reduce_kind_sum;
      std::vector<Tile> read = {
          {at,
           byteType(layer.inputUnsigned),
           {{count, bytes}, {pixels, e.lanes}, {e.lanes, 1}}}};
      // The zero point is subtracted from the sum, as often as it counts there.
      const RowInput a =
          layer.isMax
              ? RowInput{byteType(layer.inputUnsigned), layer.inputZeroPoint}
              : RowInput{
                    gp_image_dtype_i32,
                    static_cast<std::int32_t>(layer.inputZeroPoint * pixels)};
      Arithmetic arithmetic;
      arithmetic.a = a;
      arithmetic.toWords = true;
      std::size_t stage = 0;
      std::int64_t element = 4, step = e.sumBytes();
      Place to;
      if (isDirect) {
        arithmetic = outputOf(first, a);
        e.addExtras(read, arithmetic, rows.params + params.stage[0], 3, 2);
        element = first.toWords ? 4 : 1;
        step = e.lanes * element;
        to = layer.stages.size() == 1
                 ? e.take(e.regions.outputs, count * step, "results")
                 : e.take(e.regions.between, count * step,
                          "bytes between stages");
        stage = 1;
      } else {
        to = rows.sums = e.nextSums();
      }
      if (!arithmetic.isEmpty())
        kernel.arithmetic = arithmetic;
      e.compute(npu::Queue::Vector, kernel, read,
                {to,
                 arithmetic.resultType(),
                 {{count, step}, {1}, {e.lanes, element}}});
      const Place from = e.runStages(layer, params, rows, stage, to);
      for (const Grid &result : results)
        e.store(result, outer, box, from);
    }
}

} // namespace glowplug::npusim
