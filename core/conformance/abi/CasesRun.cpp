// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cases about run(), for each kind of work, and from several threads.

#include "core/conformance/abi/CaseList.h"
#include "core/conformance/abi/Run.h"

#include "llvm/ADT/STLExtras.h"

namespace glowplug::conformance {
namespace {

constexpr const char *returnsWhenWritten =
    "Runs once, and returns when the outputs are written.";
constexpr const char *notWritten =
    "dense, row-major, 64-byte aligned, of exactly the size of the value. Not "
    "written.";
constexpr const char *scratch =
    "[in] workspace_bytes of scratch memory, 64-byte aligned, contents "
    "undefined before and after; NULL when workspace_bytes is 0.";
constexpr const char *otherObjects =
    "Different objects may be used at the same time.";
constexpr const char *anyThread =
    "Any thread may call, but only one at a time on one object.";
constexpr const char *wrongCounts =
    "Another input_count or output_count than the program has: "
    "GP_INVALID_ARGUMENT.";
constexpr const char *keepsNothing =
    "The callee keeps no pointer it was given after it returns, and frees "
    "nothing it did not allocate.";

/// A loaded program of a family.
struct Ready {
  Probe &p;
  const Sample &sample;
  OpenBackend backend;
  Compiled compiled;
  LoadedProgram program;

  Ready(Probe &probe, llvm::StringRef family, uint32_t threads = 1)
      : p(probe), sample(probe.taken(family)), backend(probe),
        compiled(backend.compile(sample)),
        program(probe, backend, compiled, sample, threads) {}

