// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Regions, buffers and instructions.

#include "backends/npu-sim/compiler/emit/Emitter.h"

namespace glowplug::npusim {

Emitter::Emitter(const Program &program, Constants &constants,
                 InstrWriter &writer, const npu::Config &config,
                 const CompileOptions &options)
    : program(program), constants(constants), config(config), options(options),
      lanes(config.arrayRows), writer(writer), map(config),
      tokens(writer.buffers),
      firstSums(static_cast<std::uint32_t>(writer.buffers.size())) {
  const RegionSizes sizes = regionSizes(config, true);
  const std::int64_t bank = config.scratchpadBankBytes;
  const std::int64_t line = npu::lineBytes(config);
  regions.params = Ring(0, sizes.params, line, sizes.params / mostPieces);
  regions.weights = Ring(bank, sizes.weights, line, sizes.weights / mostPieces);
  regions.outputs =
      Ring(3 * bank, sizes.outputs, line, sizes.outputs / mostPieces);
  const std::int64_t sums = config.accumulatorBankRows * map.sumBytes;
  for (int i = 0; i < config.accumulatorBanks; ++i)
    writer.addBuffer(
        {"sums " + std::to_string(i), accumulatorSpace, i * sums, sums});
}

void Emitter::beginLayer(std::uint32_t number, const std::string &name,
                         bool withAddends) {
  layer = number;
  layerName = name;
  const RegionSizes sizes = regionSizes(config, withAddends);
  const std::int64_t bank = config.scratchpadBankBytes;
  const std::int64_t line = npu::lineBytes(config);
  const std::int64_t last = bank * (config.scratchpadBanks - 1);
  if (hasAddends != withAddends || regions.inputs.bytes() == 0) {
    hasAddends = withAddends;
    regions.inputs =
        Ring(4 * bank, sizes.inputs, line, sizes.inputs / mostPieces);
    if (withAddends) {
      regions.addends =
          Ring(last - bank, sizes.addends, line, sizes.addends / mostPieces);
      regions.between =
          Ring(last, sizes.between, line, sizes.between / mostPieces);
    }
  }
  regions.inputs.restart();
}

/// What an instruction of \p queue waits for. Without double buffering, a load
/// waits for every computation before it.
InstrWriter::Step Emitter::step(npu::Queue queue, std::span<const Tile> reads,
                                const Tile &writes) {
  if (!options.doubleBuffer &&
      (queue == npu::Queue::LoadA || queue == npu::Queue::LoadW)) {
    tokens.waitFor(static_cast<int>(npu::Queue::Matrix));
    tokens.waitFor(static_cast<int>(npu::Queue::Vector));
  }
  return {static_cast<std::uint32_t>(queue),
          tokens.add(static_cast<int>(queue), reads, writes), layer};
}

void Emitter::copy(npu::Queue queue, const Tile &source, const Tile &target) {
  writer.copy(step(queue, {&source, 1}, target), source, target);
}

void Emitter::fill(npu::Queue queue, const Tile &target, std::uint8_t value) {
  writer.fill(step(queue, {}, target), target, {value});
}

void Emitter::compute(npu::Queue queue, Kernel kernel,
                      const std::vector<Tile> &operands, const Tile &result,
                      bool accumulate) {
  const auto typeOf = [](const Tile &tile) {
    TileType type{tile.dtype, {}};
    for (const TileDim &dim : tile.dims)
      type.shape.push_back(dim.size);
    return type;
  };
  for (const Tile &tile : operands)
    kernel.operands.push_back(typeOf(tile));
  kernel.result = typeOf(result);
  writer.compute(step(queue, operands, result), kernels.numberOf(kernel),
                 operands, {result}, accumulate);
}

Place Emitter::take(Ring &ring, std::int64_t bytes, const char *use) {
  const MemoryMap::Place place = map.placeOf(ring.take(bytes));
  return {writer.addBuffer({std::string(use) + " of " + layerName, place.space,
                            place.offset, bytes}),
          0};
}

Place Emitter::nextSums() {
  sumBank = (sumBank + 1) % config.accumulatorBanks;
  return {firstSums + static_cast<std::uint32_t>(sumBank), 0};
}

} // namespace glowplug::npusim
