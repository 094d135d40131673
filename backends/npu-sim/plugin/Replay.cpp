// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The group "replay": a run as the bare machine sees it.

#include "backends/npu-sim/plugin/Backend.h"

#include <fmt/format.h>

#include <map>

namespace glowplug::npusim {
namespace {

/// Registers 0 to 7 are the base registers; the next one shows for which
/// configuration a program is.
constexpr std::uint32_t hashRegister = npu::baseRegisters;

/// The addresses of a run are small, whatever the machine has.
constexpr std::uint64_t mostMemory = std::uint64_t{1} << 32;

/// The unit of \p command; that of transfers is called after their queue.
std::string_view unitOf(const npu::Command &command) {
  if (std::holds_alternative<npu::Depthwise>(command))
    return "depthwise";
  return npu::queueNames[static_cast<std::size_t>(npu::queueOf(command))];
}

class Teller {
public:
  Teller(const Executable &executable, const gp_replay_sink &sink)
      : program(executable.blob().program), blob(executable.blob()),
        places(executable.placement()), executable(executable), sink(sink) {}

  std::uint64_t commandBytes() const {
    return program.commands.size() * sizeof(npu::Encoded);
  }
  std::uint64_t memoryBytes() const {
    return places.programBase + commandBytes();
  }

  void machine() {
    gp_replay_machine row{};
    row.struct_size = sizeof row;
    row.memory_bytes = memoryBytes();
    row.command_bytes = sizeof(npu::Encoded);
    row.commands_address = places.programBase;
    sink.machine(sink.context, &row);
  }

  void memory(std::span<const Bytes> inputs) {
    segment("constants", places.bases[constantsBase], executable.constants());
    for (std::size_t i = 0; i < inputs.size(); ++i)
      segment(fmt::format("input {}", i),
              places.bases[inputsBase] + blob.inputs[i].offset, inputs[i]);
    for (std::size_t i = 0; i < blob.outputs.size(); ++i) {
      gp_replay_output row{};
      row.struct_size = sizeof row;
      row.index = static_cast<std::uint32_t>(i);
      row.address = places.bases[outputsBase] + blob.outputs[i].offset;
      row.bytes = blob.outputs[i].bytes;
      sink.output(sink.context, &row);
    }
  }

  void registers() {
    for (std::uint32_t i = 0; i < npu::baseRegisters; ++i)
      write(fmt::format("base{}", i), i, places.bases[i]);
    write("configuration", hashRegister, npu::configHash(executable.config()));
  }

  void commands() {
    sink.commands(sink.context, {program.commands.data(), commandBytes()});
    std::map<std::string, std::uint64_t, std::less<>> units;
    for (const npu::Encoded &code : program.commands) {
      const npu::Command command = *npu::decodeCommand(code);
      if (!std::holds_alternative<npu::Sync>(command))
        ++units[std::string(unitOf(command))];
    }
    for (const auto &[name, count] : units) {
      gp_replay_unit row{};
      row.struct_size = sizeof row;
      row.name = name.c_str();
      row.commands = count;
      sink.unit(sink.context, &row);
    }
  }

private:
  void segment(const std::string &name, std::uint64_t address, Bytes bytes) {
    if (bytes.empty())
      return;
    gp_replay_segment row{};
    row.struct_size = sizeof row;
    row.name = name.c_str();
    row.address = address;
    row.bytes = {bytes.data(), bytes.size()};
    sink.segment(sink.context, &row);
  }

  void write(const std::string &name, std::uint32_t number,
             std::uint64_t value) {
    gp_replay_register row{};
    row.struct_size = sizeof row;
    row.name = name.c_str();
    row.number = number;
    row.value = value;
    sink.write(sink.context, &row);
  }

  const npu::Program &program;
  const Blob &blob;
  const Placement &places;
  const Executable &executable;
  const gp_replay_sink &sink;
};

gp_status *replay(gp_executable *executable, const gp_replay_args *given) {
  const gp_host *host = executable->host;
  gp_replay_args args;
  gp_replay_sink sink;
  if (gp_status *problem = glue::read(
          host, args, given, "replay: the arguments are not understood"))
    return problem;
  if (gp_status *problem = glue::read(host, sink, args.sink,
                                      "replay: the sink is not understood"))
    return problem;
  const std::vector<Bytes> inputs = bytesOf(args.inputs, args.input_count);
  if (const auto fault = executable->program->checkInputs(inputs))
    return fail(host, GP_INVALID_ARGUMENT, fault->message);
  Teller teller(*executable->program, sink);
  if (teller.memoryBytes() > mostMemory)
    return fail(host, GP_UNSUPPORTED,
                fmt::format("replay: needs {} bytes of memory, but at most {} "
                            "can be told of",
                            teller.memoryBytes(), mostMemory));
  teller.machine();
  teller.memory(inputs);
  teller.registers();
  teller.commands();
  return nullptr;
}

gp_status *guardedReplay(gp_executable *executable,
                         const gp_replay_args *args) {
  return guard(executable->host, [&] { return replay(executable, args); });
}

} // namespace

const gp_replay_group replayGroup = {sizeof(gp_replay_group), guardedReplay};

} // namespace glowplug::npusim
