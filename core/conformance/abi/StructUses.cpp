// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Each struct that a plugin reads, in a call that uses it.

#include "core/conformance/abi/StructUses.h"

#include "core/conformance/abi/Groups.h"
#include "core/conformance/abi/Objects.h"
#include "core/conformance/abi/Run.h"

#include "llvm/ADT/STLExtras.h"

#include <cstring>

namespace glowplug::conformance {

void StructAttempt::expectWorks() const {
  Probe::expectOk(status, function);
  Probe::expect(missing.empty(), std::string(function) + " does its work",
                missing);
}

void StructAttempt::expectRefused(gp_status_code code) const {
  Probe::expectCode(status, code, function);
  Probe::expect(effect.empty(),
                std::string(function) + " leaves outputs as they were", effect);
}

namespace {

/// \p known with room after it, changed by \p mangle.
template <typename T>
const T *mangled(RoomyStruct &room, const T &known, Mangle mangle) {
  std::memcpy(room.bytes.data(), &known, sizeof known);
  mangle(room);
  return reinterpret_cast<const T *>(room.bytes.data());
}

gp_bytes imageOf(const Sample &sample) {
  return {sample.image.data(), sample.image.size()};
}

StructAttempt useCreateArgs(Probe &probe, Mangle mangle) {
  std::vector<gp_option> options;
  for (const BackendOption &option : probe.target().options)
    options.push_back({option.key.c_str(), option.value.c_str()});
  const gp_create_args known = {sizeof known, probe.host().table(),
                                options.data(), options.size()};
  RoomyStruct room;
  const gp_create_args *args = mangled(room, known, mangle);
  gp_backend *backend = untouched<gp_backend>();
  StructAttempt attempt{"create", {}, "", ""};
  const gp_plugin &plugin = probe.plugin();
  attempt.status =
      probe.call("create", [&] { return plugin.create(args, &backend); });
  const bool isTouched = backend != untouched<gp_backend>();
  if (isTouched)
    attempt.effect = "a backend was set";
  else
    attempt.missing = "no backend was set";
  if (attempt.status.isOk() && isTouched)
    OpenBackend(probe, backend).close();
  return attempt;
}

StructAttempt useDescribeSink(Probe &probe, Mangle mangle) {
  const OpenBackend backend(probe);
  Description given;
  RoomyStruct room;
  const gp_describe_sink *sink = mangled(room, given.sink(), mangle);
  StructAttempt attempt{"describe", {}, "", ""};
  attempt.status = probe.call(
      "describe", [&] { return probe.plugin().describe(backend.get(), sink); });
  if (given.infos == 0)
    attempt.missing = "info was not called";
  return attempt; // what a sink was given before a failure does not count
}

StructAttempt useCheckArgs(Probe &probe, Mangle mangle) {
  const OpenBackend backend(probe);
  const Sample &sample = samples().front();
  Verdicts given;
  RoomyStruct room;
  const gp_check_args *args =
      mangled(room, given.args(imageOf(sample)), mangle);
  StructAttempt attempt{"check", {}, "", ""};
  attempt.status = probe.call(
      "check", [&] { return probe.plugin().check(backend.get(), args); });
  return attempt;
}

/// compile() with changed arguments or a changed sink.
StructAttempt useCompile(Probe &probe, Mangle mangleArgs, Mangle mangleSink) {
  const Sample &sample = probe.taken();
  const OpenBackend backend(probe);
  const std::vector<gp_bytes> segments = sample.segmentBytes();
  Compiled given;
  given.segmentCount = segments.size();
  given.host = &probe.host();
  RoomyStruct sinkRoom, room;
  const gp_compile_sink *sink = mangled(sinkRoom, given.sink(), mangleSink);
  const gp_compile_args known = {sizeof known, imageOf(sample), segments.data(),
                                 segments.size(), sink};
  const gp_compile_args *args = mangled(room, known, mangleArgs);
  StructAttempt attempt{"compile", {}, "", ""};
  attempt.status = probe.call(
      "compile", [&] { return probe.plugin().compile(backend.get(), args); });
  if (given.blobs != 1 || given.results != 1)
    attempt.missing = "the sink got no blob or no result";
  return attempt;
}

StructAttempt useCompileArgs(Probe &probe, Mangle mangle) {
  return useCompile(probe, mangle, [](RoomyStruct &) {});
}

StructAttempt useCompileSink(Probe &probe, Mangle mangle) {
  return useCompile(probe, [](RoomyStruct &) {}, mangle);
}

StructAttempt useLoadArgs(Probe &probe, Mangle mangle) {
  const Sample &sample = probe.taken();
  const OpenBackend backend(probe);
  const LoadBytes bytes(backend.compile(sample), sample);
  std::vector<gp_bytes> list;
  RoomyStruct room;
  const gp_load_args *args = mangled(room, bytes.args(list), mangle);
  gp_executable *executable = untouched<gp_executable>();
  StructAttempt attempt{"load", {}, "", ""};
  attempt.status = probe.call("load", [&] {
    return probe.plugin().load(backend.get(), args, &executable);
  });
  const bool isTouched = executable != untouched<gp_executable>();
  if (isTouched)
    attempt.effect = "an executable was set";
  else
    attempt.missing = "no executable was set";
  if (attempt.status.isOk() && isTouched)
    probe.enter("unload", [&] { probe.plugin().unload(executable); });
  return attempt;
}

StructAttempt useRunArgs(Probe &probe, Mangle mangle) {
  const Sample &sample = probe.taken();
  const OpenBackend backend(probe);
  const LoadedProgram program(probe, backend, backend.compile(sample), sample);
  RunBuffers buffers(sample, program.workspaceBytes(), RunSettings());
  RoomyStruct room;
  const gp_run_args *args = mangled(room, buffers.args(), mangle);
  StructAttempt attempt{"run", {}, "", ""};
  attempt.status = probe.call(
      "run", [&] { return probe.plugin().run(program.get(), args); });
  if (buffers.outputsAreUntouched() && sample.outputs.front().bytes != 0)
    attempt.missing = "no output was written";
  return attempt; // contents of outputs are undefined after a failure
}

StructAttempt useMachineSink(Probe &probe, Mangle mangle) {
  const gp_instr_group &group = instrGroup(probe);
  const OpenBackend backend(probe);
  GivenBytes given;
  RoomyStruct room;
  const gp_bytes_sink *sink = mangled(room, given.sink(), mangle);
  StructAttempt attempt{"machine", {}, "", ""};
  attempt.status =
      probe.call("machine", [&] { return group.machine(backend.get(), sink); });
  if (given.calls != 1)
    attempt.missing = "the sink got no bytes";
  return attempt;
}

StructAttempt useEncodeArgs(Probe &probe, Mangle mangle) {
  const gp_instr_group &group = instrGroup(probe);
  const Sample &sample = probe.taken();
  const OpenBackend backend(probe);
  const GivenBytes program = scheduleOf(probe, backend, sample);
  EncodeCall call(program, probe.host());
  RoomyStruct room;
  const gp_encode_args *args = mangled(room, call.args, mangle);
  StructAttempt attempt{"encode", {}, "", ""};
  attempt.status =
      probe.call("encode", [&] { return group.encode(backend.get(), args); });
  if (call.given.blobs != 1)
    attempt.missing = "the sink got no blob";
  return attempt;
}

/// schedule() with changed arguments or a changed sink.
StructAttempt useSchedule(Probe &probe, Mangle mangleArgs, Mangle mangleSink) {
  const gp_schedule_group &group = scheduleGroup(probe);
  const Sample &sample = probe.taken();
  const OpenBackend backend(probe);
  GivenBytes given;
  RoomyStruct sinkRoom, room;
  const gp_bytes_sink *sink = mangled(sinkRoom, given.sink(), mangleSink);
  const std::vector<gp_bytes> segments = sample.segmentBytes();
  const gp_schedule_args known = {
      sizeof known, imageOf(sample), segments.data(),       segments.size(),
      sink,         &given,          GivenBytes::addSegment};
  const gp_schedule_args *args = mangled(room, known, mangleArgs);
  StructAttempt attempt{"schedule", {}, "", ""};
  attempt.status = probe.call(
      "schedule", [&] { return group.schedule(backend.get(), args); });
  if (given.calls != 1)
    attempt.missing = "the sink got no program";
  return attempt;
}

StructAttempt useScheduleArgs(Probe &probe, Mangle mangle) {
  return useSchedule(probe, mangle, [](RoomyStruct &) {});
}

StructAttempt useScheduleSink(Probe &probe, Mangle mangle) {
  return useSchedule(probe, [](RoomyStruct &) {}, mangle);
}

StructAttempt useSimulationSink(Probe &probe, Mangle mangle) {
  const gp_simulation_group &group = simulationGroup(probe);
  const Sample &sample = probe.taken();
  const OpenBackend backend(probe);
  const LoadedProgram program(probe, backend, backend.compile(sample), sample);
  runOnce(probe, program, sample);
  SimulationRecords records;
  RoomyStruct room;
  const gp_simulation_sink *sink = mangled(room, records.sink(), mangle);
  StructAttempt attempt{"last_run", {}, "", ""};
  attempt.status = probe.call(
      "last_run", [&] { return group.last_run(program.get(), sink); });
  if (records.runs.size() != 1)
    attempt.missing = "the sink got no run";
  return attempt;
}

} // namespace

llvm::ArrayRef<StructUse> structUses() {
  static constexpr StructUse uses[] = {
      {"create_args", sizeof(gp_create_args), useCreateArgs},
      {"describe_sink", sizeof(gp_describe_sink), useDescribeSink},
      {"check_args", sizeof(gp_check_args), useCheckArgs},
      {"compile_args", sizeof(gp_compile_args), useCompileArgs},
      {"compile_sink", sizeof(gp_compile_sink), useCompileSink},
      {"load_args", sizeof(gp_load_args), useLoadArgs},
      {"run_args", sizeof(gp_run_args), useRunArgs},
      {"machine_sink", sizeof(gp_bytes_sink), useMachineSink},
      {"encode_args", sizeof(gp_encode_args), useEncodeArgs},
      {"schedule_args", sizeof(gp_schedule_args), useScheduleArgs},
      {"schedule_sink", sizeof(gp_bytes_sink), useScheduleSink},
      {"simulation_sink", sizeof(gp_simulation_sink), useSimulationSink},
  };
  return uses;
}

const StructUse &structUse(llvm::StringRef name) {
  return *llvm::find_if(structUses(),
                        [&](const StructUse &use) { return name == use.name; });
}

void hostWithZeroTail(Probe &probe) {
  static RoomyStruct room;
  static ProbeHost *owner = nullptr;
  owner = &probe.host();
  gp_host host = *probe.host().table();
  host.fail = [](const gp_host *, gp_status_code code, const char *message) {
    return owner->fail(code, message);
  };
  host.struct_size = sizeof host + 64;
  std::memcpy(room.bytes.data(), &host, sizeof host);
  std::vector<gp_option> options;
  for (const BackendOption &option : probe.target().options)
    options.push_back({option.key.c_str(), option.value.c_str()});
  const gp_create_args args = {
      sizeof args, reinterpret_cast<const gp_host *>(room.bytes.data()),
      options.data(), options.size()};
  gp_backend *backend = nullptr;
  const gp_plugin &plugin = probe.plugin();
  Probe::expectOk(
      probe.call("create", [&] { return plugin.create(&args, &backend); }),
      "create");
  OpenBackend opened(probe, backend);
  opened.describe();
  opened.close();
}

} // namespace glowplug::conformance
