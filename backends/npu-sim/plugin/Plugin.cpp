// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The table of functions that the plugin exports.

#include "backends/npu-sim/plugin/Backend.h"

#include <fmt/format.h>
#include <glowplug/glue/seal.h>

#include <cstring>

namespace glowplug::npusim {

/// By which seals tell blobs of this plugin.
static constexpr const char *sealName = "npu-sim";

Bytes bytesOf(const gp_bytes &bytes) {
  return {static_cast<const std::uint8_t *>(bytes.data), bytes.size};
}

std::vector<Bytes> bytesOf(const gp_bytes *list, std::size_t count) {
  std::vector<Bytes> result;
  for (std::size_t i = 0; i < count; ++i)
    result.push_back(bytesOf(list[i]));
  return result;
}

gp_status *checkSegments(const gp_host *host, const char *what,
                         std::size_t expected, std::size_t given) {
  if (given == expected)
    return nullptr;
  return fail(
      host, GP_INVALID_ARGUMENT,
      fmt::format("the {} has {} segments, but got {}", what, expected, given));
}

gp_status *giveProgram(const gp_backend &backend,
                       const CompiledProgram &program,
                       const gp_compile_sink &sink) {
  if (!program.constants.empty())
    if (gp_status *problem = sink.segment(
            sink.context, {program.constants.data(), program.constants.size()}))
      return problem;
  gp_compile_result result{};
  result.struct_size = sizeof result;
  result.requirement = backend.requirement.c_str();
  result.workspace_bytes = program.workspaceBytes;
  return gp_emit_sealed(backend.host, &sink,
                        {program.blob.data(), program.blob.size()}, sealName,
                        program.constants.empty() ? 0 : 1, &result);
}

namespace {

struct Entries {
  using Backend = gp_backend;
  using Executable = gp_executable;

  static gp_status *create(const gp_create_args &args, gp_backend **backend) {
    auto made = openBackend(args.host, {args.options, args.option_count});
    if (!made)
      return fail(args.host, GP_INVALID_ARGUMENT, made.message());
    *backend = made->release();
    return nullptr;
  }

  static gp_status *describe(gp_backend &backend,
                             const gp_describe_sink &sink) {
    return npusim::describe(backend, sink);
  }

  static gp_status *check(gp_backend &backend, const gp_check_args &args) {
    return npusim::check(backend, args);
  }

  static gp_status *compile(gp_backend &backend, const gp_compile_args &args,
                            const gp_compile_sink &sink);
  static gp_status *load(gp_backend &backend, const gp_load_args &args,
                         gp_executable **executable);
  static gp_status *run(gp_executable &executable, const gp_run_args &args);
  static const void *group(const char *id, std::uint32_t version);
};

gp_status *Entries::compile(gp_backend &backend, const gp_compile_args &args,
                            const gp_compile_sink &sink) {
  const gp_host *host = backend.host;
  const gp_image_program image = gp_image_root(args.image.data);
  if (gp_status *problem =
          checkSegments(host, "image", gp_image_program_segments_count(image),
                        args.segment_count))
    return problem;
  auto program =
      npusim::compile(image, bytesOf(args.segments, args.segment_count),
                      backend.config, backend.options);
  if (!program)
    return fail(host, GP_UNSUPPORTED, program.message());
  return giveProgram(backend, *program, sink);
}

gp_status *Entries::load(gp_backend &backend, const gp_load_args &args,
                         gp_executable **executable) {
  const gp_host *host = backend.host;
  if (args.requirement != backend.requirement)
    return fail(host, GP_INCOMPATIBLE,
                fmt::format("the program is for '{}', but this is '{}'",
                            args.requirement, backend.requirement));
  gp_bytes blob{};
  if (gp_status *problem = gp_open_sealed(host, &args, sealName,
                                          backend.requirement.c_str(), &blob))
    return problem;
  auto program = npusim::Executable::load(
      bytesOf(blob), bytesOf(args.segments, args.segment_count), backend.config,
      makeDevice(backend));
  if (!program)
    return fail(host, GP_INVALID_ARGUMENT, program.message());
  *executable = new gp_executable{host, std::move(*program), backend.process,
                                  backend.hasOwnDevice, backend.energy};
  return nullptr;
}

gp_status *Entries::run(gp_executable &executable, const gp_run_args &args) {
  const gp_host *host = executable.host;
  const std::vector<Bytes> inputs = bytesOf(args.inputs, args.input_count);
  std::vector<std::uint8_t *> outputs;
  for (std::size_t i = 0; i < args.output_count; ++i)
    outputs.push_back(static_cast<std::uint8_t *>(args.outputs[i]));
  const Arguments arguments{inputs, outputs,
                            static_cast<std::uint8_t *>(args.workspace)};
  if (const auto fault = executable.program->check(arguments))
    return fail(host, GP_INVALID_ARGUMENT, fault->message);
  if (const auto fault = executable.program->run(arguments))
    return fail(host, GP_DEVICE_LOST, fault->message);
  return nullptr;
}

const void *Entries::group(const char *id, std::uint32_t version) {
  const struct {
    const char *id;
    std::uint32_t version;
    const void *table;
  } groups[] = {
      {GP_GROUP_INSTR, GP_GROUP_INSTR_VERSION, &instrGroup},
      {GP_GROUP_SCHEDULE, GP_GROUP_SCHEDULE_VERSION, &scheduleGroup},
      {GP_GROUP_SIMULATION, GP_GROUP_SIMULATION_VERSION, &simulationGroup},
      {GP_GROUP_REPLAY, GP_GROUP_REPLAY_VERSION, &replayGroup},
      {GP_GROUP_COSIM, GP_GROUP_COSIM_VERSION, &cosimGroup},
      {GP_GROUP_ENERGY, GP_GROUP_ENERGY_VERSION, &energyGroup},
  };
  for (const auto &known : groups)
    if (std::strcmp(id, known.id) == 0 && version == known.version)
      return known.table;
  return nullptr;
}

} // namespace
} // namespace glowplug::npusim

extern "C" GP_EXPORT const gp_plugin *gp_plugin_entry(uint32_t hostAbiMajor,
                                                      uint32_t hostAbiMinor) {
  return glowplug::glue::PluginTable<glowplug::npusim::Entries>::entry(
      hostAbiMajor, hostAbiMinor);
}
