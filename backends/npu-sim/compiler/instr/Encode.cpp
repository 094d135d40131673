// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Instructions to steps, and steps to a blob.

#include "backends/npu-sim/compiler/instr/Encode.h"

#include "backends/npu-sim/compiler/instr/Encoder.h"
#include "backends/npu-sim/compiler/schedule/Order.h"
#include "backends/npu-sim/compiler/schedule/Semaphores.h"
#include "simulator/device/RaceDetector.h"
#include "simulator/isa/Check.h"
#include "simulator/timing/Banks.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace glowplug::npusim {

// ---- Places ----------------------------------------------------------------

Places::Places(const instr::ProgramT &program, const npu::Config &config,
               std::span<const std::span<const std::uint8_t>> segments)
    : map(config), program(program), origins(program.buffers.size()) {
  std::vector<bool> isBound(program.buffers.size());
  for (const auto &constant : program.constants) {
    const std::uint64_t bytes = program.buffers[constant->buffer]->bytes;
    origins[constant->buffer] = {
        constantsBase,
        append(segments[constant->segment].subspan(constant->offset, bytes))};
    isBound[constant->buffer] = true;
  }
  const auto bind = [&](const auto &bindings, std::int32_t base,
                        std::vector<Binding> &places) {
    std::int64_t end = 0;
    for (const auto &binding : bindings) {
      const std::uint64_t bytes = program.buffers[binding->buffer]->bytes;
      origins[binding->buffer] = {base, end};
      isBound[binding->buffer] = true;
      places.push_back({static_cast<std::uint64_t>(end), bytes});
      end = (end + static_cast<std::int64_t>(bytes) + 63) / 64 * 64;
    }
    extents[base] = end;
  };
  bind(program.inputs, inputsBase, inputs);
  bind(program.outputs, outputsBase, outputs);

  // All else keeps its place, counted from the first of it.
  std::int64_t begin = INT64_MAX, end = 0;
  const auto isWorkspace = [&](std::size_t i) {
    return !isBound[i] && program.buffers[i]->space == dramSpace;
  };
  for (std::size_t i = 0; i < origins.size(); ++i)
    if (isWorkspace(i)) {
      const auto offset = static_cast<std::int64_t>(program.buffers[i]->offset);
      begin = std::min(begin, offset);
      end = std::max(
          end, offset + static_cast<std::int64_t>(program.buffers[i]->bytes));
    }
  for (std::size_t i = 0; i < origins.size(); ++i)
    if (isWorkspace(i))
      origins[i] = {workspaceBase,
                    static_cast<std::int64_t>(program.buffers[i]->offset) -
                        begin};
  extents[workspaceBase] = std::max<std::int64_t>(0, end - begin);
}

std::int64_t Places::append(std::span<const std::uint8_t> bytes) {
  const auto begin = static_cast<std::int64_t>(constants.size());
  constants.insert(constants.end(), bytes.begin(), bytes.end());
  constants.resize((constants.size() + 63) / 64 * 64);
  return begin;
}

Places::Place Places::of(const instr::ViewT &view) const {
  const instr::BufferT &buffer = *program.buffers[view.buffer];
  if (buffer.space == dramSpace) {
    const Origin &origin = origins[view.buffer];
    return {buffer.space, origin.base, origin.offset + view.offset};
  }
  const std::int64_t at =
      static_cast<std::int64_t>(buffer.offset) + view.offset;
  if (buffer.space == accumulatorSpace)
    return {buffer.space, 0, at / map.sumBytes};
  return {buffer.space, 0, map.addressOf(buffer.space, at)};
}

// ---- Programs --------------------------------------------------------------

