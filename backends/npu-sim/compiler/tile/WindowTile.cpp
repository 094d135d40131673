// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tiles of depthwise convolutions and pools.

#include "backends/npu-sim/compiler/tile/WindowTile.h"

#include "backends/npu-sim/compiler/tile/ConvTile.h"
#include "backends/npu-sim/compiler/tile/Needs.h"
#include "backends/npu-sim/compiler/tile/Regions.h"

#include <algorithm>

namespace glowplug::npusim {

std::optional<WindowTile>
chooseWindowTile(const Layer &layer, std::int64_t height, std::int64_t width,
                 std::int64_t outHeight, std::int64_t outWidth,
                 std::int64_t blocks, const npu::Config &config) {
  const Window &window = layer.window;
  const std::int64_t lanes = config.arrayRows;
  const RegionSizes regions = regionSizes(config, needsAddends(layer));
  const std::int64_t inputRoom = regions.inputs / 2;
  std::int64_t mostRows = npusim::mostRows(layer, config, 4);
  if (!isPlain(layer.stages[0]))
    mostRows = std::min<std::int64_t>(mostRows, config.accumulatorBankRows);
  if (window.kernelH > 3 || window.kernelW > 3)
    mostRows = std::min<std::int64_t>(mostRows, config.depthwiseSumRows);

  std::optional<WindowTile> best;
  std::int64_t most = 0, last = 0;
  for (std::int64_t across = 1; across <= outWidth; ++across) {
    const std::int64_t w = (outWidth + across - 1) / across;
    if (w == last)
      continue;
    last = w;
    const std::int64_t columns =
        std::min(width, inputSpan(w, window.strideW, window.kernelW, 1));
    if (columns > config.depthwiseLineWidth || w > mostRows || w > mostField)
      continue;
    for (std::int64_t h = std::min({outHeight, mostRows / w, mostField}); h > 0;
         --h) {
      const std::int64_t rows =
          std::min(height, inputSpan(h, window.strideH, window.kernelH, 1));
      const std::int64_t bytes = rows * columns * lanes;
      if (bytes > inputRoom || rows > mostField)
        continue;
      // Results for each row of input: halos are loaded twice.
      const std::int64_t worth = h * w * 1024 / (rows * columns);
      if (!best || worth > most) {
        best = WindowTile{
            std::min(blocks, std::max<std::int64_t>(1, inputRoom / bytes)), h,
            w};
        most = worth;
      }
      break;
    }
  }
  return best;
}

} // namespace glowplug::npusim
