// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rearranges the weights of convolutions and matrix products.

#include "backends/npu-sim/compiler/pack/Weights.h"

#include <algorithm>

namespace glowplug::npusim {
namespace {

/// Weights as a function of outer index, output channel, channel within the
/// group, and tap.
struct Source {
  std::vector<std::uint8_t> bytes;
  std::int64_t stepOuter, stepOut, stepIn, stepTap;

  std::uint8_t at(std::int64_t outer, std::int64_t out, std::int64_t in,
                  std::int64_t tap) const {
    return bytes[static_cast<std::size_t>(outer * stepOuter + out * stepOut +
                                          in * stepIn + tap * stepTap)];
  }
};

} // namespace

PackedWeights packWeights(const Layer &layer, const Program &program,
                          std::int64_t inputChannels, std::int64_t lanes,
                          Constants &constants) {
  const Shape &shape = program.values[layer.operands[1]].shape;
  const std::int64_t taps = layer.window.kernelH * layer.window.kernelW;
  std::int64_t outer = 1, outputs, perGroup;
  Source source{constants.bytesOf(layer.operands[1]), 0, 0, 0, 1};
  if (layer.kind == LayerKind::MatMul) {
    const std::size_t rank = shape.size();
    outputs = shape[rank - 1];
    perGroup = shape[rank - 2];
    for (std::size_t d = 0; d + 2 < rank; ++d)
      outer *= shape[d];
    source.stepOuter = outputs * perGroup;
    source.stepOut = 1;
    source.stepIn = outputs;
  } else {
    // A window of one tap makes channels of the taps.
    outputs = shape[0];
    perGroup = elementCount(shape) / outputs / taps;
    source.stepOut = perGroup * taps;
    source.stepIn = taps;
  }
  const std::int64_t groups = layer.groups;
  const std::int64_t outputsPerGroup = outputs / groups;
  const std::int64_t columns = (outputs + lanes - 1) / lanes;

  PackedWeights packed;
  packed.taps = taps;
  const auto zeroPoint = [&](std::int64_t out) {
    if (layer.weightZeroPoints.empty())
      return std::int32_t(0);
    const auto last =
        static_cast<std::int64_t>(layer.weightZeroPoints.size()) - 1;
    return layer
        .weightZeroPoints[static_cast<std::size_t>(std::min(out, last))];
  };
  std::int64_t size = 0;
  for (std::int64_t j = 0; j < columns; ++j) {
    const std::int64_t firstGroup = j * lanes / outputsPerGroup;
    const std::int64_t lastGroup =
        (std::min(outputs, (j + 1) * lanes) - 1) / outputsPerGroup;
    const std::int64_t low = firstGroup * perGroup;
    const std::int64_t high =
        std::min(inputChannels, (lastGroup + 1) * perGroup);
    PackedWeights::Column column;
    column.offset = size;
    column.firstBlock = low / lanes;
    column.blocks = (high + lanes - 1) / lanes - column.firstBlock;
    column.lastRows = high - (column.firstBlock + column.blocks - 1) * lanes;
    size += column.blocks * taps * lanes * lanes;
    packed.columns.push_back(column);
  }
  packed.bytesPerOuter = outer == 1 ? 0 : size;

  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size * outer));
  for (std::int64_t o = 0; o < outer; ++o) {
    for (std::int64_t j = 0; j < columns; ++j) {
      const PackedWeights::Column &column = packed.columns[j];
      std::uint8_t *to =
          &bytes[static_cast<std::size_t>(o * size + column.offset)];
      for (std::int64_t block = 0; block < column.blocks; ++block)
        for (std::int64_t tap = 0; tap < taps; ++tap)
          for (std::int64_t r = 0; r < lanes; ++r)
            for (std::int64_t n = 0; n < lanes; ++n) {
              const std::int64_t out = j * lanes + n;
              const std::int64_t in = (column.firstBlock + block) * lanes + r;
              const std::int64_t group = out / outputsPerGroup;
              const bool isIn =
                  out < outputs && in / perGroup == group && in < inputChannels;
              *to++ = isIn ? source.at(o, out, in - group * perGroup, tap)
                           : static_cast<std::uint8_t>(zeroPoint(out));
            }
    }
  }
  packed.at = constants.append("weights of " + layer.name, bytes);
  return packed;
}

} // namespace glowplug::npusim