namespace {

/// A legal sequential order: the program's own as far as it is one.
std::vector<std::uint32_t> legalOrder(const instr::ProgramT &program) {
  const auto count = static_cast<std::uint32_t>(program.instructions.size());
  std::array<std::vector<std::uint32_t>, npu::queueCount> queues;
  for (std::uint32_t i = 0; i < count; ++i)
    queues[program.instructions[i]->engine].push_back(i);
  std::array<std::size_t, npu::queueCount> next{};
  std::vector<bool> isDone(count);
  std::vector<std::uint32_t> order;
  while (order.size() < count) {
    std::uint32_t best = count;
    for (int q = 0; q < npu::queueCount; ++q) {
      if (next[q] == queues[q].size())
        continue;
      const std::uint32_t i = queues[q][next[q]];
      const auto &waits = program.instructions[i]->waits;
      if (i < best && std::all_of(
                          waits.begin(), waits.end(),
                          [&](std::uint32_t w) { return isDone[w]; }))
        best = i;
    }
    if (best == count)
      break; // a deadlock, which a verified program has not
    isDone[best] = true;
    ++next[program.instructions[best]->engine];
    order.push_back(best);
  }
  return order;
}

/// What the field of a command can say.
constexpr std::size_t mostLayers = 65535;

class ProgramEncoder {
public:
  ProgramEncoder(const instr::ProgramT &program,
                 std::span<const std::span<const std::uint8_t>> segments,
                 const npu::Config &config)
      : program(program), config(config), places(program, config, segments),
        encoder(places, config), steps(config),
        lastStep(program.instructions.size()), isLoadedFor(layerCount()) {}

  npu::Result<CompiledProgram> run(const CompileOptions &options);

private:
  std::size_t layerCount() const { return program.layers.size(); }
  void readKernels();
  void noteNeeds(const std::vector<std::uint32_t> &order);
  const KernelPlan *kernelOf(const instr::InstructionT &instruction) const;
  std::int64_t keep(const KeptBytes &bytes, std::int32_t layer);
  npu::Result<npu::Command> encode(const instr::InstructionT &instruction,
                                   std::int32_t layer);
  std::optional<npu::Fault> add(std::uint32_t index);
  void noteBuffers(const instr::InstructionT &instruction, std::uint32_t layer);
  std::string describe(std::uint32_t index) const;

  const instr::ProgramT &program;
  const npu::Config config;
  Places places;
  InstructionEncoder encoder;
  StepList steps;
  std::vector<StepId> lastStep; ///< of each instruction
  image::ProgramT kernelImage;
  std::vector<KernelPlan> kernels;

  /// What a layer needs of kept bytes, and whether it has been loaded.
  std::map<std::uint32_t, std::vector<const KeptBytes *>> needs;
  std::vector<bool> isLoadedFor;
  std::map<KeptBytes, std::int64_t> stored;   ///< in the constants
  std::map<std::int64_t, KeptBytes> resident; ///< by address
  std::int64_t nextKept = 0;
  std::vector<BufferInfo> keptBuffers;
  std::vector<std::int64_t> layerOfBuffer;
  bool hasOther = false; ///< instructions of no layer: of one behind the last
};

} // namespace

std::string ProgramEncoder::describe(std::uint32_t index) const {
  static constexpr const char *engines[] = {"load_a", "load_w", "matrix",
                                            "vector", "store"};
  const instr::InstructionT &instruction = *program.instructions[index];
  std::string text = "instruction " + std::to_string(index);
  std::string name = instruction.name;
  if (name.empty() && instruction.layer < layerCount())
    name = program.layers[instruction.layer]->name;
  if (!name.empty())
    text += " '" + name + "'";
  return text + " on '" + engines[instruction.engine] + "': ";
}

void ProgramEncoder::readKernels() {
  if (program.kernels.empty())
    return;
  // Vectors of bytes need not begin at a multiple of 8.
  std::vector<std::uint64_t> aligned((program.kernels.size() + 7) / 8);
  std::memcpy(aligned.data(), program.kernels.data(), program.kernels.size());
  image::GetProgram(aligned.data())->UnPackTo(&kernelImage);
  for (const auto &body : kernelImage.bodies)
    kernels.push_back(planKernel(*body, config));
}

const KernelPlan *
ProgramEncoder::kernelOf(const instr::InstructionT &instruction) const {
  const instr::ComputeT *compute = instruction.action.AsCompute();
  return compute ? &kernels[compute->kernel] : nullptr;
}

/// Which kept bytes each layer needs, in the order in which it uses them.
void ProgramEncoder::noteNeeds(const std::vector<std::uint32_t> &order) {
  for (std::uint32_t index : order) {
    const instr::InstructionT &instruction = *program.instructions[index];
    const KernelPlan *kernel = kernelOf(instruction);
    if (!kernel || instruction.layer >= layerCount())
      continue;
    auto &list = needs[instruction.layer];
    for (const KeptBytes *bytes : {&kernel->table, &kernel->zeroPoints})
      if (!bytes->empty() &&
          std::none_of(list.begin(), list.end(), [&](const KeptBytes *other) {
            return *other == *bytes;
          }))
        list.push_back(bytes);
  }
}

