// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cases about gp_plugin::group and the groups "instr" and "schedule".

#include "core/conformance/abi/CaseList.h"
#include "core/conformance/abi/Groups.h"
#include "core/conformance/abi/Run.h"
#include "core/image/instr/Verify.h"
#include "core/runtime/Schedule.h"

#include <glowplug/cosim.h>
#include <glowplug/energy.h>
#include <glowplug/replay.h>

#include <cstring>

namespace glowplug::conformance {
namespace {

constexpr const char *orNull =
    "Returns the table of the group \\p id at \\p version, or NULL.";
constexpr const char *complete =
    "A table begins with its size and is complete: the host refuses a plugin "
    "with a half-filled one.";
constexpr const char *equalBytes = "Equal bytes for one backend, each time.";
constexpr const char *verified =
    "Gives the machine description, which the host verifies.";
constexpr const char *programVerified =
    "The host verifies every instr program before encode(), also one that the "
    "backend made.";
constexpr const char *scheduleDeterministic =
    "Inputs and outputs are those of the image, in order. Deterministic.";
constexpr const char *sameAsCompile =
    "compile() of a prim image gives what schedule() and encode() give, so a "
    "backend may implement it by them;";
constexpr const char *passedOn = "Receives bytes, once. A failure is passed "
                                 "on.";
constexpr const char *sinkPassedOn =
    "A failure of a sink function is passed on.";
constexpr const char *segmentCount =
    "Another segment_count than the program has: GP_INVALID_ARGUMENT.";

struct KnownGroup {
  const char *id;
  uint32_t version;
  size_t size;
};

constexpr KnownGroup knownIds[] = {
    {GP_GROUP_INSTR, GP_GROUP_INSTR_VERSION, sizeof(gp_instr_group)},
    {GP_GROUP_SCHEDULE, GP_GROUP_SCHEDULE_VERSION, sizeof(gp_schedule_group)},
    {GP_GROUP_SIMULATION, GP_GROUP_SIMULATION_VERSION,
     sizeof(gp_simulation_group)},
    {GP_GROUP_REPLAY, GP_GROUP_REPLAY_VERSION, sizeof(gp_replay_group)},
    {GP_GROUP_COSIM, GP_GROUP_COSIM_VERSION, sizeof(gp_cosim_group)},
    {GP_GROUP_ENERGY, GP_GROUP_ENERGY_VERSION, sizeof(gp_energy_group)},
};

const void *groupOf(Probe &p, const char *id, uint32_t version) {
  if (!p.plugin().group)
    Probe::notApplicable("the plugin has no optional groups");
  const void *table = nullptr;
  p.enter("group", [&] { table = p.plugin().group(id, version); });
  return table;
}

void addUnknown(CaseList &list) {
  const std::pair<const char *, std::string> ids[] = {
      {"empty", ""},
      {"word", "no-such-group"},
      {"upper-case", "INSTR"},
      {"longer", "instrs"},
      {"shorter", "inst"},
      {"with-space", "instr "},
      {"vendor", "com.example.none"},
      {"long", std::string(65536, 'g')},
      {"not-utf8", "\xff\xfe"},
      {"both", "instr,schedule"},
  };
  for (const auto &[name, id] : ids)
    list.negative("unknown-" + std::string(name), orNull, [id = id](Probe &p) {
      Probe::expect(groupOf(p, id.c_str(), 1) == nullptr,
                    "NULL for a group that nobody has", "a table");
    });
  for (const KnownGroup &group : knownIds)
    for (const uint32_t version : {0u, group.version + 1, UINT32_MAX})
      list.negative(
          std::string(group.id) + "/version-" + std::to_string(version), orNull,
          [id = group.id, version](Probe &p) {
            Probe::expect(groupOf(p, id, version) == nullptr,
                          "NULL for a version that nobody has", "a table");
          });
}

void addKnown(CaseList &list) {
  for (const KnownGroup &group : knownIds) {
    list.positive(
        std::string(group.id) + "/complete", complete, [&group](Probe &p) {
          const void *table = groupOf(p, group.id, group.version);
          if (!table)
            Probe::notApplicable(std::string("the plugin has no ") + group.id);
          size_t size = 0;
          std::memcpy(&size, table, sizeof size);
          Probe::expect(size == group.size,
                        "a struct_size of " + std::to_string(group.size),
                        std::to_string(size));
          const auto *functions = static_cast<const char *>(table);
          for (size_t at = sizeof size; at < size; at += sizeof(void *)) {
            const void *function = nullptr;
            std::memcpy(&function, functions + at, sizeof function);
            Probe::expect(function != nullptr, "all functions set",
                          "one is NULL");
          }
        });
    list.positive(std::string(group.id) + "/same-table", orNull,
                  [&group](Probe &p) {
                    const void *first = groupOf(p, group.id, group.version);
                    Probe::expect(groupOf(p, group.id, group.version) == first,
                                  "the same table each time", "another");
                  });
  }
  list.positive("before-create", orNull, [](Probe &p) {
    const void *before = groupOf(p, GP_GROUP_INSTR, GP_GROUP_INSTR_VERSION);
    const OpenBackend backend(p);
    Probe::expect(groupOf(p, GP_GROUP_INSTR, GP_GROUP_INSTR_VERSION) == before,
                  "the same table before and after create", "another");
  });
  list.positive("schedule-has-instr",
                "\"schedule\" not used: its programs would have no machine",
                [](Probe &p) {
                  if (groupOf(p, GP_GROUP_SCHEDULE, GP_GROUP_SCHEDULE_VERSION))
                    Probe::expect(groupOf(p, GP_GROUP_INSTR,
                                          GP_GROUP_INSTR_VERSION) != nullptr,
                                  "the group 'instr' beside 'schedule'",
                                  "none");
                });
}

//===----------------------------------------------------------------------===//
// machine
//===----------------------------------------------------------------------===//

void addMachine(CaseList &list) {
  list.positive("machine/verifies", verified, [](Probe &p) {
    const OpenBackend backend(p);
    const GivenBytes machine = machineOf(p, backend);
    if (llvm::Error invalid = verifyMachine(machine.bytes))
      Probe::fail("a valid machine description",
                  llvm::toString(std::move(invalid)));
  });
  list.positive("machine/twice", equalBytes, [](Probe &p) {
    const OpenBackend backend(p);
    Probe::expect(machineOf(p, backend).equals(machineOf(p, backend)),
                  "equal bytes each time", "other bytes");
  });
  list.positive("machine/after-work", equalBytes, [](Probe &p) {
    const OpenBackend backend(p);
    const GivenBytes first = machineOf(p, backend);
    const Sample &sample = p.taken();
    const LoadedProgram program(p, backend, backend.compile(sample), sample);
    runOnce(p, program, sample);
    Probe::expect(machineOf(p, backend).equals(first),
                  "equal bytes after other calls", "other bytes");
  });
  list.positive("machine/another-backend", equalBytes, [](Probe &p) {
    const OpenBackend first(p), second(p);
    Probe::expect(machineOf(p, first).equals(machineOf(p, second)),
                  "equal bytes for equal options", "other bytes");
  });
  list.negative("machine/sink-fails", passedOn, [](Probe &p) {
    const gp_instr_group &group = instrGroup(p);
    const OpenBackend backend(p);
    GivenBytes given;
    given.host = &p.host();
    given.fails = true;
    const gp_bytes_sink sink = given.sink();
    const Status status =
        p.call("machine", [&] { return group.machine(backend.get(), &sink); });
    Probe::expect(given.failure && status.origin == given.failure,
                  "machine: the failure of the sink", status.text());
  });
}

//===----------------------------------------------------------------------===//
// schedule, encode
//===----------------------------------------------------------------------===//

/// Calls \p body with each sample that the plugin takes.
void forEachTaken(Probe &p, llvm::function_ref<void(const Sample &)> body) {
  p.taken();
  for (const Sample &sample : samples())
    if (p.takes(sample))
      body(sample);
}

void addGoodSchedules(CaseList &list) {
  list.positive("schedule/verifies", programVerified, [](Probe &p) {
    scheduleGroup(p);
    const OpenBackend backend(p);
    const GivenBytes machine = machineOf(p, backend);
    forEachTaken(p, [&](const Sample &sample) {
      const GivenBytes program = scheduleOf(p, backend, sample);
      InstrProgram made;
      made.machine = AlignedBytes(llvm::ArrayRef<uint8_t>(machine.bytes));
      made.program = AlignedBytes(llvm::ArrayRef<uint8_t>(program.bytes));
      for (const AlignedBytes &segment : program.segments)
        made.segments.emplace_back(llvm::ArrayRef<uint8_t>(segment));
      if (llvm::Error invalid = verifySchedule("plugin", sample.image, made))
        Probe::fail("schedule of " + sample.name + ": a valid program",
                    llvm::toString(std::move(invalid)));
    });
  });
  list.positive("schedule/twice", scheduleDeterministic, [](Probe &p) {
    scheduleGroup(p);
    const OpenBackend backend(p), other(p);
    forEachTaken(p, [&](const Sample &sample) {
      const GivenBytes first = scheduleOf(p, backend, sample);
      Probe::expect(first.equals(scheduleOf(p, backend, sample)) &&
                        first.equals(scheduleOf(p, other, sample)),
                    "schedule of " + sample.name + ": equal programs",
                    "another program");
    });
  });
  list.positive("schedule/threads", scheduleDeterministic, [](Probe &p) {
    scheduleGroup(p);
    const OpenBackend backend(p);
    forEachTaken(p, [&](const Sample &sample) {
      const GivenBytes first = scheduleOf(p, backend, sample);
      inThreads(2, [&](unsigned) {
        const OpenBackend own(p);
        Probe::expect(first.equals(scheduleOf(p, own, sample)),
                      "schedule of " + sample.name +
                          " in another thread: an equal program",
                      "another program");
      });
    });
  });
}

void addFailingSchedules(CaseList &list) {
  list.negative("schedule/sink-fails", passedOn, [](Probe &p) {
    scheduleGroup(p);
    const OpenBackend backend(p);
    GivenBytes given;
    given.fails = true;
    const Status status = schedule(p, backend, p.taken(), given);
    Probe::expect(given.failure && status.origin == given.failure,
                  "schedule: the failure of the sink", status.text());
  });
  list.negative("schedule/segment-fails", sinkPassedOn, [](Probe &p) {
    scheduleGroup(p);
    const OpenBackend backend(p);
    const Sample *found = nullptr;
    forEachTaken(p, [&](const Sample &sample) {
      if (!found && !scheduleOf(p, backend, sample).segments.empty())
        found = &sample;
    });
    if (!found)
      Probe::notApplicable("no schedule has segments");
    GivenBytes given;
    given.segmentFails = true;
    const Status status = schedule(p, backend, *found, given);
    Probe::expect(given.failure && status.origin == given.failure,
                  "schedule: the failure of segment", status.text());
  });
  for (const int difference : {-1, 1, 7})
    list.negative(
        "schedule/segment-count" + std::string(difference > 0 ? "+" : "") +
            std::to_string(difference),
        segmentCount, [difference](Probe &p) {
          scheduleGroup(p);
          const OpenBackend backend(p);
          const Sample *found = nullptr;
          forEachTaken(p, [&](const Sample &sample) {
            if (!found && (difference > 0 || !sample.segments.empty()))
              found = &sample;
          });
          if (!found)
            Probe::notApplicable("no program has segments");
          Sample changed;
          changed.name = found->name;
          changed.image = AlignedBytes(llvm::ArrayRef<uint8_t>(found->image));
          const auto count =
              static_cast<int>(found->segments.size()) + difference;
          for (int i = 0; i < count; ++i)
            changed.segments.emplace_back(1 << 16);
          GivenBytes given;
          Probe::expectCode(schedule(p, backend, changed, given),
                            GP_INVALID_ARGUMENT, "schedule");
        });
}

void addGoodEncodings(CaseList &list) {
  list.positive("encode/runs", sameAsCompile, [](Probe &p) {
    scheduleGroup(p);
    const OpenBackend backend(p);
    forEachTaken(p, [&](const Sample &sample) {
      const GivenBytes scheduled = scheduleOf(p, backend, sample);
      Compiled encoded = encode(p, backend, scheduled);
      // Kept segments are those of the instr program.
      for (const uint32_t index : encoded.kept)
        encoded.made.emplace_back(
            llvm::ArrayRef<uint8_t>(scheduled.segments[index]));
      encoded.kept.clear();
      const LoadedProgram program(p, backend, encoded, sample);
      expectSame(runFresh(p, sample), runOnce(p, program, sample),
                 "run of " + sample.name + " by schedule and encode");
    });
  });
  list.positive(
      "encode/twice",
      "Translates an instr program; otherwise as gp_plugin::compile, "
      "whose outputs it has.",
      [](Probe &p) {
        scheduleGroup(p);
        const OpenBackend backend(p);
        forEachTaken(p, [&](const Sample &sample) {
          const GivenBytes program = scheduleOf(p, backend, sample);
          Probe::expect(
              encode(p, backend, program).equals(encode(p, backend, program)),
              "encode of " + sample.name + ": equal output", "other output");
        });
      });
}

void addFailingEncodings(CaseList &list) {
  for (const char *function : {"blob", "segment", "keep_segment", "result"})
    list.negative(std::string("encode/") + function + "-fails", sinkPassedOn,
                  [function](Probe &p) {
                    const gp_instr_group &group = instrGroup(p);
                    scheduleGroup(p);
                    const OpenBackend backend(p);
                    std::optional<GivenBytes> found;
                    forEachTaken(p, [&](const Sample &sample) {
                      if (found)
                        return;
                      GivenBytes program = scheduleOf(p, backend, sample);
                      if (encode(p, backend, program).calls[function] > 0)
                        found = std::move(program);
                    });
                    if (!found)
                      Probe::notApplicable(
                          std::string("encode does not call ") + function);
                    EncodeCall call(*found, p.host());
                    call.given.failing = {function, 0, GP_OUT_OF_MEMORY};
                    const Status status = p.call("encode", [&] {
                      return group.encode(backend.get(), &call.args);
                    });
                    Probe::expect(call.given.failure &&
                                      status.origin == call.given.failure,
                                  "encode: the failure of the sink",
                                  status.text());
                  });
  for (const int difference : {-1, 1, 7})
    list.negative(
        "encode/segment-count" + std::string(difference > 0 ? "+" : "") +
            std::to_string(difference),
        segmentCount, [difference](Probe &p) {
          const gp_instr_group &group = instrGroup(p);
          scheduleGroup(p);
          const OpenBackend backend(p);
          std::optional<GivenBytes> found;
          forEachTaken(p, [&](const Sample &sample) {
            GivenBytes program = scheduleOf(p, backend, sample);
            if (!found && (difference > 0 || !program.segments.empty()))
              found = std::move(program);
          });
          if (!found)
            Probe::notApplicable("no instr program has segments");
          if (difference < 0)
            found->segments.pop_back();
          for (int i = 0; i < difference; ++i)
            found->segments.emplace_back(64);
          EncodeCall call(*found, p.host());
          Probe::expectCode(
              p.call("encode",
                     [&] { return group.encode(backend.get(), &call.args); }),
              GP_INVALID_ARGUMENT, "encode");
        });
}

} // namespace

void addGroupCases(CaseList &list) {
  list.group("groups");
  addKnown(list);
  addUnknown(list);
}

void addInstrCases(CaseList &list) {
  list.group("instr");
  addMachine(list);
  addGoodSchedules(list);
  addFailingSchedules(list);
  addGoodEncodings(list);
  addFailingEncodings(list);
}

} // namespace glowplug::conformance
