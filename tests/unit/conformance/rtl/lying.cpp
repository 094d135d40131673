// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A plugin around npu-sim that breaks one rule of the group "replay": the one
// that the macro LIE names.

#include <glowplug/replay.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <dlfcn.h>
#include <string_view>
#include <vector>

namespace {

constexpr std::string_view lie = LIE;

const gp_plugin *honest;
gp_plugin table;
gp_replay_group group;
gp_simulation_group simulation;

/// What a replay leaves for the runs that follow it.
std::vector<std::byte> kept;
bool isReplayed;

/// The sink of the host, for functions that change what passes.
const gp_replay_sink *to;

void machine(void *, const gp_replay_machine *given) {
  gp_replay_machine changed = *given;
  if (lie == "memory-odd")
    changed.memory_bytes += 1;
  if (lie == "memory-small")
    changed.memory_bytes = 16;
  if (lie == "command-bytes")
    changed.command_bytes = 63;
  if (lie == "another-each-time") {
    static std::atomic<unsigned> times;
    changed.memory_bytes -= 16 * times++;
  }
  to->machine(to->context, &changed);
  if (lie == "machine-twice")
    to->machine(to->context, &changed);
}

void segment(void *, const gp_replay_segment *given) {
  gp_replay_segment changed = *given;
  if (lie == "segment-nameless")
    changed.name = nullptr;
  if (lie == "segment-size")
    changed.struct_size = 1;
  if (lie == "segment-wraps")
    changed.address = ~std::uint64_t{0} - 3;
  to->segment(to->context, &changed);
  if (lie == "segment-overlaps")
    to->segment(to->context, &changed);
}

void write(void *, const gp_replay_register *given) {
  to->write(to->context, given);
}

void commands(void *, gp_bytes given) {
  if (lie != "commands-missing")
    to->commands(to->context, given);
}

void unit(void *, const gp_replay_unit *given) {
  gp_replay_unit changed = *given;
  if (lie == "unit-idle")
    changed.commands = 0;
  to->unit(to->context, &changed);
}

void output(void *, const gp_replay_output *given) {
  gp_replay_output changed = *given;
  if (lie == "output-bytes")
    changed.bytes -= 1;
  if (lie == "output-index")
    changed.index += 1;
  if (lie != "output-missing")
    to->output(to->context, &changed);
}

/// A run of a program with one small output.
gp_status *run(gp_executable *executable, const gp_replay_args *args) {
  constexpr std::size_t enough = std::size_t{1} << 20;
  alignas(64) static thread_local std::byte output[enough], workspace[enough];
  void *const outputs[] = {output};
  gp_run_args made = {};
  made.struct_size = sizeof made;
  made.inputs = args->inputs;
  made.input_count = args->input_count;
  made.outputs = outputs;
  made.output_count = 1;
  made.workspace = workspace;
  return honest->run(executable, &made);
}

gp_status *replay(gp_executable *executable, const gp_replay_args *args) {
  const auto *real = static_cast<const gp_replay_group *>(
      honest->group(GP_GROUP_REPLAY, GP_GROUP_REPLAY_VERSION));
  to = args->sink;
  const gp_replay_sink between = {sizeof between, nullptr,  machine, segment,
                                  write,          commands, unit,    output};
  gp_replay_args changed = *args;
  changed.sink = &between;
  if (lie == "crash")
    *static_cast<volatile int *>(nullptr) = 1; // NOLINT: as it is meant
  if (lie == "says-nothing")
    return nullptr;
  if (lie == "writes-inputs")
    *static_cast<volatile char *>(const_cast<void *>(args->inputs[0].data)) = 1;
  if (lie == "runs")
    if (gp_status *failure = run(executable, args))
      return failure;
  isReplayed = true;
  if (lie == "keeps-inputs") {
    const auto *bytes = static_cast<const std::byte *>(args->inputs[0].data);
    kept.assign(bytes, bytes + args->inputs[0].size);
  }
  return real->replay(executable, &changed);
}

/// With the first input of the last replay.
gp_status *runWithKept(gp_executable *executable, const gp_run_args *args) {
  if (kept.empty())
    return honest->run(executable, args);
  std::vector<gp_bytes> inputs(args->inputs, args->inputs + args->input_count);
  inputs[0] = {kept.data(), kept.size()};
  gp_run_args changed = {};
  std::memcpy(&changed, args, std::min(sizeof changed, args->struct_size));
  changed.inputs = inputs.data();
  return honest->run(executable, &changed);
}

/// Nothing, after a replay.
gp_status *lastRun(gp_executable *executable, const gp_simulation_sink *sink) {
  const auto *real = static_cast<const gp_simulation_group *>(
      honest->group(GP_GROUP_SIMULATION, GP_GROUP_SIMULATION_VERSION));
  return isReplayed ? nullptr : real->last_run(executable, sink);
}

const void *groupOf(const char *id, std::uint32_t version) {
  if (lie == "forgets-last-run" && std::strcmp(id, GP_GROUP_SIMULATION) == 0) {
    simulation =
        *static_cast<const gp_simulation_group *>(honest->group(id, version));
    simulation.last_run = lastRun;
    return &simulation;
  }
  if (std::strcmp(id, GP_GROUP_REPLAY) != 0 ||
      version != GP_GROUP_REPLAY_VERSION)
    return honest->group(id, version);
  group = {sizeof group, lie == "half" ? nullptr : replay};
  return &group;
}

} // namespace

extern "C" GP_EXPORT const gp_plugin *gp_plugin_entry(std::uint32_t major,
                                                      std::uint32_t minor) {
  void *library = dlopen(HONEST, RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return nullptr;
  const auto entry =
      reinterpret_cast<gp_plugin_entry_fn>(dlsym(library, "gp_plugin_entry"));
  honest = entry(major, minor);
  table = *honest;
  table.group = groupOf;
  if (lie == "keeps-inputs")
    table.run = runWithKept;
  return &table;
}