  Outputs run(const RunSettings &settings = {}) const {
    return runOnce(p, program, sample, settings);
  }
};

/// All that is asked of every kind of work.
void addByFamily(CaseList &list, const std::string &family) {
  auto add = [&](const char *name, const char *sentence,
                 void (*test)(const Ready &)) {
    list.positive(family + "/" + name, sentence,
                  [family, test](Probe &p) { test(Ready(p, family)); });
  };
  add("twice", returnsWhenWritten,
      [](const Ready &r) { expectSame(r.run(), r.run(), "run again"); });
  add("all-outputs-written", returnsWhenWritten, [](const Ready &r) {
    expectSame(r.run({1, 0xa5, 0x5a}), r.run({1, 0x5a, 0x5a}),
               "run with other bytes in the outputs before");
    expectSame(r.run({1, 0x00, 0x5a}), r.run({1, 0xff, 0x5a}),
               "run with other bytes in the outputs before");
  });
  add("workspace-contents", scratch, [](const Ready &r) {
    const Outputs expected = r.run({1, 0xa5, 0x00});
    for (const uint8_t pattern : {0xff, 0x7f, 0xa5})
      expectSame(expected, r.run({1, 0xa5, pattern}),
                 "run with other bytes in the workspace");
  });
  add("between-guards", notWritten, [](const Ready &r) {
    for (uint32_t seed = 1; seed < 4; ++seed)
      r.run({seed, 0xa5, 0x5a});
  });
  add("after-other-inputs", returnsWhenWritten, [](const Ready &r) {
    const Outputs expected = r.run({1, 0xa5, 0x5a});
    for (uint32_t seed = 2; seed < 5; ++seed) {
      const RunSettings settings = {seed, 0xa5, 0x5a};
      expectSame(runFresh(r.p, r.sample, settings), r.run(settings),
                 "run on other inputs than before");
    }
    expectSame(expected, r.run({1, 0xa5, 0x5a}), "run after other inputs");
  });
  add("two-programs-in-turn", otherObjects, [](const Ready &r) {
    const LoadedProgram other(r.p, r.backend, r.compiled, r.sample);
    const Outputs one = r.run({1, 0xa5, 0x5a}), two = r.run({2, 0xa5, 0x5a});
    for (int i = 0; i < 3; ++i) {
      expectSame(one, r.run({1, 0xa5, 0x5a}), "run of the first");
      expectSame(two, runOnce(r.p, other, r.sample, {2, 0xa5, 0x5a}),
                 "run of the second");
    }
  });
  add("two-at-once", otherObjects, [](const Ready &r) {
    const LoadedProgram other(r.p, r.backend, r.compiled, r.sample);
    const Outputs one = r.run({1, 0xa5, 0x5a}), two = r.run({2, 0xa5, 0x5a});
    inThreads(2, [&](unsigned thread) {
      const LoadedProgram &program = thread == 0 ? r.program : other;
      for (int i = 0; i < 10; ++i)
        expectSame(thread == 0 ? one : two,
                   runOnce(r.p, program, r.sample, {thread + 1, 0xa5, 0x5a}),
                   "run beside another");
    });
  });
  add("another-thread", anyThread, [](const Ready &r) {
    const Outputs expected = r.run();
    for (int i = 0; i < 3; ++i)
      inThreads(1, [&](unsigned) {
        expectSame(expected, r.run(), "run in another thread");
      });
  });
  add("another-life", returnsWhenWritten, [](const Ready &r) {
    expectSame(r.run(), runFresh(r.p, r.sample),
               "run after another compile and load");
  });
}

/// run() with other counts of tensors than the program has.
Status runWithCounts(const Ready &ready, int inputs, int outputs) {
  RunBuffers buffers(ready.sample, ready.program.workspaceBytes(),
                     RunSettings());
  gp_run_args args = buffers.args();
  std::vector<gp_bytes> in(args.inputs, args.inputs + args.input_count);
  std::vector<void *> out(args.outputs, args.outputs + args.output_count);
  const auto moved = [](size_t count, int difference) {
    const auto result = static_cast<int>(count) + difference;
    if (result < 0)
      Probe::notApplicable("the program has " + std::to_string(count) +
                           " tensors of this kind");
    return static_cast<size_t>(result);
  };
  static AlignedBytes more(1 << 20);
  in.resize(moved(in.size(), inputs), {more.data(), 64});
  out.resize(moved(out.size(), outputs), more.data());
  args.inputs = in.data();
  args.input_count = in.size();
  args.outputs = out.data();
  args.output_count = out.size();
  return ready.p.call(
      "run", [&] { return ready.p.plugin().run(ready.program.get(), &args); });
}

void addCounts(CaseList &list) {
  const struct {
    const char *name;
    int inputs, outputs;
  } counts[] = {
      {"one-input-less", -1, 0},    {"one-input-more", 1, 0},
      {"many-inputs-more", 100, 0}, {"one-output-less", 0, -1},
      {"one-output-more", 0, 1},    {"many-outputs-more", 0, 100},
      {"one-more-each", 1, 1},      {"output-for-input", -1, 1},
  };
  for (const char *family : {"map", "results", "matmul"})
    for (const auto &count : counts)
      list.negative(
          std::string("counts/") + family + "/" + count.name, wrongCounts,
          [family, inputs = count.inputs, outputs = count.outputs](Probe &p) {
            const Ready ready(p, family);
            const Outputs expected = ready.run();
            Probe::expectCode(runWithCounts(ready, inputs, outputs),
                              GP_INVALID_ARGUMENT, "run");
            expectSame(expected, ready.run(), "run after a refusal");
          });
}

void addLifetimes(CaseList &list) {
  list.positive("many-programs", otherObjects, [](Probe &p) {
    const Sample &sample = p.taken();
    const OpenBackend backend(p);
    const Compiled compiled = backend.compile(sample);
    std::vector<std::unique_ptr<LoadedProgram>> all;
    for (int i = 0; i < 24; ++i)
      all.push_back(
          std::make_unique<LoadedProgram>(p, backend, compiled, sample));
    const Outputs expected = runOnce(p, *all.front(), sample);
    for (const auto &program : all)
      expectSame(expected, runOnce(p, *program, sample), "run of each");
    for (const size_t index : {7, 0, 23, 12})
      all[index]->unload();
    expectSame(expected, runOnce(p, *all[1], sample), "run after unloads");
  });
  list.positive("arguments-are-not-kept", keepsNothing, [](Probe &p) {
    const Ready ready(p, "");
    const Outputs first = ready.run({1, 0xa5, 0x5a});
    // The buffers of the first run are unmapped: who kept them, crashes.
    expectSame(first, ready.run({1, 0x5a, 0xa5}), "run on other buffers");
    const Outputs other = ready.run({2, 0xa5, 0x5a});
    expectSame(other, ready.run({2, 0x5a, 0xa5}), "run on other inputs");
  });
  list.positive("all-samples-loaded-at-once", otherObjects, [](Probe &p) {
    p.taken();
    const OpenBackend backend(p);
    std::vector<std::pair<const Sample *, std::unique_ptr<LoadedProgram>>> all;
    std::vector<Outputs> expected;
    for (const Sample &sample : samples()) {
      if (!p.takes(sample))
        continue;
      all.emplace_back(&sample,
                       std::make_unique<LoadedProgram>(
                           p, backend, backend.compile(sample), sample));
      expected.push_back(runOnce(p, *all.back().second, sample));
    }
    for (size_t i = all.size(); i-- > 0;)
      expectSame(expected[i], runOnce(p, *all[i].second, *all[i].first),
                 "run of " + all[i].first->name + " among others");
  });
  list.positive("hundred-runs", returnsWhenWritten, [](Probe &p) {
    const Ready ready(p, "");
    const Outputs expected = ready.run();
    for (int i = 0; i < 100; ++i)
      expectSame(expected, ready.run(), "run number " + std::to_string(i));
  });
}

} // namespace

void addRunCases(CaseList &list) {
  list.group("run");
  for (const std::string &family : sampleFamilies())
    addByFamily(list, family);
  addCounts(list);
  addLifetimes(list);
}

//===----------------------------------------------------------------------===//
// Threads
//===----------------------------------------------------------------------===//

namespace {

void addLivesInThreads(CaseList &list) {
  for (const unsigned count : {2u, 8u})
    list.positive("lives-" + std::to_string(count), otherObjects,
                  [count](Probe &p) {
                    const Sample &sample = p.taken();
                    const Outputs expected = runFresh(p, sample);
                    inThreads(count, [&](unsigned) {
                      for (int i = 0; i < 3; ++i)
                        expectSame(expected, runFresh(p, sample),
                                   "a whole life beside others");
                    });
                  });
  list.positive("create-destroy", otherObjects, [](Probe &p) {
    p.plugin();
    inThreads(8, [&](unsigned) {
      for (int i = 0; i < 20; ++i)
        OpenBackend(p).close();
    });
  });
}

void addBesideRun(CaseList &list) {
  list.positive("compile-beside-run", otherObjects, [](Probe &p) {
    const Ready ready(p, "");
    const Outputs expected = ready.run();
    const OpenBackend other(p);
    const Compiled first = other.compile(ready.sample);
    inThreads(2, [&](unsigned thread) {
      for (int i = 0; i < 5; ++i) {
        if (thread == 0)
          expectSame(expected, ready.run(), "run beside compile");
        else
          Probe::expect(other.compile(ready.sample).equals(first),
                        "compile: equal output beside run", "other output");
      }
    });
  });
  list.positive("load-beside-run", otherObjects, [](Probe &p) {
    const Ready ready(p, "");
    const Outputs expected = ready.run();
    const OpenBackend other(p);
    inThreads(2, [&](unsigned thread) {
      for (int i = 0; i < 10; ++i) {
        if (thread == 0) {
          expectSame(expected, ready.run(), "run beside load");
        } else {
          LoadedProgram program(p, other, ready.compiled, ready.sample);
          program.unload();
        }
      }
    });
  });
  list.positive("unload-beside-run", otherObjects, [](Probe &p) {
    const Ready ready(p, "");
    const Outputs expected = ready.run();
    const OpenBackend other(p);
    std::vector<std::unique_ptr<LoadedProgram>> programs;
    for (int i = 0; i < 8; ++i)
      programs.push_back(std::make_unique<LoadedProgram>(
          p, other, ready.compiled, ready.sample));
    inThreads(2, [&](unsigned thread) {
      if (thread == 0)
        for (int i = 0; i < 20; ++i)
          expectSame(expected, ready.run(), "run beside unload");
      else
        for (const auto &program : programs)
          program->unload();
    });
  });
}

void addManyThreads(CaseList &list) {
  list.positive("eight-programs", otherObjects, [](Probe &p) {
    const Ready ready(p, "");
    const Outputs expected = ready.run();
    std::vector<std::unique_ptr<LoadedProgram>> programs;
    for (int i = 0; i < 8; ++i)
      programs.push_back(std::make_unique<LoadedProgram>(
          p, ready.backend, ready.compiled, ready.sample));
    inThreads(8, [&](unsigned thread) {
      for (int i = 0; i < 10; ++i)
        expectSame(expected, runOnce(p, *programs[thread], ready.sample),
                   "run beside seven others");
    });
  });
  list.positive("failures",
                "A failure is made with gp_host::fail and belongs "
                "to the host.",
                [](Probe &p) {
                  p.plugin();
                  const Sample &sample = p.taken();
                  inThreads(4, [&](unsigned) {
                    const OpenBackend backend(p);
                    for (int i = 0; i < 5; ++i) {
                      Compiled given;
                      given.failing = {"result", 0};
                      const Status status = backend.compile(sample, given);
                      Probe::expect(status.origin == given.failure,
                                    "the failure of the own sink",
                                    status.text());
                    }
                  });
                });
}

} // namespace

void addThreadCases(CaseList &list) {
  list.group("threads");
  addLivesInThreads(list);
  addBesideRun(list);
  addManyThreads(list);
}

} // namespace glowplug::conformance
