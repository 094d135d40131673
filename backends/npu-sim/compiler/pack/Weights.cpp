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
  std::int64_t stepOuter = 0, stepOut = 0, stepIn = 0, stepTap = 1;
  std::int64_t outer = 1, outputs = 0, perGroup = 0, taps = 0;

  std::uint8_t at(std::int64_t o, std::int64_t out, std::int64_t in,
                  std::int64_t tap) const {
    return bytes[static_cast<std::size_t>(o * stepOuter + out * stepOut +
                                          in * stepIn + tap * stepTap)];
  }
};

Source sourceOf(const Layer &layer, const Shape &shape,
                const std::vector<std::uint8_t> &bytes) {
  Source source;
  source.bytes = bytes;
  source.taps = layer.window.kernelH * layer.window.kernelW;
  if (layer.kind == LayerKind::MatMul) {
    const std::size_t rank = shape.size();
    source.outputs = shape[rank - 1];
    source.perGroup = shape[rank - 2];
    for (std::size_t d = 0; d + 2 < rank; ++d)
      source.outer *= shape[d];
    source.stepOuter = source.outputs * source.perGroup;
    source.stepOut = 1;
    source.stepIn = source.outputs;
  } else {
    // A window of one tap makes channels of the taps.
    source.outputs = shape[0];
    source.perGroup = elementCount(shape) / source.outputs / source.taps;
    source.stepOut = source.perGroup * source.taps;
    source.stepIn = source.taps;
  }
  return source;
}

/// Lays the weights of one layer out for an array of \p lanes columns: a column
/// of blocks per \p lanes outputs, of the input channels that they read.
class Packer {
public:
  Packer(const Layer &layer, const Source &source, std::int64_t inputChannels,
         std::int64_t lanes)
      : layer(layer), source(source), inputChannels(inputChannels),
        lanes(lanes), outputsPerGroup(source.outputs / layer.groups) {}

  /// Appends the columns, and returns the bytes of one outer index.
  std::int64_t placeColumns(PackedWeights &packed) const;
  /// Writes all bytes of column number \p j to \p to.
  void fillColumn(const PackedWeights::Column &column, std::int64_t j,
                  std::int64_t outer, std::uint8_t *to) const;

private:
  std::int32_t zeroPoint(std::int64_t out) const;
  /// The weight from input channel \p in to output \p out; the zero point
  /// where the two are not connected.
  std::uint8_t weight(std::int64_t outer, std::int64_t out, std::int64_t in,
                      std::int64_t tap) const;

  const Layer &layer;
  const Source &source;
  std::int64_t inputChannels, lanes, outputsPerGroup;
};

std::int32_t Packer::zeroPoint(std::int64_t out) const {
  if (layer.weightZeroPoints.empty())
    return 0;
  const auto last =
      static_cast<std::int64_t>(layer.weightZeroPoints.size()) - 1;
  return layer.weightZeroPoints[static_cast<std::size_t>(std::min(out, last))];
}

std::int64_t Packer::placeColumns(PackedWeights &packed) const {
  const std::int64_t columns = (source.outputs + lanes - 1) / lanes;
  std::int64_t size = 0;
  for (std::int64_t j = 0; j < columns; ++j) {
    const std::int64_t firstGroup = j * lanes / outputsPerGroup;
    const std::int64_t lastGroup =
        (std::min(source.outputs, (j + 1) * lanes) - 1) / outputsPerGroup;
    const std::int64_t low = firstGroup * source.perGroup;
    const std::int64_t high =
        std::min(inputChannels, (lastGroup + 1) * source.perGroup);
    PackedWeights::Column column;
    column.offset = size;
    column.firstBlock = low / lanes;
    column.blocks = (high + lanes - 1) / lanes - column.firstBlock;
    column.lastRows = high - (column.firstBlock + column.blocks - 1) * lanes;
    size += column.blocks * source.taps * lanes * lanes;
    packed.columns.push_back(column);
  }
  return size;
}

std::uint8_t Packer::weight(std::int64_t outer, std::int64_t out,
                            std::int64_t in, std::int64_t tap) const {
  const std::int64_t group = out / outputsPerGroup;
  const bool isConnected = out < source.outputs &&
                           in / source.perGroup == group && in < inputChannels;
  return isConnected ? source.at(outer, out, in - group * source.perGroup, tap)
                     : static_cast<std::uint8_t>(zeroPoint(out));
}

void Packer::fillColumn(const PackedWeights::Column &column, std::int64_t j,
                        std::int64_t outer, std::uint8_t *to) const {
  for (std::int64_t block = 0; block < column.blocks; ++block)
    for (std::int64_t tap = 0; tap < source.taps; ++tap)
      for (std::int64_t row = 0; row < lanes; ++row)
        for (std::int64_t lane = 0; lane < lanes; ++lane)
          *to++ = weight(outer, j * lanes + lane,
                         (column.firstBlock + block) * lanes + row, tap);
}

} // namespace

PackedWeights packWeights(const Layer &layer, const Program &program,
                          std::int64_t inputChannels, std::int64_t lanes,
                          Constants &constants) {
  const std::uint32_t operand = layer.operands[1];
  const Source source = sourceOf(layer, program.values[operand].shape,
                                 constants.bytesOf(operand));
  const Packer packer(layer, source, inputChannels, lanes);
  PackedWeights packed;
  packed.taps = source.taps;
  const std::int64_t size = packer.placeColumns(packed);
  packed.bytesPerOuter = source.outer == 1 ? 0 : size;

  std::vector<std::uint8_t> bytes(
      static_cast<std::size_t>(size * source.outer));
  for (std::int64_t outer = 0; outer < source.outer; ++outer)
    for (std::size_t j = 0; j < packed.columns.size(); ++j)
      packer.fillColumn(packed.columns[j], static_cast<std::int64_t>(j), outer,
                        bytes.data() + outer * size + packed.columns[j].offset);
  packed.at = constants.append("weights of " + layer.name, bytes);
  return packed;
}

} // namespace glowplug::npusim
