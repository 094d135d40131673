// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Buffers, and instructions in the order of their starts.

#include "backends/npu-sim/compiler/instr/Schedule.h"

#include "backends/npu-sim/compiler/instr/Machine.h"
#include "backends/npu-sim/compiler/instr/ScheduleWriter.h"
#include "backends/npu-sim/compiler/schedule/Order.h"

#include <openssl/sha.h>

#include <algorithm>

namespace glowplug::npusim {

ScheduleWriter::ScheduleWriter(const Emitter &emitter, const Plan &plan,
                               const std::vector<std::uint8_t> &constants)
    : config(emitter.config), map(config), lanes(config.arrayRows),
      constants(constants),
      loaded(static_cast<std::size_t>(npu::scratchpadBytes(config))) {
  program.container_version = 1;
  program.name = "npu";
  const std::vector<std::uint8_t> machine = writeMachine(config);
  program.machine_sha256.resize(SHA256_DIGEST_LENGTH);
  SHA256(machine.data(), machine.size(), program.machine_sha256.data());
  addTensors(emitter.program, plan);
  firstSums = static_cast<std::uint32_t>(program.buffers.size());
  const std::int64_t bank = config.accumulatorBankRows * map.sumBytes;
  for (int i = 0; i < config.accumulatorBanks; ++i)
    newBuffer("sums " + std::to_string(i), accumulatorSpace, i * bank, bank);
}

std::uint32_t ScheduleWriter::newBuffer(std::string name, std::uint32_t space,
                                        std::int64_t offset,
                                        std::int64_t bytes) {
  auto buffer = std::make_unique<instr::BufferT>();
  buffer->name = std::move(name);
  buffer->space = space;
  buffer->offset = static_cast<std::uint64_t>(offset);
  buffer->bytes = static_cast<std::uint64_t>(bytes);
  program.buffers.push_back(std::move(buffer));
  return static_cast<std::uint32_t>(program.buffers.size() - 1);
}

/// What is in DRAM: constants, tensors between layers, inputs and outputs, one
/// behind the other.
void ScheduleWriter::addTensors(const Program &image, const Plan &plan) {
  std::int64_t end = 0;
  const auto add = [&](std::string name, int base, std::int64_t offset,
                       std::int64_t bytes) {
    const std::uint32_t buffer =
        newBuffer(std::move(name), dramSpace, end, bytes);
    tensors[base].emplace(offset, buffer);
    end = (end + bytes + 63) / 64 * 64;
    return buffer;
  };
  const auto constantBytes = static_cast<std::int64_t>(constants.size());
  if (constantBytes > 0) {
    auto constant = std::make_unique<instr::ConstantT>();
    constant->buffer = add("constants", constantsBase, 0, constantBytes);
    program.constants.push_back(std::move(constant));
    program.segment_bytes = {static_cast<std::uint64_t>(constantBytes)};
  }
  const auto addBindings = [&](const char *name, int base,
                               const std::vector<Binding> &places,
                               const std::vector<ValueId> &ids, auto &list) {
    for (std::size_t i = 0; i < places.size(); ++i) {
      auto binding = std::make_unique<instr::BindingT>();
      binding->buffer = add(std::string(name) + " " + std::to_string(i), base,
                            static_cast<std::int64_t>(places[i].offset),
                            static_cast<std::int64_t>(places[i].bytes));
      const Value &value = image.values[ids[i]];
      binding->dtype = static_cast<std::uint8_t>(value.type);
      binding->shape = value.shape;
      list.push_back(std::move(binding));
    }
  };
  addBindings("input", inputsBase, plan.inputs, image.inputs, program.inputs);
  addBindings("output", outputsBase, plan.outputs, image.outputs,
              program.outputs);
  if (plan.workspaceBytes > 0)
    add("workspace", workspaceBase, 0, plan.workspaceBytes);
  for (const LayerInfo &info : plan.layers) {
    auto layer = std::make_unique<instr::LayerT>();
    layer->name = info.name;
    layer->macs = info.macs;
    layer->bytes = info.dramBytes;
    program.layers.push_back(std::move(layer));
  }
}

void ScheduleWriter::addBuffer(const BufferInfo &info) {
  const std::int64_t begin = info.begin, end = begin + info.bytes;
  if (map.isKept(begin))
    return;
  // Those that begin before, and reach into it, and those that begin within.
  auto first = buffers.upper_bound(begin);
  if (first != buffers.begin()) {
    const auto before = std::prev(first);
    const auto bytes =
        static_cast<std::int64_t>(program.buffers[before->second]->bytes);
    if (before->first + bytes > begin)
      first = before;
  }
  buffers.erase(first, buffers.lower_bound(end));
  const MemoryMap::Place place = map.placeOf(begin);
  buffers[begin] = newBuffer(info.name, place.space, place.offset, info.bytes);
}

void ScheduleWriter::noteLoad(const npu::Load &c) {
  if (c.dramBase != constantsBase)
    return;
  const auto copy = [&](auto &&self, int dim, std::int64_t from,
                        std::int64_t to) -> void {
    if (dim < 0) {
      std::copy_n(constants.begin() + from, c.run, loaded.begin() + to);
      return;
    }
    for (std::int64_t i = 0; i < c.count[dim]; ++i)
      self(self, dim - 1, from + i * c.dramStep[dim], to + i * c.spadStep[dim]);
  };
  copy(copy, 3, c.dramOffset, c.spadAddr);
}

ScheduleWriter::Place ScheduleWriter::inScratchpad(std::int64_t address) {
  auto after = buffers.upper_bound(address);
  if (after != buffers.begin()) {
    const auto at = std::prev(after);
    const auto bytes =
        static_cast<std::int64_t>(program.buffers[at->second]->bytes);
    if (address < at->first + bytes)
      return {at->second, address - at->first};
  }
  fail("address " + std::to_string(address) + " lies in no buffer");
  return {};
}

ScheduleWriter::Place ScheduleWriter::inAccumulator(std::int64_t row) const {
  const std::int64_t bank = row / config.accumulatorBankRows;
  return {firstSums + static_cast<std::uint32_t>(bank),
          row % config.accumulatorBankRows * map.sumBytes};
}

ScheduleWriter::Place ScheduleWriter::inMemory(bool isAccumulator,
                                               std::int64_t address) {
  return isAccumulator ? inAccumulator(address) : inScratchpad(address);
}

ScheduleWriter::Place ScheduleWriter::inDram(std::int32_t base,
                                             std::int64_t offset) {
  const auto after = tensors[base].upper_bound(offset);
  if (after == tensors[base].begin()) {
    fail("offset " + std::to_string(offset) + " behind base " +
         std::to_string(base) + " lies in no tensor");
    return {};
  }
  const auto at = std::prev(after);
  return {at->second, offset - at->first};
}

instr::ViewT ScheduleWriter::view(Place place, image::DType dtype,
                                  const TileDims &dims) const {
  instr::ViewT result;
  result.buffer = place.buffer;
  result.offset = place.offset;
  result.dtype = static_cast<std::uint8_t>(dtype);
  const bool hasBlocks =
      std::any_of(dims.begin(), dims.end(),
                  [](const TileDim &dim) { return dim.block != 1; });
  for (const TileDim &dim : dims) {
    result.shape.push_back(dim.size);
    result.strides.push_back(dim.stride);
    if (hasBlocks) {
      result.blocks.push_back(dim.block);
      result.inner.push_back(dim.inner);
    }
  }
  return result;
}

npu::Result<instr::ActionUnion>
ScheduleWriter::write(const npu::Command &command) {
  instr::ActionUnion action =
      std::visit([&](const auto &c) { return writeAction(c); }, command);
  if (!problem.empty())
    return npu::Fault{"internal error: " + problem};
  return action;
}

instr::ProgramT ScheduleWriter::take() {
  program.kernels = kernels.take();
  return std::move(program);
}

namespace {

using Waits = std::array<StepId, npu::queueCount>;

void takeLater(Waits &waits, const Waits &others) {
  for (int q = 0; q < npu::queueCount; ++q)
    waits[q] = std::max(waits[q], others[q]);
}

/// What to wait for instead of a step that is left out: for each such step, the
/// one before it in its queue, and what it waited for itself.
class LeftOut {
public:
  explicit LeftOut(std::size_t count) : isOut(count), instead(count) {}

