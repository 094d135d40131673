// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A plugin that takes every op, computes nothing, and tells of made-up runs by
// the groups "simulation", "energy", "cosim" and "replay". Option `rule` names
// the rule that its records break, `spans` how many spans there are at least.

#include "tests/abi/counting_energy.h"
#include "tests/abi/counting_plugin.h"

#include <glowplug/cosim.h>
#include <glowplug/glue/check.h>
#include <glowplug/glue/layout.h>
#include <glowplug/glue/struct.h>

#include <cstdlib>
#include <string>
#include <vector>

/// The version of the group "energy" that it has; 0: none.
#ifndef ENERGY_VERSION
#define ENERGY_VERSION GP_GROUP_ENERGY_VERSION
#endif

namespace {

gp_status *create(const gp_create_args *args, gp_backend **backend) {
  auto made = new gp_backend{args->host, "", "", 0};
  for (size_t i = 0; i < args->option_count; ++i) {
    const std::string key = args->options[i].key;
    const char *value = args->options[i].value;
    if (key == "rule")
      made->rule = value;
    else if (key == "npu")
      made->npu = value;
    else
      made->spans = std::strtoul(value, nullptr, 10);
  }
  *backend = made;
  return nullptr;
}

void destroy(gp_backend *backend) { delete backend; }

gp_status *describe(gp_backend *backend, const gp_describe_sink *sink) {
  const gp_backend_info info = {sizeof info,
                                "counting",
                                "1",
                                backend->npu.c_str(),
                                GP_IMAGE_CONTAINER_VERSION,
                                GP_IMAGE_OPSET_VERSION};
  sink->info(sink->context, &info);
  for (const char *key : {"rule", "npu", "spans"}) {
    const gp_option_info option = {sizeof option, key, "", "for tests"};
    sink->option(sink->context, &option);
  }
  return nullptr;
}

/// Leaves windows to others, so that models come in several parts.
const char *refusal(gp_backend *, gp_image_body, gp_image_op op) {
  return gp_image_op_as_window(op).p ? "windows are for others" : nullptr;
}

gp_status *check(gp_backend *backend, const gp_check_args *args) {
  return gp_check_ops(backend, args, refusal);
}

gp_status *compile(gp_backend *backend, const gp_compile_args *args) {
  if (gp_status *failure =
          gp_require_ops(backend, backend->host, args->image, refusal))
    return failure;
  return gp_emit_program(args->sink, args->image, "", 0);
}

gp_status *load(gp_backend *backend, const gp_load_args *args,
                gp_executable **executable) {
  *executable = new gp_executable{backend, args->blob};
  return nullptr;
}

void unload(gp_executable *executable) { delete executable; }

gp_status *run(gp_executable *executable, const gp_run_args *args) {
  const gp_image_body body =
      gp_image_program_body(gp_image_root(executable->image.data));
  for (size_t i = 0; i < args->output_count; ++i) {
    uint64_t bytes = 0;
    gp_value_bytes(
        gp_image_body_values_at(body, gp_image_body_outputs_at(body, i)),
        &bytes);
    memset(args->outputs[i], 0, bytes);
  }
  executable->hasRun = true;
  return nullptr;
}

// ---- The made-up run

/// Layer i takes 1000 * (i + 1) cycles and begins 100 cycles before the one
/// before it ends; 24 cycles follow the last.
struct Run {
  explicit Run(const gp_executable *executable)
      : rule(executable->backend->rule), leastSpans(executable->backend->spans),
        layers(gp_image_body_ops_count(
            gp_image_program_body(gp_image_root(executable->image.data)))) {}

  static uint64_t endOf(size_t layer) {
    return 500 * (layer + 1) * (layer + 2);
  }
  static uint64_t beginOf(size_t layer) {
    return layer == 0 ? 0 : endOf(layer - 1) - 100;
  }
  uint64_t cycles() const { return endOf(layers - 1) + 24; }
  bool breaks(const char *name) const { return rule == name; }

  void tellRun(const gp_simulation_sink *sink) const;
  void tellLayers(const gp_simulation_sink *sink) const;
  void tellStalls(const gp_simulation_sink *sink) const;
  void tellSpans(const gp_simulation_sink *sink) const;
  void tellBuffers(const gp_simulation_sink *sink) const;