/// Sees to it that \p bytes are in the kept part, and says where; -1 if they
/// have no room. What was there before may still be in use: the hazards of
/// steps see to that.
std::int64_t ProgramEncoder::keep(const KeptBytes &bytes, std::int32_t layer) {
  for (const auto &[at, others] : resident)
    if (others == bytes)
      return at;
  const std::int64_t line = npu::lineBytes(config);
  const auto size = static_cast<std::int64_t>(bytes.size());
  const MemoryMap &map = places.map;
  std::int64_t at =
      (std::max(nextKept, map.keptBegin) + line - 1) / line * line;
  if (at + size > map.keptEnd)
    at = (map.keptBegin + line - 1) / line * line;
  if (at + size > map.keptEnd)
    return -1;
  std::erase_if(resident, [&](const auto &entry) {
    return entry.first < at + size &&
           at < entry.first + static_cast<std::int64_t>(entry.second.size());
  });
  resident[at] = bytes;
  nextKept = at + size;
  const auto [place, isNew] = stored.try_emplace(bytes, 0);
  if (isNew)
    place->second = places.append(bytes);
  npu::Load load;
  load.header.queue = static_cast<std::int32_t>(npu::Queue::LoadW);
  load.header.layer = layer;
  load.dramBase = constantsBase;
  load.dramOffset = place->second;
  load.spadAddr = static_cast<std::int32_t>(at);
  load.run = static_cast<std::int32_t>(size);
  steps.add(load);
  std::string name = size == 256 ? "table" : "zero points";
  if (static_cast<std::size_t>(layer) < layerCount())
    name += " of " + program.layers[layer]->name;
  keptBuffers.push_back({std::move(name), static_cast<std::uint32_t>(layer),
                         static_cast<std::uint32_t>(at),
                         static_cast<std::uint32_t>(size)});
  return at;
}

npu::Result<npu::Command>
ProgramEncoder::encode(const instr::InstructionT &instruction,
                       std::int32_t layer) {
  if (const instr::CopyT *copy = instruction.action.AsCopy())
    return encoder.copy(*copy);
  if (const instr::FillT *fill = instruction.action.AsFill())
    return encoder.fill(*fill);
  const instr::ComputeT *compute = instruction.action.AsCompute();
  if (!compute)
    return npu::Command(npu::Sync());
  const KernelPlan &kernel = kernels[compute->kernel];
  std::int64_t table = 0, zeroPoints = 0;
  if (!kernel.table.empty())
    table = keep(kernel.table, layer);
  if (!kernel.zeroPoints.empty())
    zeroPoints = keep(kernel.zeroPoints, layer);
  // Where both have no room at once, the second took the place of the first.
  if (table < 0 || zeroPoints < 0 ||
      (!kernel.table.empty() && !resident.contains(table)))
    return npu::Fault{
        "table_addr: " +
        std::to_string(kernel.table.size() + kernel.zeroPoints.size()) +
        " bytes have no room in the part of bank 0 that is "
        "kept back"};
  return encoder.compute(*compute, kernel, instruction.engine, table,
                         zeroPoints);
}

/// The memory map names the layer that uses a buffer first.
void ProgramEncoder::noteBuffers(const instr::InstructionT &instruction,
                                 std::uint32_t layer) {
  const auto note = [&](const std::unique_ptr<instr::ViewT> &view) {
    std::int64_t &of = layerOfBuffer[view->buffer];
    if (of < 0)
      of = layer;
  };
  if (const instr::CopyT *copy = instruction.action.AsCopy()) {
    note(copy->source);
    note(copy->target);
  } else if (const instr::FillT *fill = instruction.action.AsFill()) {
    note(fill->target);
  } else if (const instr::ComputeT *compute = instruction.action.AsCompute()) {
    for (const auto &view : compute->operands)
      note(view);
    for (const auto &view : compute->results)
      note(view);
  }
}

