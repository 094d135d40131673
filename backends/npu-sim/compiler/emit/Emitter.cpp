// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Regions, parameters and stages.

#include "backends/npu-sim/compiler/emit/Emitter.h"

#include <algorithm>

namespace glowplug::npusim {

Emitter::Emitter(const Program &program, Constants &constants,
                 const npu::Config &config, const CompileOptions &options)
    : program(program), constants(constants), config(config), options(options),
      lanes(config.arrayRows), steps(config) {
  const RegionSizes sizes = regionSizes(config, true);
  const std::int64_t bank = config.scratchpadBankBytes;
  const std::int64_t line = npu::lineBytes(config);
  regions.params = Ring(0, sizes.params, line, sizes.params / mostPieces);
  regions.weights = Ring(bank, sizes.weights, line, sizes.weights / mostPieces);
  regions.outputs =
      Ring(3 * bank, sizes.outputs, line, sizes.outputs / mostPieces);
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
  // The tables of the layer before may still be in use.
  tableHalf ^= 1;
  regions.tables =
      Ring(sizes.params + tableHalf * sizes.tables, sizes.tables, line);
}

void Emitter::add(npu::Queue queue, npu::Command command) {
  npu::Header &header = npu::headerOf(command);
  header.queue = static_cast<std::int32_t>(queue);
  header.layer =
      static_cast<std::int32_t>(std::min<std::uint32_t>(layer, 65535));
  if (!options.doubleBuffer &&
      (queue == npu::Queue::LoadA || queue == npu::Queue::LoadW)) {
    steps.waitFor(npu::Queue::Matrix);
    steps.waitFor(npu::Queue::Vector);
  }
  steps.add(command);
}

std::int64_t Emitter::take(Ring &ring, std::int64_t bytes, const char *use) {
  const std::int64_t begin = ring.take(bytes);
  buffers.push_back({std::string(use) + " of " + layerName, layer,
                     static_cast<std::uint32_t>(begin),
                     static_cast<std::uint32_t>(bytes)});
  bufferSteps.push_back(static_cast<StepId>(steps.steps().size()));
  return begin;
}

std::int64_t Emitter::nextSums() {
  sumBank = (sumBank + 1) % config.accumulatorBanks;
  return std::int64_t(sumBank) * config.accumulatorBankRows;
}

void Emitter::loadKept(std::int64_t offset, std::int64_t bytes,
                       std::int64_t address) {
  auto first = static_cast<StepId>(steps.steps().size());
  loadBytes(npu::Queue::LoadW, constantsBase, offset, bytes, address);
  while (first < static_cast<StepId>(steps.steps().size()))
    keptSteps.push_back(first++);
}

std::int64_t Emitter::loadTables(const PackedParams &params) {
  if (params.tableBytes == 0)
    return 0;
  const std::int64_t at = take(regions.tables, params.tableBytes, "tables");
  loadKept(params.tablesOffset, params.tableBytes, at);
  return at;
}

static std::int32_t opOf(Stage::Op op) {
  switch (op) {
  case Stage::Op::Copy:
    return npu::VectorOp::Copy;
  case Stage::Op::Add:
    return npu::VectorOp::Add;
  case Stage::Op::Sub:
    return npu::VectorOp::Sub;
  case Stage::Op::Mul:
    return npu::VectorOp::Mul;
  case Stage::Op::Max:
    return npu::VectorOp::Max;
  case Stage::Op::Min:
    return npu::VectorOp::Min;
  }
  return npu::VectorOp::Copy;
}

std::int64_t Emitter::runStages(const Layer &of, const PackedParams &params,
                                const Rows &rows, std::size_t first,
                                std::int64_t previous) {
  const auto addressOf = [&](const StageInput &input,
                             const std::vector<std::int64_t> &operands) {
    return static_cast<std::int32_t>(input.from == StageInput::From::Previous
                                         ? previous
                                         : operands[input.operand]);
  };
  const auto step = static_cast<std::int32_t>(lanes);
  for (std::size_t i = first; i < of.stages.size(); ++i) {
    const Stage &stage = of.stages[i];
    npu::Vector command;
    setOutput(command, stage, params, i, rows);
    command.count = {static_cast<std::int32_t>(rows.count), 1};
    command.op = opOf(stage.op);
    if (stage.a.from == StageInput::From::Sums) {
      command.aKind = npu::VectorAKind::Accumulator;
      command.aAddr = static_cast<std::int32_t>(rows.sums);
      command.aStep = {1, 0};
    } else {
      command.aKind = npu::VectorAKind::Bytes;
      command.aAddr = addressOf(stage.a, rows.operandsA);
      command.aStep = {step, 0};
      command.aUnsigned = stage.a.isUnsigned;
      command.aZp = stage.a.zeroPoint;
    }
    command.aRescale = stage.a.scale.has_value();
    if (stage.op != Stage::Op::Copy) {
      command.bAddr = addressOf(stage.b, rows.operandsB);
      command.bStep = {step, 0};
      command.bUnsigned = stage.b.isUnsigned;
      command.bZp = stage.b.zeroPoint;
      command.bRescale = stage.b.scale.has_value();
    }
    const bool isLast = i + 1 == of.stages.size();
    const std::int64_t bytes = rows.count * lanes * (stage.toWords ? 4 : 1);
    const std::int64_t to =
        !isLast ? take(regions.between, bytes, "bytes between stages")
        : rows.results >= 0 ? rows.results
                            : take(regions.outputs, bytes, "results");
    command.dstAddr = static_cast<std::int32_t>(to);
    command.dstStep = {stage.toWords ? 4 * step : step, 0};
    add(npu::Queue::Vector, command);
    previous = to;
  }
  return previous;
}

} // namespace glowplug::npusim