  void add(StepId id, StepId before, const Waits &waits, int queue) {
    isOut[id] = true;
    instead[id] = resolve(waits);
    Waits own{-1, -1, -1, -1, -1};
    own[queue] = before;
    takeLater(instead[id], resolve(own));
  }

  Waits resolve(const Waits &waits) const {
    Waits result{-1, -1, -1, -1, -1};
    for (int q = 0; q < npu::queueCount; ++q) {
      const StepId other = waits[q];
      if (other >= 0 && isOut[other])
        takeLater(result, instead[other]);
      else
        result[q] = std::max(result[q], other);
    }
    return result;
  }

private:
  std::vector<bool> isOut;
  std::vector<Waits> instead;
};

} // namespace

npu::Result<instr::ProgramT>
writeSchedule(Emitter &emitter, const Plan &plan,
              const std::vector<std::uint8_t> &constants) {
  ScheduleWriter writer(emitter, plan, constants);
  const std::vector<Step> steps = emitter.steps.take();
  std::vector<std::unique_ptr<instr::InstructionT>> made(steps.size());
  std::vector<Waits> waits(steps.size());
  LeftOut leftOut(steps.size());
  Waits last{-1, -1, -1, -1, -1};
  // What the next step of each queue knew from one that is left out.
  std::array<Waits, npu::queueCount> inherited;
  inherited.fill({-1, -1, -1, -1, -1});
  std::size_t buffer = 0, kept = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto id = static_cast<StepId>(i);
    const Step &step = steps[i];
    const npu::Header &header = npu::headerOf(step.command);
    for (; buffer < emitter.buffers.size() && emitter.bufferSteps[buffer] <= id;
         ++buffer)
      writer.addBuffer(emitter.buffers[buffer]);
    if (const auto *load = std::get_if<npu::Load>(&step.command))
      writer.noteLoad(*load);
    if (kept < emitter.keptSteps.size() && emitter.keptSteps[kept] == id) {
      ++kept;
      leftOut.add(id, last[header.queue], step.waits, header.queue);
      takeLater(inherited[header.queue], leftOut.resolve(step.waits));
      continue;
    }
    npu::Result<instr::ActionUnion> action = writer.write(step.command);
    if (!action)
      return npu::Fault{action.message() + ", step " + std::to_string(i)};
    made[i] = std::make_unique<instr::InstructionT>();
    made[i]->engine = static_cast<std::uint32_t>(header.queue);
    made[i]->action = std::move(*action);
    made[i]->layer = static_cast<std::uint32_t>(header.layer);
    waits[i] = leftOut.resolve(step.waits);
    takeLater(waits[i], inherited[header.queue]);
    inherited[header.queue] = {-1, -1, -1, -1, -1};
    waits[i][header.queue] = -1;
    last[header.queue] = id;
  }

  instr::ProgramT program = writer.take();
  std::vector<std::uint32_t> place(steps.size());
  for (StepId id : startOrder(estimateStarts(steps, emitter.config)))
    if (made[id]) {
      for (StepId other : waits[id])
        if (other >= 0)
          made[id]->waits.push_back(place[other]);
      place[id] = static_cast<std::uint32_t>(program.instructions.size());
      program.instructions.push_back(std::move(made[id]));
    }
  return program;
}

} // namespace glowplug::npusim
