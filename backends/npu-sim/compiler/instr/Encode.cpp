// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Instructions to steps, and steps to a blob.

#include "backends/npu-sim/compiler/instr/Encode.h"

#include "backends/npu-sim/compiler/instr/Encoder.h"
#include "backends/npu-sim/compiler/instr/Kept.h"
#include "backends/npu-sim/compiler/schedule/Order.h"
#include "backends/npu-sim/compiler/schedule/Semaphores.h"
#include "simulator/device/RaceDetector.h"
#include "simulator/isa/Check.h"
#include "simulator/timing/Banks.h"

#include <algorithm>
#include <bit>
#include <map>

namespace glowplug::npusim {
namespace {

/// What the field of a command can say.
constexpr std::size_t mostLayers = 65535;

class ProgramEncoder {
public:
  ProgramEncoder(gp_instr_program program,
                 std::span<const std::span<const std::uint8_t>> segments,
                 const npu::Config &config)
      : program(program), config(config), places(program, config, segments),
        encoder(places, config), steps(config), kept(places, steps, config),
        count(gp_instr_program_instructions_count(program)),
        lastStep(count, -1), isLoadedFor(layerCount()),
        layerOfBuffer(places.buffers.size(), -1) {}

  npu::Result<CompiledProgram> run(const CompileOptions &options);

private:
  std::size_t layerCount() const {
    return gp_instr_program_layers_count(program);
  }
  gp_instr_instruction at(std::uint32_t index) const {
    return gp_instr_program_instructions_at(program, index);
  }
  void readKernels();
  std::vector<std::uint32_t> legalOrder() const;
  void noteNeeds(const std::vector<std::uint32_t> &order);
  std::string nameOf(std::size_t layer) const;
  std::string describe(std::uint32_t index) const;
  std::optional<npu::Fault> add(std::uint32_t index);
  npu::Result<npu::Command> encode(gp_instr_instruction instruction,
                                   std::int32_t layer,
                                   std::vector<StepId> &earlier);
  npu::Result<npu::Command> compute(gp_instr_compute compute,
                                    std::uint32_t engine, std::int32_t layer,
                                    std::vector<StepId> &earlier);
  Tile use(gp_instr_view view, bool writes);
  std::optional<npu::Fault> check(const npu::Command &command) const;
  npu::Result<CompiledProgram> write(const std::vector<npu::Command> &commands);

  const gp_instr_program program;
  const npu::Config config;
  Places places;
  InstructionEncoder encoder;
  StepList steps;
  Kept kept;
  const std::size_t count;
  std::vector<StepId> lastStep; ///< of each instruction
  std::vector<ReadKernel> kernels;