  std::string rule;
  unsigned long leastSpans;
  size_t layers;
};

void Run::tellRun(const gp_simulation_sink *sink) const {
  gp_sim_run record = {};
  record.struct_size = breaks("run_size") ? 1 : sizeof record;
  record.cycles = breaks("run_huge") ? uint64_t{1} << 60 : cycles();
  record.host_ns = 2500000;
  record.macs = endOf(layers - 1) * 128;
  record.macs_per_cycle = 256;
  record.clock_khz = 500000;
  record.bank_conflicts = 3;
  if (!breaks("run_missing"))
    sink->run(sink->context, breaks("run_null") ? nullptr : &record);
  if (breaks("run_twice"))
    sink->run(sink->context, &record);
}

void Run::tellLayers(const gp_simulation_sink *sink) const {
  for (size_t i = 0; i < layers; ++i) {
    const std::string name = "layer <" + std::to_string(i) + ">";
    const char *bounds[] = {"compute", "dma", "vector"};
    gp_sim_layer record = {};
    record.struct_size = sizeof record;
    record.name = breaks("layer_nameless") ? nullptr : name.c_str();
    record.begin_cycle = beginOf(i);
    record.end_cycle = endOf(i) + (breaks("layer_late") ? 1000 : 0);
    record.cycles = 1000 * (i + 1) + (breaks("layer_sum") ? 25 : 0);
    record.macs = record.cycles * 128;
    record.bound = breaks("layer_bound") ? "Two words" : bounds[i % 3];
    record.roofline_cycles = 800 * (i + 1);
    record.dram_bytes = 4096 * (i + 1);
    sink->layer(sink->context, &record);
  }
}

void Run::tellStalls(const gp_simulation_sink *sink) const {
  auto tell = [&](const char *engine, const char *cause, uint64_t count) {
    const gp_sim_stall record = {sizeof record, engine, cause, count};
    sink->stall(sink->context, &record);
  };
  const uint64_t all = cycles();
  tell("array", "busy", all / 2);
  tell("array", breaks("stall_twice") ? "busy" : "no input", all / 3);
  tell("array", "no command",
       all - all / 2 - all / 3 - (breaks("stall_sum") ? 1 : 0));
  tell("dma", "busy", all / 4);
  tell("dma", "bus taken", all - all / 4);
  tell("vector", breaks("stall_nameless") ? "" : "no command", all);
}

void Run::tellSpans(const gp_simulation_sink *sink) const {
  auto tellTrack = [&](const std::string &name, uint32_t kind) {
    const gp_sim_track record = {sizeof record, name.c_str(), kind};
    sink->track(sink->context, &record);
  };
  tellTrack("array", GP_SIM_ENGINE);
  tellTrack("dma", GP_SIM_ENGINE);
  tellTrack("array queue", GP_SIM_QUEUE);
  for (int i = 0; i < 16; ++i)
    tellTrack("semaphore " + std::to_string(i), GP_SIM_SEMAPHORE);
  tellTrack("bank 0", breaks("track_kind") ? 4 : GP_SIM_MEMORY);

  auto tell = [&](uint32_t track, size_t layer, const char *name,
                  uint64_t start, uint64_t end) {
    const gp_sim_span record = {
        sizeof record, track, static_cast<uint32_t>(layer), name, start, end};
    sink->span(sink->context, &record);
  };
  // Per tile: two transfers that overlap, a wait, a product, an access.
  const size_t tiles = std::max<size_t>(4, leastSpans / 6 / layers + 1);
  for (size_t layer = 0; layer < layers; ++layer) {
    const uint64_t begin = beginOf(layer), length = endOf(layer) - begin;
    for (size_t tile = 0; tile < tiles; ++tile) {
      const uint64_t at = begin + length * tile / tiles;
      const uint64_t next = begin + length * (tile + 1) / tiles;
      const uint64_t middle = (at + next) / 2;
      tell(1, layer, "load input", at, middle);
      tell(1, layer, "load weights", at, next);
      tell(2, layer, "matmul waits", at, middle);
      tell(0, layer, "matmul", middle, next);
      tell(3 + tile % 16, layer, "1", at, middle);
      tell(19, layer, "read", middle, next);
    }
  }
  if (breaks("span_backwards"))
    tell(0, 0, "matmul", 2, 1);
  if (breaks("span_late"))
    tell(0, 0, "matmul", 2, cycles() + 1);
  if (breaks("span_track"))
    tell(20, 0, "matmul", 1, 2);
  if (breaks("span_layer"))
    tell(0, layers, "matmul", 1, 2);
  if (breaks("span_nameless"))
    tell(0, 0, nullptr, 1, 2);
  tell(0, GP_NO_LAYER, "drain", cycles() - 24, cycles());
}

void Run::tellBuffers(const gp_simulation_sink *sink) const {
  const uint64_t size = breaks("space_empty") ? 0 : 65536;
  const gp_sim_space space = {sizeof space, "scratchpad", size};
  sink->space(sink->context, &space);
  for (size_t i = 0; i < layers; ++i)
    for (uint64_t half = 0; half < 2; ++half) {
      const std::string name = "input of layer " + std::to_string(i);
      gp_sim_buffer record = {};
      record.struct_size = sizeof record;
      record.space = breaks("buffer_space") ? 1 : 0;
      record.layer = static_cast<uint32_t>(i);
      record.name = name.c_str();
      record.begin_bytes = half * 32768;
      record.bytes =
          breaks("buffer_end") && half == 1 ? 32769 : 8192 * (i % 4 + 1);
      record.first_cycle = beginOf(i);
      record.last_cycle = endOf(i);
      sink->buffer(sink->context, &record);
    }
}

gp_status *lastRun(gp_executable *executable, const gp_simulation_sink *given) {
  const gp_host *host = executable->backend->host;
  gp_simulation_sink sink;
  if (GP_STRUCT_READ(&sink, given) != GP_OK)
    return host->fail(host, GP_UNKNOWN_FIELD, "simulation sink");
  if (!executable->hasRun)
    return host->fail(host, GP_INVALID_ARGUMENT, "no run has succeeded");
  const Run made(executable);
  if (made.breaks("run_late") && sink.layer)
    made.tellLayers(&sink);
  made.tellRun(&sink);
  if (sink.layer)
    made.tellLayers(&sink);
  if (sink.stall)
    made.tellStalls(&sink);
  if (sink.span)
    made.tellSpans(&sink);
  if (sink.buffer)
    made.tellBuffers(&sink);
  return nullptr;
}

gp_status *lastEnergy(gp_executable *executable, const gp_energy_sink *given) {
  const gp_host *host = executable->backend->host;
  gp_energy_sink sink;
  if (GP_STRUCT_READ(&sink, given) != GP_OK)
    return host->fail(host, GP_UNKNOWN_FIELD, "energy sink");
  const Run made(executable);
  if (made.breaks("energy_fails"))
    return host->fail(host, GP_INTERNAL, "the meter is broken");
  MadeUpEnergy{made.rule, made.layers}.tell(&sink);
  return nullptr;
}

// ---- A made-up comparison with hardware

/// Two commands of layer 0 and one of none, which takes two cycles more in
/// hardware; with option rule=different, the second one differs.
struct Comparison {
  std::string rule;
  bool breaks(const char *name) const { return rule == name; }

