// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What cases of the optional groups share.

#include "core/conformance/abi/Groups.h"

namespace glowplug::conformance {

template <typename Group>
static const Group &need(Probe &probe, const char *id, uint32_t version) {
  const auto *group = probe.group<Group>(id, version);
  if (!group)
    Probe::notApplicable("the plugin has no group '" + std::string(id) + "'");
  return *group;
}

const gp_instr_group &instrGroup(Probe &probe) {
  return need<gp_instr_group>(probe, GP_GROUP_INSTR, GP_GROUP_INSTR_VERSION);
}

const gp_schedule_group &scheduleGroup(Probe &probe) {
  instrGroup(probe); // its programs would have no machine
  return need<gp_schedule_group>(probe, GP_GROUP_SCHEDULE,
                                 GP_GROUP_SCHEDULE_VERSION);
}

const gp_simulation_group &simulationGroup(Probe &probe) {
  return need<gp_simulation_group>(probe, GP_GROUP_SIMULATION,
                                   GP_GROUP_SIMULATION_VERSION);
}

//===----------------------------------------------------------------------===//
// instr, schedule
//===----------------------------------------------------------------------===//

static void expectKept(const GivenBytes &given, const char *function) {
  if (const std::string *offence = given.offences.any())
    Probe::fail(std::string(function) + ": keeps the rules of its sink",
                *offence);
  Probe::expect(given.calls == 1, std::string(function) + ": bytes, once",
                std::to_string(given.calls) + " times");
}

GivenBytes machineOf(Probe &probe, const OpenBackend &backend) {
  const gp_instr_group &group = instrGroup(probe);
  GivenBytes given;
  const gp_bytes_sink sink = given.sink();
  Probe::expectOk(
      probe.call("machine",
                 [&] { return group.machine(backend.get(), &sink); }),
      "machine");
  expectKept(given, "machine");
  return given;
}

Status schedule(Probe &probe, const OpenBackend &backend, const Sample &sample,
                GivenBytes &into) {
  const gp_schedule_group &group = scheduleGroup(probe);
  into.host = &probe.host();
  const gp_bytes_sink sink = into.sink();
  const std::vector<gp_bytes> segments = sample.segmentBytes();
  const gp_schedule_args args = {sizeof args,
                                 {sample.image.data(), sample.image.size()},
                                 segments.data(),
                                 segments.size(),
                                 &sink,
                                 &into,
                                 GivenBytes::addSegment};
  return probe.call("schedule",
                    [&] { return group.schedule(backend.get(), &args); });
}

GivenBytes scheduleOf(Probe &probe, const OpenBackend &backend,
                      const Sample &sample) {
  GivenBytes given;
  Probe::expectOk(schedule(probe, backend, sample, given),
                  "schedule of " + sample.name);
  expectKept(given, "schedule");
  return given;
}

EncodeCall::EncodeCall(const GivenBytes &program, ProbeHost &host) {
  for (const AlignedBytes &segment : program.segments)
    segments.push_back({segment.data(), segment.size()});
  given.segmentCount = segments.size();
  given.host = &host;
  sink = given.sink();
  args = {sizeof args,
          {program.bytes.data(), program.bytes.size()},
          segments.data(),
          segments.size(),
          &sink};
}

Compiled encode(Probe &probe, const OpenBackend &backend,
                const GivenBytes &program) {
  const gp_instr_group &group = instrGroup(probe);
  EncodeCall call(program, probe.host());
  Probe::expectOk(
      probe.call("encode",
                 [&] { return group.encode(backend.get(), &call.args); }),
      "encode");
  if (const std::string *offence = call.given.offences.any())
    Probe::fail("encode: keeps the rules of its sink", *offence);
  Probe::expect(call.given.blobs == 1 && call.given.results == 1,
                "encode: one blob and one result",
                std::to_string(call.given.blobs) + " and " +
                    std::to_string(call.given.results));
  return std::move(call.given);
}

//===----------------------------------------------------------------------===//
// simulation
//===----------------------------------------------------------------------===//

static SimulationRecords &recordsOf(void *context) {
  return *static_cast<SimulationRecords *>(context);
}

static std::string nameOf(SimulationRecords &records, const char *kind,
                          const char *name) {
  if (!name || !*name)
    records.offences.add("names", std::string("a ") + kind + " without a name");
  return name ? name : "";
}

static void addRun(void *context, const gp_sim_run *given) {
  SimulationRecords &records = recordsOf(context);
  gp_sim_run run;
  if (!records.offences.read("run", &run, given))
    return;
  const bool isFirst = records.layers.empty() && records.stalls.empty() &&
                       records.tracks.empty() && records.spaces.empty();
  if (!isFirst)
    records.offences.add("run-first", "run after other records");
  records.runs.push_back(run);
}

static void addLayer(void *context, const gp_sim_layer *given) {
  SimulationRecords &records = recordsOf(context);
  gp_sim_layer layer;
  if (records.offences.read("layer", &layer, given))
    records.layers.push_back({nameOf(records, "layer", layer.name),
                              nameOf(records, "bound", layer.bound),
                              layer.begin_cycle, layer.end_cycle, layer.cycles,
                              layer.macs, layer.roofline_cycles,
                              layer.dram_bytes});
}

static void addStall(void *context, const gp_sim_stall *given) {
  SimulationRecords &records = recordsOf(context);
  gp_sim_stall stall;
  if (records.offences.read("stall", &stall, given))
    records.stalls.push_back({nameOf(records, "engine", stall.engine),
                              nameOf(records, "cause", stall.cause),
                              stall.cycles});
}

static void addTrack(void *context, const gp_sim_track *given) {
  SimulationRecords &records = recordsOf(context);
  gp_sim_track track;
  if (records.offences.read("track", &track, given))
    records.tracks.push_back(
        {nameOf(records, "track", track.name), track.kind});
}

static void addSpan(void *context, const gp_sim_span *given) {
  SimulationRecords &records = recordsOf(context);
  gp_sim_span span;
  if (!records.offences.read("span", &span, given))
    return;
  if (span.track >= records.tracks.size())
    records.offences.add("span-track", "a track that was not given before");
  records.spans.push_back({span.track, span.layer,
                           nameOf(records, "span", span.name), span.start_cycle,
                           span.end_cycle});
}

static void addSpace(void *context, const gp_sim_space *given) {
  SimulationRecords &records = recordsOf(context);
  gp_sim_space space;
  if (records.offences.read("space", &space, given))
    records.spaces.push_back(
        {nameOf(records, "space", space.name), space.bytes});
}

static void addBuffer(void *context, const gp_sim_buffer *given) {
  SimulationRecords &records = recordsOf(context);
  gp_sim_buffer buffer;
  if (!records.offences.read("buffer", &buffer, given))
    return;
  if (buffer.space >= records.spaces.size())
    records.offences.add("buffer-space", "a space that was not given before");
  records.buffers.push_back({buffer.space, buffer.layer,
                             nameOf(records, "buffer", buffer.name),
                             buffer.begin_bytes, buffer.bytes,
                             buffer.first_cycle, buffer.last_cycle});
}

gp_simulation_sink SimulationRecords::sink() {
  gp_simulation_sink made = {};
  made.struct_size = sizeof made;
  made.context = this;
  made.run = addRun;
  made.layer = addLayer;
  made.stall = addStall;
  made.track = addTrack;
  made.span = addSpan;
  made.space = addSpace;
  made.buffer = addBuffer;
  return made;
}

bool SimulationRecords::equals(const SimulationRecords &other) const {
  if (runs.size() != other.runs.size())
    return false;
  for (size_t i = 0; i < runs.size(); ++i) {
    const gp_sim_run &a = runs[i], &b = other.runs[i];
    if (a.cycles != b.cycles || a.macs != b.macs ||
        a.macs_per_cycle != b.macs_per_cycle || a.clock_khz != b.clock_khz ||
        a.bank_conflicts != b.bank_conflicts)
      return false;
  }
  return layers == other.layers && stalls == other.stalls &&
         tracks == other.tracks && spans == other.spans &&
         spaces == other.spaces && buffers == other.buffers;
}

SimulationRecords lastRun(Probe &probe, const LoadedProgram &program) {
  const gp_simulation_group &group = simulationGroup(probe);
  SimulationRecords records;
  const gp_simulation_sink sink = records.sink();
  Probe::expectOk(
      probe.call("last_run",
                 [&] { return group.last_run(program.get(), &sink); }),
      "last_run");
  Probe::expect(records.runs.size() == 1, "last_run: one run",
                std::to_string(records.runs.size()));
  return records;
}

} // namespace glowplug::conformance