  /// What a layer needs of kept bytes, and whether it has been loaded.
  std::map<std::uint32_t, std::vector<Kept::Bytes>> needs;
  std::vector<bool> isLoadedFor;
  /// For each engine and buffer that it wrote, the last step that did.
  std::map<std::pair<std::uint32_t, std::uint32_t>, StepId> writers;
  std::vector<std::int64_t> layerOfBuffer;  ///< that uses it first, or -1
  std::vector<std::uint32_t> read, written; ///< buffers of one instruction
  bool hasOther = false; ///< a last layer for instructions of none
};

} // namespace

/// A legal sequential order: the program's own, as far as that is legal.
std::vector<std::uint32_t> ProgramEncoder::legalOrder() const {
  std::array<std::vector<std::uint32_t>, npu::queueCount> queues;
  for (std::uint32_t i = 0; i < count; ++i)
    queues[gp_instr_instruction_engine(at(i))].push_back(i);
  std::array<std::size_t, npu::queueCount> next{};
  std::vector<bool> isDone(count);
  std::vector<std::uint32_t> order;
  const auto isReady = [&](gp_instr_instruction instruction) {
    for (std::size_t k = gp_instr_instruction_waits_count(instruction); k > 0;)
      if (!isDone[gp_instr_instruction_waits_at(instruction, --k)])
        return false;
    return true;
  };
  while (order.size() < count) {
    auto best = static_cast<std::uint32_t>(count);
    for (int q = 0; q < npu::queueCount; ++q)
      if (next[q] < queues[q].size() && queues[q][next[q]] < best &&
          isReady(at(queues[q][next[q]])))
        best = queues[q][next[q]];
    if (best == count)
      break; // a deadlock, which a verified program does not have
    isDone[best] = true;
    ++next[gp_instr_instruction_engine(at(best))];
    order.push_back(best);
  }
  return order;
}

std::string ProgramEncoder::nameOf(std::size_t layer) const {
  return gp_instr_layer_name(gp_instr_program_layers_at(program, layer));
}

std::string ProgramEncoder::describe(std::uint32_t index) const {
  static constexpr const char *engines[] = {"load_a", "load_w", "matrix",
                                            "vector", "store"};
  const gp_instr_instruction instruction = at(index);
  std::string text = "instruction " + std::to_string(index);
  std::string name = gp_instr_instruction_name(instruction);
  if (name.empty())
    name = nameOf(gp_instr_instruction_layer(instruction));
  if (!name.empty())
    text += " '" + name + "'";
  return text + " on '" + engines[gp_instr_instruction_engine(instruction)] +
         "': ";
}

void ProgramEncoder::readKernels() {
  const std::uint8_t *data = gp_instr_program_kernels_data(program);
  const gp_image_program image = gp_image_root(data);
  for (std::size_t i = 0; i < gp_image_program_bodies_count(image); ++i)
    kernels.push_back(
        readKernel(gp_image_program_bodies_at(image, i), config.arrayRows));
}

/// Which kept bytes each layer needs, in the order in which it uses them.
void ProgramEncoder::noteNeeds(const std::vector<std::uint32_t> &order) {
  for (std::uint32_t index : order) {
    const gp_instr_compute compute = gp_instr_instruction_as_compute(at(index));
    const std::uint32_t layer = gp_instr_instruction_layer(at(index));
    if (!compute.p || layer >= layerCount())
      continue;
    const Kernel &kernel = kernels[gp_instr_compute_kernel(compute)].kernel;
    auto &list = needs[layer];
    for (Kept::Bytes &bytes : Kept::neededBy(kernel))
      if (std::find(list.begin(), list.end(), bytes) == list.end())
        list.push_back(std::move(bytes));
  }
}

/// Reads \p view and notes what the instruction does with its buffer. The
/// memory map names the layer that uses a buffer first.
Tile ProgramEncoder::use(gp_instr_view view, bool writes) {
  (writes ? written : read).push_back(gp_instr_view_buffer(view));
  return glue::readTile(view);
}

npu::Result<npu::Command>
ProgramEncoder::compute(gp_instr_compute compute, std::uint32_t engine,
                        std::int32_t layer, std::vector<StepId> &earlier) {
  const ReadKernel &kernel = kernels[gp_instr_compute_kernel(compute)];
  TileOp op{kernel,
            {},
            use(gp_instr_compute_results_at(compute, 0), true),
            gp_instr_compute_accumulate(compute) != 0,
            engine};
  for (std::size_t i = 0; i < gp_instr_compute_operands_count(compute); ++i)
    op.operands.push_back(use(gp_instr_compute_operands_at(compute, i), false));
  const std::vector<Kept::Bytes> bytes = Kept::neededBy(kernel.kernel);
  const auto places =
      kept.load(bytes, static_cast<int>(engine), layer, earlier);
  if (!places)
    return places.fault();
  for (std::size_t i = 0; i < bytes.size(); ++i)
    (bytes[i].size() == 256 ? op.table : op.zeroPoints) = (*places)[i];
  return encoder.compute(op);
}

npu::Result<npu::Command>
ProgramEncoder::encode(gp_instr_instruction instruction, std::int32_t layer,
                       std::vector<StepId> &earlier) {
  switch (gp_instr_instruction_action_type(instruction)) {
  case gp_instr_action_copy: {
    const gp_instr_copy copy = gp_instr_instruction_as_copy(instruction);
    const Tile source = use(gp_instr_copy_source(copy), false);
    return encoder.copy(source, use(gp_instr_copy_target(copy), true));
  }
  case gp_instr_action_fill: {
    const gp_instr_fill fill = gp_instr_instruction_as_fill(instruction);
    return encoder.fill(
        use(gp_instr_fill_target(fill), true),
        {gp_instr_fill_value_data(fill), gp_instr_fill_value_count(fill)});
  }
  case gp_instr_action_compute:
    return compute(gp_instr_instruction_as_compute(instruction),
                   gp_instr_instruction_engine(instruction), layer, earlier);
  default:
    return npu::Command(npu::Sync());
  }
}

std::optional<npu::Fault>
ProgramEncoder::check(const npu::Command &command) const {
  if (auto fault = npu::checkCommand(npu::encodeCommand(command), config,
                                     places.extents))
    return npu::Fault{fault->message};
  if (const std::uint64_t banks = npu::bankUseOf(command, config).twice)
    return npu::Fault{"needs operands in different banks, "
                      "but two lie in bank " +
                      std::to_string(std::countr_zero(banks))};
  return std::nullopt;
}

std::optional<npu::Fault> ProgramEncoder::add(std::uint32_t index) {
  const gp_instr_instruction instruction = at(index);
  const std::uint32_t engine = gp_instr_instruction_engine(instruction);
  const std::uint32_t number = gp_instr_instruction_layer(instruction);
  hasOther |= number >= layerCount();
  const auto layer = static_cast<std::int32_t>(
      std::min<std::size_t>({number, layerCount(), mostLayers}));
  std::vector<StepId> earlier;
  if (number < layerCount() && !isLoadedFor[number]) {
    isLoadedFor[number] = true;
    if (const auto found = needs.find(number); found != needs.end())
      for (const Kept::Bytes &bytes : found->second)
        kept.prefetch(bytes, layer);
  }
  read.clear();
  written.clear();
  npu::Result<npu::Command> command = encode(instruction, layer, earlier);
  if (!command)
    return npu::Fault{describe(index) + command.message()};
  npu::Header &header = npu::headerOf(*command);
  header.queue = static_cast<std::int32_t>(engine);
  header.layer = layer;
  if (const auto fault = check(*command))
    return npu::Fault{describe(index) + fault->message};

  for (std::size_t i = 0; i < gp_instr_instruction_waits_count(instruction);
       ++i) {
    const std::uint32_t other = gp_instr_instruction_waits_at(instruction, i);
    if (gp_instr_instruction_engine(at(other)) != engine)
      earlier.push_back(lastStep[other]);
  }
  // Commands of a queue overlap. What an instruction reads was written through
  // the same buffer, so that the buffer tells whether its own engine did it.
  for (std::uint32_t buffer : read)
    if (const auto own = writers.find({engine, buffer}); own != writers.end())
      earlier.push_back(own->second);
  lastStep[index] = steps.add(*command, std::move(earlier));
  for (std::uint32_t buffer : written)
    writers[{engine, buffer}] = lastStep[index];
  for (const auto *buffers : {&read, &written})
    for (std::uint32_t buffer : *buffers)
      if (layerOfBuffer[buffer] < 0)
        layerOfBuffer[buffer] = layer;
  return std::nullopt;
}

npu::Result<CompiledProgram>
ProgramEncoder::write(const std::vector<npu::Command> &commands) {
  CompiledProgram result;
  result.constants = std::move(places.constants);
  result.workspaceBytes =
      static_cast<std::uint64_t>(places.extents[workspaceBase]);
  Blob blob;
  blob.program.extents = places.extents;
  blob.program.extents[constantsBase] =
      static_cast<std::int64_t>(result.constants.size());
  for (const npu::Command &command : commands)
    blob.program.commands.push_back(npu::encodeCommand(command));
  if (const auto fault = npu::checkCommands(blob.program.commands, config,
                                            blob.program.extents))
    return npu::Fault{"internal error: " + fault->message};
  blob.inputs = std::move(places.inputs);
  blob.outputs = std::move(places.outputs);
  for (std::size_t i = 0; i < layerCount(); ++i) {
    const gp_instr_layer layer = gp_instr_program_layers_at(program, i);
    blob.layers.push_back(
        {nameOf(i), gp_instr_layer_macs(layer), gp_instr_layer_bytes(layer)});
  }
  if (hasOther)
    blob.layers.push_back({gp_instr_program_name(program), 0, 0});
  for (std::size_t i = 0; i < places.buffers.size(); ++i) {
    const Buffer &buffer = places.buffers[i];
    if ((buffer.space == scratchpadSpace || buffer.space == parameterSpace) &&
        layerOfBuffer[i] >= 0)
      blob.buffers.push_back(
          {buffer.name, static_cast<std::uint32_t>(layerOfBuffer[i]),
           static_cast<std::uint32_t>(
               places.map.addressOf(buffer.space, buffer.offset)),
           static_cast<std::uint32_t>(buffer.bytes)});
  }
  for (BufferInfo &buffer : kept.takeBuffers()) {
    if (buffer.layer < layerCount())
      buffer.name += " of " + nameOf(buffer.layer);
    blob.buffers.push_back(std::move(buffer));
  }
  result.blob = writeBlob(blob, config);
  return result;
}

npu::Result<CompiledProgram>
ProgramEncoder::run(const CompileOptions &options) {
  readKernels();
  const std::vector<std::uint32_t> order = legalOrder();
  noteNeeds(order);
  for (std::uint32_t index : order)
    if (auto fault = add(index))
      return *fault;
  const std::vector<Step> made = steps.take();
  const Signalled signalled =
      addSemaphores(orderByStart(made, estimateStarts(made, config)), config);
  if (options.checkRaces)
    if (const auto races = npu::findRaces(signalled.commands, config, 1);
        !races.empty())
      return npu::Fault{"internal error: " + races[0].message()};
  return write(signalled.commands);
}

npu::Result<CompiledProgram>
encode(std::span<const std::uint8_t> program,
       std::span<const std::span<const std::uint8_t>> segments,
       const npu::Config &config, const CompileOptions &options) {
  return ProgramEncoder(gp_instr_root(program.data()), segments, config)
      .run(options);
}

} // namespace glowplug::npusim