std::optional<npu::Fault> ProgramEncoder::add(std::uint32_t index) {
  const instr::InstructionT &instruction = *program.instructions[index];
  const std::uint32_t number = instruction.layer;
  hasOther |= number >= layerCount();
  const auto layer = static_cast<std::int32_t>(
      std::min<std::size_t>({number, layerCount(), mostLayers}));
  if (number < layerCount() && !isLoadedFor[number]) {
    isLoadedFor[number] = true;
    if (const auto found = needs.find(number); found != needs.end())
      for (const KeptBytes *bytes : found->second)
        keep(*bytes, layer);
  }
  noteBuffers(instruction, static_cast<std::uint32_t>(layer));
  npu::Result<npu::Command> command = encode(instruction, layer);
  if (!command)
    return npu::Fault{describe(index) + command.message()};
  npu::Header &header = npu::headerOf(*command);
  header.queue = static_cast<std::int32_t>(instruction.engine);
  header.layer = layer;
  if (const auto fault = npu::checkCommand(npu::encodeCommand(*command), config,
                                           places.extents))
    return npu::Fault{describe(index) + fault->message};
  if (const std::uint64_t banks = npu::bankUseOf(*command, config).twice)
    return npu::Fault{describe(index) +
                      "needs operands in different banks, "
                      "but two lie in bank " +
                      std::to_string(std::countr_zero(banks))};
  for (std::uint32_t wait : instruction.waits)
    if (program.instructions[wait]->engine != instruction.engine)
      steps.waitFor(lastStep[wait]);
  lastStep[index] = steps.add(*command);
  return std::nullopt;
}

npu::Result<CompiledProgram>
ProgramEncoder::run(const CompileOptions &options) {
  readKernels();
  layerOfBuffer.assign(program.buffers.size(), -1);
  // What is kept is not known yet: only that it lies in the constants.
  places.extents[constantsBase] =
      static_cast<std::int64_t>(places.constants.size());
  const std::vector<std::uint32_t> order = legalOrder(program);
  noteNeeds(order);
  for (std::uint32_t index : order)
    if (auto fault = add(index))
      return *fault;

  const std::vector<Step> made = steps.take();
  const Signalled signalled =
      addSemaphores(orderByStart(made, estimateStarts(made, config)), config);
  CompiledProgram result;
  result.constants = std::move(places.constants);
  result.workspaceBytes =
      static_cast<std::uint64_t>(places.extents[workspaceBase]);
  Blob blob;
  blob.program.extents = places.extents;
  blob.program.extents[constantsBase] =
      static_cast<std::int64_t>(result.constants.size());
  for (const npu::Command &command : signalled.commands)
    blob.program.commands.push_back(npu::encodeCommand(command));
  if (const auto fault = npu::checkCommands(blob.program.commands, config,
                                            blob.program.extents))
    return npu::Fault{"internal error: " + fault->message};
  if (options.checkRaces)
    if (const auto races = npu::findRaces(signalled.commands, config, 1);
        !races.empty())
      return npu::Fault{"internal error: " + races[0].message()};
  blob.inputs = std::move(places.inputs);
  blob.outputs = std::move(places.outputs);
  for (const auto &layer : program.layers)
    blob.layers.push_back({layer->name, layer->macs, layer->bytes});
  if (hasOther)
    blob.layers.push_back({program.name, 0, 0});
  for (std::size_t i = 0; i < program.buffers.size(); ++i) {
    const instr::BufferT &buffer = *program.buffers[i];
    if ((buffer.space != scratchpadSpace && buffer.space != parameterSpace) ||
        layerOfBuffer[i] < 0)
      continue;
    blob.buffers.push_back(
        {buffer.name, static_cast<std::uint32_t>(layerOfBuffer[i]),
         static_cast<std::uint32_t>(places.map.addressOf(
             buffer.space, static_cast<std::int64_t>(buffer.offset))),
         static_cast<std::uint32_t>(buffer.bytes)});
  }
  blob.buffers.insert(blob.buffers.end(), keptBuffers.begin(),
                      keptBuffers.end());
  result.blob = writeBlob(blob, config);
  return result;
}

npu::Result<CompiledProgram>
encodeProgram(const instr::ProgramT &program,
              std::span<const std::span<const std::uint8_t>> segments,
              const npu::Config &config, const CompileOptions &options) {
  return ProgramEncoder(program, segments, config).run(options);
}

} // namespace glowplug::npusim
