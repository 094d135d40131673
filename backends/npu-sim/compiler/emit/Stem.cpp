// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loads padded images, and copies rows of kernels out of them.

#include "backends/npu-sim/compiler/emit/Stem.h"

#include "backends/npu-sim/compiler/tile/ConvTile.h"

#include <algorithm>

namespace glowplug::npusim {

bool Stem::isWorthwhile(const Layer &layer, const Grid &input,
                        std::int64_t resultWidth, std::int64_t lanes,
                        std::int64_t room) {
  const Window &window = layer.window;
  const std::int64_t taps = window.kernelH * window.kernelW;
  if (layer.groups != 1 || input.stepW != 1 || input.elementBytes != 1)
    return false;
  const std::int64_t plain = input.blocks(lanes) * taps;
  const std::int64_t packed = (input.channels * taps + lanes - 1) / lanes;
  const std::int64_t least =
      input.channels * inputSpan(1, 1, window.kernelH, window.dilationH) *
      inputSpan(resultWidth, window.strideW, window.kernelW, window.dilationW);
  return 3 * packed <= 2 * plain && 2 * least <= room;
}

std::int64_t Stem::rawRows(std::int64_t height) const {
  return inputSpan(height, window.strideH, window.kernelH, window.dilationH);
}

std::int64_t Stem::rawColumns(std::int64_t width) const {
  return inputSpan(width, window.strideW, window.kernelW, window.dilationW);
}

std::int64_t Stem::mostHeight(std::int64_t width) const {
  std::int64_t height = 1;
  while (2 * image.channels * rawRows(height + 1) * rawColumns(width) <= room)
    ++height;
  return height;
}

void Stem::load(std::size_t outer, const Box &box, Place to, bool byStore) {
  const std::int64_t rows = rawRows(box.height);
  const std::int64_t columns = rawColumns(box.width);
  const std::int64_t bytes = image.channels * rows * columns;
  const Place raw =
      e.take(byStore ? e.regions.addends : e.regions.between, bytes, "image");

  // The part of the rows and columns that exists.
  const std::int64_t top = box.h * window.strideH - window.padTop;
  const std::int64_t left = box.w * window.strideW - window.padLeft;
  const std::int64_t h = std::max<std::int64_t>(top, 0);
  const std::int64_t w = std::max<std::int64_t>(left, 0);
  const std::int64_t height = std::min(image.height, top + rows) - h;
  const std::int64_t width = std::min(image.width, left + columns) - w;
  const auto bytes3 = [](Place at, TileDim outermost, TileDim middle,
                         std::int64_t run) {
    return Tile{at, gp_image_dtype_u8, {outermost, middle, {run, 1}}};
  };
  if (height < rows || width < columns)
    e.fill(npu::Queue::LoadW,
           {raw,
            gp_image_dtype_u8,
            {{rows * image.channels, columns}, {columns, 1}}},
           static_cast<std::uint8_t>(layer.inputZeroPoint));
  if (height > 0 && width > 0)
    e.copy(npu::Queue::LoadW,
           bytes3({image.buffer,
                   image.offsets[outer] + h * image.stepH + w * image.stepW},
                  {image.channels, image.stepLane}, {height, image.stepH},
                  width),
           bytes3(raw + ((h - top) * columns + w - left),
                  {image.channels, rows * columns}, {height, columns}, width));
  gather(box, raw, to, byStore ? npu::Queue::Store : npu::Queue::LoadA);
}

void Stem::gather(const Box &box, Place raw, Place to, npu::Queue queue) {
  const std::int64_t rows = rawRows(box.height);
  const std::int64_t columns = rawColumns(box.width);
  // A row of the kernel lies side by side if its taps do.
  const std::int64_t side = window.dilationW == 1 ? window.kernelW : 1;
  for (std::int64_t k = 0; k < channels(); k += side) {
    const std::int64_t channel = k / (window.kernelH * window.kernelW);
    const std::int64_t kernelRow = k / window.kernelW % window.kernelH;
    const std::int64_t kernelColumn = k % window.kernelW;
    // Cut where a block of lanes ends.
    for (std::int64_t done = 0; done < side;) {
      const std::int64_t lane = (k + done) % e.lanes;
      const std::int64_t run = std::min(side - done, e.lanes - lane);
      const Place from =
          raw + (channel * rows + kernelRow * window.dilationH) * columns +
          kernelColumn * window.dilationW + done;
      const Place target =
          to + (k + done) / e.lanes * box.rows() * e.lanes + lane;
      e.copy(queue,
             {from,
              gp_image_dtype_u8,
              {{box.height, window.strideH * columns},
               {box.width, window.strideW},
               {run, 1}}},
             {target,
              gp_image_dtype_u8,
              {{box.height, box.width * e.lanes},
               {box.width, e.lanes},
               {run, 1}}});
      done += run;
    }
  }
}

} // namespace glowplug::npusim