  void tellRun(const gp_cosim_sink *sink) const {
    gp_cosim_run record = {};
    record.struct_size = breaks("run_size") ? 1 : sizeof record;
    record.model_cycles = 300;
    record.hardware_cycles = 302;
    record.model_ns = 1000;
    record.hardware_ns = 2000;
    record.commands_in_hardware = breaks("in_hardware") ? 4 : 2;
    sink->run(sink->context, breaks("run_null") ? nullptr : &record);
    if (breaks("run_twice"))
      sink->run(sink->context, &record);
  }

  void tellNames(const gp_cosim_sink *sink) const {
    const gp_cosim_unit unit = {sizeof unit,
                                breaks("unit_nameless") ? "" : "array"};
    sink->unit(sink->context, &unit);
    if (breaks("unit_twice"))
      sink->unit(sink->context, &unit);
    const gp_cosim_layer layer = {sizeof layer, "first"};
    if (!breaks("no_layer"))
      sink->layer(sink->context, &layer);
  }

  void tellCommands(const gp_cosim_sink *sink) const {
    const bool differs = breaks("different") || breaks("difference_missing") ||
                         breaks("difference_elsewhere") ||
                         breaks("difference_equal");
    for (uint32_t n = 0; n < 3; ++n) {
      gp_cosim_command record = {};
      record.struct_size = sizeof record;
      record.engine = breaks("engine") ? nullptr : "matrix";
      record.layer = n < 2 ? 0 : GP_NO_LAYER;
      record.differs = n == 1 && differs ? 1 : breaks("differs_2") ? 2 : 0;
      record.model_first_cycle = 100 * n;
      record.model_last_cycle = 100 * n + 100;
      record.hardware_first_cycle = record.model_first_cycle;
      record.hardware_last_cycle = record.model_last_cycle + (n == 2 ? 2 : 0);
      if (breaks("backwards"))
        record.model_last_cycle = 0;
      if (breaks("late"))
        record.hardware_last_cycle = 303;
      sink->command(sink->context, &record);
    }
    const gp_cosim_layer layer = {sizeof layer, "late"};
    if (breaks("layer_late"))
      sink->layer(sink->context, &layer);
  }

