// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cases about the group "simulation".

#include "core/conformance/abi/CaseList.h"
#include "core/conformance/abi/Groups.h"
#include "core/conformance/abi/Run.h"

#include <map>
#include <set>

namespace glowplug::conformance {
namespace {

constexpr const char *noRun =
    "\\retval GP_INVALID_ARGUMENT no run() of it has succeeded";
constexpr const char *lastOfIt = "Tells of the last run() of \\p executable.";
constexpr const char *null =
    "A function other than run is NULL when the host does not want its "
    "records; they need not be computed then.";

/// A program that has run, and what it tells.
struct Told {
  const Sample &sample;
  OpenBackend backend;
  LoadedProgram program;
  SimulationRecords records;

  Told(Probe &p, const Sample &sample)
      : sample(sample), backend(p),
        program(p, backend, backend.compile(sample), sample) {
    runOnce(p, program, sample);
    records = lastRun(p, program);
  }

  const gp_sim_run &run() const { return records.runs.front(); }
};

/// Calls \p body with what each taken sample of some families tells.
void forEachTold(Probe &p, llvm::function_ref<void(const Told &)> body) {
  simulationGroup(p);
  p.taken();
  std::set<std::string> families;
  for (const Sample &sample : samples())
    if (p.takes(sample) && families.insert(sample.family).second)
      body(Told(p, sample));
}

std::string inSample(const Told &told, const std::string &text) {
  return "last_run of " + told.sample.name + ": " + text;
}

void addRules(CaseList &list) {
  static constexpr struct {
    const char *rule, *sentence, *want;
  } rules[] = {
      {"run-first", "Exactly once, before the others.", "run before others"},
      {"names", "Strings are UTF-8 and end with a zero.", "names"},
      {"span-track", "Given before.", "tracks that were given before"},
      {"buffer-space", "Given before.", "spaces that were given before"},
  };
  for (const auto &rule : rules)
    list.positive(rule.rule, rule.sentence, [&rule](Probe &p) {
      forEachTold(p, [&](const Told &told) {
        if (const std::string *offence = told.records.offences.of(rule.rule))
          Probe::fail(inSample(told, rule.want), *offence);
      });
    });
  list.positive(
      "structs",
      "A struct passed in begins with struct_size, set by the caller "
      "to sizeof as it was compiled.",
      [](Probe &p) {
        forEachTold(p, [&](const Told &told) {
          for (const char *kind :
               {"run", "layer", "stall", "track", "span", "space", "buffer"})
            for (const char *end : {"-null", "-size", "-tail"})
              if (const std::string *offence =
                      told.records.offences.of(std::string(kind) + end))
                Probe::fail(inSample(told, "structs that can be read"),
                            *offence);
        });
      });
}

void addSums(CaseList &list) {
  list.positive("cycles", "No count passes 2^53.", [](Probe &p) {
    forEachTold(p, [](const Told &told) {
      constexpr uint64_t most = uint64_t{1} << 53;
      Probe::expect(told.run().cycles <= most && told.run().macs <= most,
                    inSample(told, "counts up to 2^53"), "more");
    });
  });
  list.positive("layer-share",
                "each cycle of the run is counted in one layer at most, so "
                "that the sum over all layers is at most gp_sim_run::cycles.",
                [](Probe &p) {
                  forEachTold(p, [](const Told &told) {
                    uint64_t sum = 0;
                    for (const auto &layer : told.records.layers)
                      sum += layer.cycles;
                    Probe::expect(
                        sum <= told.run().cycles,
                        inSample(told, "layers of at most " +
                                           std::to_string(told.run().cycles) +
                                           " cycles in all"),
                        std::to_string(sum));
                  });
                });
  list.positive("layer-span", "Its last work ends.", [](Probe &p) {
    forEachTold(p, [](const Told &told) {
      for (const auto &layer : told.records.layers)
        Probe::expect(layer.begin <= layer.end &&
                          layer.end <= told.run().cycles,
                      inSample(told, "layers within the run"), layer.name);
    });
  });
  list.positive("layer-macs", "As in gp_sim_run.", [](Probe &p) {
    forEachTold(p, [](const Told &told) {
      uint64_t sum = 0;
      for (const auto &layer : told.records.layers)
        sum += layer.macs;
      Probe::expect(told.records.layers.empty() || sum == told.run().macs,
                    inSample(told, "layers with the macs of the run, " +
                                       std::to_string(told.run().macs)),
                    std::to_string(sum));
    });
  });
  list.positive("stall-sums", "Per engine they sum to gp_sim_run::cycles.",
                [](Probe &p) {
                  forEachTold(p, [](const Told &told) {
                    std::map<std::string, uint64_t> sums;
                    for (const auto &stall : told.records.stalls)
                      sums[stall.engine] += stall.cycles;
                    for (const auto &[engine, sum] : sums)
                      Probe::expect(sum == told.run().cycles,
                                    inSample(told, "stalls of '" + engine +
                                                       "' that sum to the run"),
                                    std::to_string(sum));
                  });
                });
  list.positive(
      "stall-once", "Lower case; each (engine, cause) once.", [](Probe &p) {
        forEachTold(p, [](const Told &told) {
          std::set<std::pair<std::string, std::string>> seen;
          for (const auto &stall : told.records.stalls)
            Probe::expect(seen.emplace(stall.engine, stall.cause).second,
                          inSample(told, "each engine and cause once"),
                          stall.engine + ", " + stall.cause);
        });
      });
}

void addTimeline(CaseList &list) {
  list.positive(
      "spans", "From start_cycle to gp_sim_run::cycles.", [](Probe &p) {
        forEachTold(p, [](const Told &told) {
          for (const auto &span : told.records.spans)
            Probe::expect(span.start <= span.end &&
                              span.end <= told.run().cycles,
                          inSample(told, "spans within the run"), span.name);
        });
      });
  list.positive(
      "layers-exist", "In the order given, or GP_NO_LAYER.", [](Probe &p) {
        forEachTold(p, [](const Told &told) {
          auto isKnown = [&](uint32_t layer) {
            return layer == GP_NO_LAYER || layer < told.records.layers.size();
          };
          for (const auto &span : told.records.spans)
            Probe::expect(isKnown(span.layer),
                          inSample(told, "spans of known layers"), span.name);
          for (const auto &buffer : told.records.buffers)
            Probe::expect(isKnown(buffer.layer),
                          inSample(told, "buffers of known layers"),
                          buffer.name);
        });
      });
  list.positive("spaces", "Its size; more than 0.", [](Probe &p) {
    forEachTold(p, [](const Told &told) {
      for (const auto &space : told.records.spaces)
        Probe::expect(space.bytes > 0, inSample(told, "spaces with bytes"),
                      space.name);
    });
  });
  list.positive(
      "buffers", "begin_bytes + bytes lies within the space.", [](Probe &p) {
        forEachTold(p, [](const Told &told) {
          for (const auto &buffer : told.records.buffers) {
            if (buffer.space >= told.records.spaces.size())
              continue;
            const uint64_t size = told.records.spaces[buffer.space].bytes;
            Probe::expect(
                buffer.begin <= size && buffer.bytes <= size - buffer.begin,
                inSample(told, "buffers in their space"), buffer.name);
          }
        });
      });
  list.positive(
      "buffer-times", "... to here; at most gp_sim_run::cycles.", [](Probe &p) {
        forEachTold(p, [](const Told &told) {
          for (const auto &buffer : told.records.buffers)
            Probe::expect(
                buffer.first <= buffer.last && buffer.last <= told.run().cycles,
                inSample(told, "buffers within the run"), buffer.name);
        });
      });
  list.positive("tracks", "gp_sim_track_kind", [](Probe &p) {
    forEachTold(p, [](const Told &told) {
      for (const auto &track : told.records.tracks)
        Probe::expect(track.kind <= GP_SIM_MEMORY,
                      inSample(told, "kinds of the header"),
                      std::to_string(track.kind));
    });
  });
}

void addRepetition(CaseList &list) {
  list.positive("asked-twice", lastOfIt, [](Probe &p) {
    simulationGroup(p);
    const Told told(p, p.taken());
    Probe::expect(lastRun(p, told.program).equals(told.records),
                  "last_run: the same when asked again", "something else");
  });
  list.positive("run-twice", lastOfIt, [](Probe &p) {
    simulationGroup(p);
    const Told told(p, p.taken());
    runOnce(p, told.program, told.sample);
    Probe::expect(lastRun(p, told.program).equals(told.records),
                  "last_run: the same for the same run", "something else");
  });
  list.positive("each-its-own", lastOfIt, [](Probe &p) {
    simulationGroup(p);
    const Sample &sample = p.taken();
    const Told told(p, sample);
    const Sample *other = nullptr;
    for (const Sample &one : samples())
      if (!other && one.family != sample.family && p.takes(one))
        other = &one;
    if (!other)
      Probe::notApplicable("the plugin takes one kind of sample");
    const Told second(p, *other);
    runOnce(p, second.program, *other);
    Probe::expect(lastRun(p, told.program).equals(told.records),
                  "last_run: not changed by runs of others", "something else");
  });
  list.positive("null-sinks", null, [](Probe &p) {
    const gp_simulation_group &group = simulationGroup(p);
    const Told told(p, p.taken());
    SimulationRecords records;
    gp_simulation_sink sink = records.sink();
    sink.layer = nullptr;
    sink.stall = nullptr;
    sink.track = nullptr;
    sink.span = nullptr;
    sink.space = nullptr;
    sink.buffer = nullptr;
    Probe::expectOk(
        p.call("last_run",
               [&] { return group.last_run(told.program.get(), &sink); }),
        "last_run with run alone");
    Probe::expect(records.runs.size() == 1 &&
                      records.runs.front().cycles == told.run().cycles,
                  "last_run: the same run", "another");
  });
  list.positive("null-timeline", null, [](Probe &p) {
    const gp_simulation_group &group = simulationGroup(p);
    const Told told(p, p.taken());
    SimulationRecords records;
    gp_simulation_sink sink = records.sink();
    sink.track = nullptr;
    sink.span = nullptr;
    Probe::expectOk(
        p.call("last_run",
               [&] { return group.last_run(told.program.get(), &sink); }),
        "last_run without a timeline");
    Probe::expect(records.layers == told.records.layers &&
                      records.buffers == told.records.buffers,
                  "last_run: the same layers and buffers", "others");
  });
}

void addRefusals(CaseList &list) {
  list.negative("before-run", noRun, [](Probe &p) {
    const gp_simulation_group &group = simulationGroup(p);
    const Sample &sample = p.taken();
    const OpenBackend backend(p);
    const LoadedProgram program(p, backend, backend.compile(sample), sample);
    SimulationRecords records;
    const gp_simulation_sink sink = records.sink();
    Probe::expectCode(
        p.call("last_run",
               [&] { return group.last_run(program.get(), &sink); }),
        GP_INVALID_ARGUMENT, "last_run before run");
    runOnce(p, program, sample);
    lastRun(p, program);
  });
  list.negative("after-a-failed-run-alone", noRun, [](Probe &p) {
    const gp_simulation_group &group = simulationGroup(p);
    const Sample &sample = p.taken();
    const OpenBackend backend(p);
    const LoadedProgram program(p, backend, backend.compile(sample), sample);
    RunBuffers buffers(sample, program.workspaceBytes(), RunSettings());
    gp_run_args args = buffers.args();
    args.input_count = 0;
    Probe::expectFailure(
        p.call("run", [&] { return p.plugin().run(program.get(), &args); }),
        "run without inputs");
    SimulationRecords records;
    const gp_simulation_sink sink = records.sink();
    Probe::expectCode(
        p.call("last_run",
               [&] { return group.last_run(program.get(), &sink); }),
        GP_INVALID_ARGUMENT, "last_run after a run that failed");
  });
  list.negative("another-program-has-run", noRun, [](Probe &p) {
    const gp_simulation_group &group = simulationGroup(p);
    const Told told(p, p.taken());
    const LoadedProgram fresh(p, told.backend,
                              told.backend.compile(told.sample), told.sample);
    SimulationRecords records;
    const gp_simulation_sink sink = records.sink();
    Probe::expectCode(
        p.call("last_run", [&] { return group.last_run(fresh.get(), &sink); }),
        GP_INVALID_ARGUMENT, "last_run of a program that has not run");
  });
}

} // namespace

void addSimulationCases(CaseList &list) {
  list.group("simulation");
  addRules(list);
  addSums(list);
  addTimeline(list);
  addRepetition(list);
  addRefusals(list);
}

} // namespace glowplug::conformance
