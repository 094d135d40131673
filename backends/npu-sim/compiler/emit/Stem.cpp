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

void Stem::load(std::size_t outer, const Box &box, std::int64_t address,
                bool byStore) {
  const std::int64_t rows = rawRows(box.height);
  const std::int64_t columns = rawColumns(box.width);
  const std::int64_t bytes = image.channels * rows * columns;
  const std::int64_t raw =
      e.take(byStore ? e.regions.addends : e.regions.between, bytes, "image");

  // The part of the rows and columns that exists.
  const std::int64_t top = box.h * window.strideH - window.padTop;
  const std::int64_t left = box.w * window.strideW - window.padLeft;
  const std::int64_t h = std::max<std::int64_t>(top, 0);
  const std::int64_t w = std::max<std::int64_t>(left, 0);
  const std::int64_t height = std::min(image.height, top + rows) - h;
  const std::int64_t width = std::min(image.width, left + columns) - w;
  if (height < rows || width < columns) {
    npu::Fill fill;
    fill.dstAddr = static_cast<std::int32_t>(raw);
    fill.value = layer.inputZeroPoint & 0xff;
    fill.run = static_cast<std::int32_t>(columns);
    fill.count[0] = static_cast<std::int32_t>(rows * image.channels);
    fill.dstStep[0] = static_cast<std::int32_t>(columns);
    e.add(npu::Queue::LoadW, fill);
  }
  if (height > 0 && width > 0) {
    npu::Load load;
    load.dramBase = image.base;
    load.dramOffset = image.offsets[outer] + h * image.stepH + w * image.stepW;
    load.spadAddr =
        static_cast<std::int32_t>(raw + (h - top) * columns + w - left);
    load.run = static_cast<std::int32_t>(width);
    load.count = {static_cast<std::int32_t>(height),
                  static_cast<std::int32_t>(image.channels), 1, 1};
    load.dramStep = {static_cast<std::int32_t>(image.stepH),
                     static_cast<std::int32_t>(image.stepLane), 0, 0};
    load.spadStep = {static_cast<std::int32_t>(columns),
                     static_cast<std::int32_t>(rows * columns), 0, 0};
    e.add(npu::Queue::LoadW, load);
  }
  gather(box, raw, address, byStore ? npu::Queue::Store : npu::Queue::LoadA);
}

void Stem::gather(const Box &box, std::int64_t raw, std::int64_t address,
                  npu::Queue queue) {
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
      npu::Copy copy;
      copy.srcAddr = static_cast<std::int32_t>(
          raw + (channel * rows + kernelRow * window.dilationH) * columns +
          kernelColumn * window.dilationW + done);
      copy.dstAddr = static_cast<std::int32_t>(
          address + (k + done) / e.lanes * box.rows() * e.lanes + lane);
      copy.run = static_cast<std::int32_t>(run);
      copy.count = {static_cast<std::int32_t>(box.width),
                    static_cast<std::int32_t>(box.height), 1, 1};
      copy.srcStep = {static_cast<std::int32_t>(window.strideW),
                      static_cast<std::int32_t>(window.strideH * columns), 0,
                      0};
      copy.dstStep = {static_cast<std::int32_t>(e.lanes),
                      static_cast<std::int32_t>(box.width * e.lanes), 0, 0};
      e.add(queue, copy);
      done += run;
    }
  }
}

} // namespace glowplug::npusim
