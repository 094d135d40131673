// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Stages over whole tensors.

#include "backends/npu-sim/compiler/emit/ParamStream.h"
#include "backends/npu-sim/compiler/tile/Needs.h"

#include <algorithm>

namespace glowplug::npusim {

void emitElementwise(Emitter &e, const Job &job) {
  const Layer &layer = *job.layer;
  const Axes axes = elementwiseAxes(job.results[0], job.channel);
  const std::vector<Grid> results = resultGrids(e, job, axes);
  const std::vector<Grid> operands = stageGrids(e, job, axes);
  e.beginLayer(job.number, job.name, true);
  const Grid &result = results[0];
  const PackedParams params =
      packParams(layer, result.channels, e.lanes, e.constants);
  ParamStream blockParams(e, params, result.blocks(e.lanes));

  // Pieces of which four fit each region: some are loaded, one is worked on,
  // some are stored.
  const std::int64_t most =
      std::max<std::int64_t>(1, mostRows(layer, e.config, 4));
  const std::int64_t width = std::min(result.width, most);
  const std::int64_t height = std::min(result.height, most / width);
  for (std::size_t outer = 0; outer < result.offsets.size(); ++outer)
    for (std::int64_t block = 0; block < result.blocks(e.lanes); ++block) {
      const Place paramsAt = blockParams.load(block);
      for (std::int64_t h = 0; h < result.height; h += height)
        for (std::int64_t w = 0; w < result.width; w += width) {
          const Box box{block, 1,
                        h,     std::min(height, result.height - h),
                        w,     std::min(width, result.width - w)};
          Rows rows;
          rows.count = box.rows();
          rows.params = paramsAt;
          loadAddends(e, layer, operands, outer, box, e.regions.inputs, rows);
          const Place from = e.runStages(layer, params, rows);
          for (const Grid &to : results)
            e.store(to, outer, box, from);
        }
    }
}

} // namespace glowplug::npusim
