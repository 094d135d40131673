// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A plugin with the groups "instr" and "schedule". It takes maps of one
// operand, and its programs copy it through a scratchpad. Option `rule` names
// the rule that it breaks.

#include "core/image/instr/Builder.h"
#include "core/image/instr/Verify.h"
#include "core/image/instr/machine_generated.h"

#include <glowplug/glue/check.h>
#include <glowplug/glue/layout.h>

#include <string>

using namespace glowplug;

struct gp_backend {
  const gp_host *host;
  std::string rule;
};

struct gp_executable {};

namespace {

enum Space : uint32_t { dram, spad };
enum Engine : uint32_t { load, store };

std::vector<uint8_t> toyMachine() {
  machine::MachineT machine;
  machine.container_version = machineContainerVersion;
  machine.name = "toy";
  for (const char *name : {"dram", "spad"}) {
    auto space = std::make_unique<machine::SpaceT>();
    space->name = name;
    space->bytes = 1 << 20;
    space->bindings = machine.spaces.empty();
    machine.spaces.push_back(std::move(space));
  }
  for (const char *name : {"load", "store"}) {
    auto path = std::make_unique<machine::PathT>();
    path->source = machine.engines.empty() ? dram : spad;
    path->target = machine.engines.empty() ? spad : dram;
    path->latency_cycles = 10;
    path->bytes_per_cycle = 16;
    auto engine = std::make_unique<machine::EngineT>();
    engine->name = name;
    engine->paths.push_back(std::move(path));
    machine.engines.push_back(std::move(engine));
  }
  flatbuffers::FlatBufferBuilder builder;
  machine::FinishMachineBuffer(builder,
                               machine::Machine::Pack(builder, &machine));
  return {builder.GetBufferPointer(),
          builder.GetBufferPointer() + builder.GetSize()};
}

TensorType typeOf(gp_image_body body, uint32_t index) {
  const gp_image_value value = gp_image_body_values_at(body, index);
  TensorType type(static_cast<DType>(gp_image_value_dtype(value)), {});
  for (size_t i = 0; i < gp_image_value_shape_count(value); ++i)
    type.shape.push_back(gp_image_value_shape_at(value, i));
  return type;
}

/// The first input to the first output, through the scratchpad.
std::vector<uint8_t> copyProgram(gp_bytes image, const std::string &rule) {
  const gp_image_body body = gp_image_program_body(gp_image_root(image.data));
  TensorType type = typeOf(body, gp_image_body_inputs_at(body, 0));
  if (rule == "other_shape")
    type.shape.push_back(1);
  uint64_t bytes = 0;
  gp_value_bytes(
      gp_image_body_values_at(body, gp_image_body_inputs_at(body, 0)), &bytes);
  InstrBuilder b("copies", toyMachine());
  const uint32_t x = b.buffer("x", dram, 0, bytes);
  const uint32_t y = b.buffer("y", dram, bytes, bytes);
  const uint32_t tile = b.buffer("tile", spad, 0, bytes);
  b.input(x, type);
  if (rule == "other_count")
    b.input(b.buffer("z", dram, 2 * bytes, bytes), type);
  b.output(y, type);
  if (rule == "segment_missing" || rule == "segment_short")
    b.constant(b.buffer("w", dram, 3 * bytes, 64), b.segment(64), 0);
  const uint32_t in = b.copy(load, b.view(x, type), b.view(tile, type));
  if (rule == "race")
    b.copy(store, b.view(tile, type), b.view(y, type));
  else
    b.copy(store, b.view(tile, type), b.view(y, type), {in});
  b.program().instructions[0]->name = "neg";
  return b.finish();
}

gp_status *create(const gp_create_args *args, gp_backend **backend) {
  *backend = new gp_backend{
      args->host, args->option_count > 0 ? args->options[0].value : ""};
  return nullptr;
}

void destroy(gp_backend *backend) { delete backend; }

gp_status *describe(gp_backend *, const gp_describe_sink *sink) {
  const gp_backend_info info = {
      sizeof info,           "tiles", "1", "toy", GP_IMAGE_CONTAINER_VERSION,
      GP_IMAGE_OPSET_VERSION};
  const gp_option_info option = {sizeof option, "rule", "", "for tests"};
  sink->info(sink->context, &info);
  sink->option(sink->context, &option);
  return nullptr;
}

const char *refusal(gp_backend *, gp_image_body, gp_image_op op) {
  return gp_image_op_as_map(op).p && gp_image_op_operands_count(op) == 1
             ? nullptr
             : "only maps of one operand";
}

gp_status *check(gp_backend *backend, const gp_check_args *args) {
  return gp_check_ops(backend, args, refusal);
}

gp_status *compile(gp_backend *, const gp_compile_args *args) {
  return gp_emit_program(args->sink, args->image, "toy", 0);
}

gp_status *loadProgram(gp_backend *, const gp_load_args *,
                       gp_executable **executable) {
  *executable = new gp_executable;
  return nullptr;
}
gp_status *run(gp_executable *, const gp_run_args *) { return nullptr; }
void unload(gp_executable *executable) { delete executable; }

// ---- The groups
// --------------------------------------------------------------

/// Gives \p bytes, or breaks \p name's rule about it.
gp_status *give(const gp_bytes_sink *sink, const std::string &rule,
                const std::string &name, std::vector<uint8_t> bytes) {
  if (rule == name + "_missing")
    return nullptr;
  if (rule == name + "_null")
    return sink->bytes(sink->context, {nullptr, 8});
  if (rule == name + "_garbage")
    bytes.resize(bytes.size() / 2);
  gp_status *status = sink->bytes(sink->context, {bytes.data(), bytes.size()});
  if (rule == name + "_twice")
    status = sink->bytes(sink->context, {bytes.data(), bytes.size()});
  return status;
}

gp_status *machineOf(gp_backend *backend, const gp_bytes_sink *sink) {
  return give(sink, backend->rule, "machine", toyMachine());
}

gp_status *schedule(gp_backend *backend, const gp_schedule_args *args) {
  if (backend->rule == "schedule_fails")
    return backend->host->fail(backend->host, GP_OUT_OF_MEMORY,
                               "the scratchpad is too small");
  const char bytes[64] = {};
  if (backend->rule == "segment_short")
    if (gp_status *status = args->segment(args->context, {bytes, 32}))
      return status;
  return give(args->program, backend->rule, "program",
              copyProgram(args->image, backend->rule));
}

gp_status *encode(gp_backend *, const gp_encode_args *args) {
  return gp_emit_program(args->sink, args->program, "toy", 64);
}

const void *group(const char *id, uint32_t version) {
  static const gp_instr_group instr = {sizeof instr, machineOf, encode};
  static const gp_schedule_group scheduler = {sizeof scheduler, schedule};
  if (version != 1)
    return nullptr;
  if (std::string(id) == GP_GROUP_INSTR)
    return &instr;
  return std::string(id) == GP_GROUP_SCHEDULE ? &scheduler : nullptr;
}

} // namespace

extern "C" GP_EXPORT const gp_plugin *gp_plugin_entry(uint32_t major,
                                                      uint32_t minor) {
  static const gp_plugin plugin = {
      sizeof plugin, GP_ABI_MAJOR, GP_ABI_MINOR, create, destroy, describe,
      check,         compile,      loadProgram,  run,    unload,  group};
  return major == GP_ABI_MAJOR && minor == GP_ABI_MINOR ? &plugin : nullptr;
}