  void tellDifference(const gp_cosim_sink *sink) const {
    gp_cosim_difference record = {};
    record.struct_size = sizeof record;
    record.command = breaks("difference_elsewhere") ? 2 : 1;
    record.text = "matmul matrix out_w=4";
    record.place = "scratchpad byte 68498";
    record.result_bytes = 64;
    record.differing_bytes = 3;
    record.got = breaks("difference_equal") ? 74 : 73;
    record.want = 74;
    if (breaks("different") || breaks("difference_elsewhere") ||
        breaks("difference_equal") || breaks("difference_of_none"))
      sink->difference(sink->context, &record);
  }
};

gp_status *cosim(gp_executable *executable, const gp_cosim_args *given) {
  const gp_host *host = executable->backend->host;
  gp_cosim_args args;
  gp_cosim_sink sink;
  if (GP_STRUCT_READ(&args, given) != GP_OK ||
      GP_STRUCT_READ(&sink, args.sink) != GP_OK)
    return host->fail(host, GP_UNKNOWN_FIELD, "cosim arguments");
  if (std::string(args.units) == "none")
    return host->fail(host, GP_INVALID_ARGUMENT, "no such unit");
  const Comparison made{executable->backend->rule};
  if (!made.breaks("run_missing"))
    made.tellRun(&sink);
  made.tellNames(&sink);
  made.tellCommands(&sink);
  made.tellDifference(&sink);
  return nullptr;
}

const void *group(const char *id, uint32_t version) {
  static const gp_simulation_group simulation = {sizeof simulation, lastRun};
  static const gp_cosim_group cosimGroup = {sizeof cosimGroup, cosim};
  static const gp_energy_group energyGroup = {sizeof energyGroup, lastEnergy};
  if (std::string(id) == GP_GROUP_SIMULATION &&
      version == GP_GROUP_SIMULATION_VERSION)
    return &simulation;
  if (std::string(id) == GP_GROUP_COSIM && version == GP_GROUP_COSIM_VERSION)
    return &cosimGroup;
  if (std::string(id) == GP_GROUP_ENERGY && version == ENERGY_VERSION)
    return &energyGroup;
  if (std::string(id) == GP_GROUP_REPLAY && version == GP_GROUP_REPLAY_VERSION)
    return &countingReplay;
  return nullptr;
}

} // namespace

extern "C" GP_EXPORT const gp_plugin *gp_plugin_entry(uint32_t major,
                                                      uint32_t minor) {
  static const gp_plugin plugin = {
      sizeof plugin, GP_ABI_MAJOR, GP_ABI_MINOR, create, destroy, describe,
      check,         compile,      load,         run,    unload,  group};
  return major == GP_ABI_MAJOR && minor == GP_ABI_MINOR ? &plugin : nullptr;
}
