// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cases about the group "replay".

#include "core/conformance/abi/CaseList.h"
#include "core/conformance/abi/Groups.h"
#include "core/conformance/abi/Replay.h"
#include "core/conformance/abi/Run.h"

namespace glowplug::conformance {
namespace {

constexpr const char *tells =
    "Tells what a run of \\p executable with these inputs is for the device.";
constexpr const char *runsNothing = "Does not run it.";
constexpr const char *equalRecords =
    "Equal arguments give equal records, in the same order.";
constexpr const char *inputCount =
    "Another input_count than the program has: GP_INVALID_ARGUMENT.";
constexpr const char *otherObjects =
    "Different objects may be used at the same time.";

/// A program and the tensors of a run, between pages that cannot be touched.
class Replayed {
public:
  Replayed(Probe &p, const OpenBackend &backend, const Sample &sample,
           uint32_t seed = 1)
      : p(p), sample(sample),
        program(p, backend, backend.compile(sample), sample),
        buffers(sample, program.workspaceBytes(), settings(seed)) {}

  /// As the plugin gave it, in bytes. Ends the case if it breaks a rule.
  std::vector<uint8_t> ask() {
    std::vector<uint64_t> outputBytes;
    for (const SampleTensor &output : sample.outputs)
      outputBytes.push_back(output.bytes);
    const ReplayT given = replayOf(p, program, inputs(), outputBytes);
    buffers.expectIntact();
    Probe::expect(buffers.outputsAreUntouched(),
                  "replay of " + sample.name + ": outputs as they were",
                  "other bytes");
    return bytesOfReplay(given);
  }

  llvm::ArrayRef<gp_bytes> inputs() const {
    const gp_run_args args = buffers.args();
    return {args.inputs, args.input_count};
  }
  const LoadedProgram &loaded() const { return program; }

private:
  static RunSettings settings(uint32_t seed) {
    RunSettings made;
    made.seed = seed;
    return made;
  }

  Probe &p;
  const Sample &sample;
  LoadedProgram program;
  RunBuffers buffers;
};

void expectEqual(const std::vector<uint8_t> &want,
                 const std::vector<uint8_t> &got, const std::string &what) {
  Probe::expect(want == got, "replay " + what + ": equal records",
                "other records");
}

void addRules(CaseList &list) {
  for (const std::string &family : sampleFamilies())
    list.positive("rules/" + family, tells, [&family](Probe &p) {
      replayGroup(p);
      const Sample &sample = p.taken(family);
      const OpenBackend backend(p);
      Replayed(p, backend, sample).ask();
    });
}

void addRepetition(CaseList &list) {
  list.positive("twice", equalRecords, [](Probe &p) {
    replayGroup(p);
    const OpenBackend backend(p);
    Replayed one(p, backend, p.taken());
    const std::vector<uint8_t> first = one.ask();
    expectEqual(first, one.ask(), "again");
  });
  list.positive("after-run", equalRecords, [](Probe &p) {
    replayGroup(p);
    const Sample &sample = p.taken();
    const OpenBackend backend(p);
    Replayed one(p, backend, sample);
    const std::vector<uint8_t> first = one.ask();
    runOnce(p, one.loaded(), sample);
    expectEqual(first, one.ask(), "after a run");
  });
  list.positive("after-other-inputs", equalRecords, [](Probe &p) {
    replayGroup(p);
    const Sample &sample = p.taken();
    const OpenBackend backend(p);
    Replayed one(p, backend, sample);
    const std::vector<uint8_t> first = one.ask();
    RunSettings others;
    others.seed = 2;
    runOnce(p, one.loaded(), sample, others);
    expectEqual(first, one.ask(), "after a run with other inputs");
  });
  list.positive("another-backend", equalRecords, [](Probe &p) {
    replayGroup(p);
    const Sample &sample = p.taken();
    const OpenBackend first(p), second(p);
    expectEqual(Replayed(p, first, sample).ask(),
                Replayed(p, second, sample).ask(), "in another backend");
  });
  list.positive("threads", otherObjects, [](Probe &p) {
    replayGroup(p);
    const Sample &sample = p.taken();
    const OpenBackend backend(p);
    const std::vector<uint8_t> first = Replayed(p, backend, sample).ask();
    inThreads(4, [&](unsigned) {
      const OpenBackend own(p);
      Replayed one(p, own, sample);
      for (int i = 0; i < 3; ++i)
        expectEqual(first, one.ask(), "in another thread");
    });
  });
}

void addNoRun(CaseList &list) {
  list.positive("run-stays-the-same", runsNothing, [](Probe &p) {
    replayGroup(p);
    const Sample &sample = p.taken();
    const Outputs expected = runFresh(p, sample);
    const OpenBackend backend(p);
    Replayed one(p, backend, sample, /*seed=*/2);
    one.ask();
    expectSame(expected, runOnce(p, one.loaded(), sample),
               "run after a replay with other inputs");
  });
  list.positive("is-no-run", runsNothing, [](Probe &p) {
    replayGroup(p);
    const gp_simulation_group &group = simulationGroup(p);
    const OpenBackend backend(p);
    Replayed one(p, backend, p.taken());
    one.ask();
    SimulationRecords records;
    const gp_simulation_sink sink = records.sink();
    Probe::expectCode(
        p.call("last_run",
               [&] { return group.last_run(one.loaded().get(), &sink); }),
        GP_INVALID_ARGUMENT, "last_run after a replay");
  });
  list.positive("last-run-stays-the-same", runsNothing, [](Probe &p) {
    replayGroup(p);
    simulationGroup(p);
    const Sample &sample = p.taken();
    const OpenBackend backend(p);
    Replayed one(p, backend, sample, /*seed=*/2);
    runOnce(p, one.loaded(), sample);
    const SimulationRecords before = lastRun(p, one.loaded());
    one.ask();
    Probe::expect(lastRun(p, one.loaded()).equals(before),
                  "last_run: the same after a replay", "something else");
  });
}

void addCounts(CaseList &list) {
  for (const int difference : {-1, 1, 7})
    list.negative("input-count" + std::string(difference > 0 ? "+" : "") +
                      std::to_string(difference),
                  inputCount, [difference](Probe &p) {
                    replayGroup(p);
                    const OpenBackend backend(p);
                    Replayed one(p, backend, p.taken());
                    std::vector<gp_bytes> inputs = one.inputs().vec();
                    const auto count =
                        static_cast<int>(inputs.size()) + difference;
                    inputs.resize(static_cast<size_t>(count), inputs.front());
                    gp_replay_sink sink = {};
                    sink.struct_size = sizeof sink;
                    sink.machine = [](void *, const gp_replay_machine *) {};
                    sink.segment = [](void *, const gp_replay_segment *) {};
                    sink.write = [](void *, const gp_replay_register *) {};
                    sink.commands = [](void *, gp_bytes) {};
                    sink.unit = [](void *, const gp_replay_unit *) {};
                    sink.output = [](void *, const gp_replay_output *) {};
                    Probe::expectCode(replay(p, one.loaded(), inputs, sink),
                                      GP_INVALID_ARGUMENT, "replay");
                    one.ask();
                  });
}

} // namespace

void addReplayCases(CaseList &list) {
  list.group("replay");
  addRules(list);
  addRepetition(list);
  addNoRun(list);
  addCounts(list);
}

} // namespace glowplug::conformance
