// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cases about what a plugin changes in its process.

#include "core/conformance/abi/CaseList.h"
#include "core/conformance/abi/Run.h"
#include "core/conformance/abi/Surroundings.h"

#include <cfenv>
#include <cstdio>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace glowplug::conformance {
namespace {

constexpr const char *asItFound =
    "A call leaves the floating-point mode of its thread (rounding, flush to "
    "zero) as it found it.";
constexpr const char *processIsTheHosts =
    "A call leaves the process as it found it: the locale, the working "
    "directory, the umask, the environment, limits, signal masks and handlers.";
constexpr const char *noOutput = "It writes nothing on standard output.";
constexpr const char *noGrowth =
    "What an object needs goes with it: memory, threads, descriptors and "
    "processes do not grow over lives of objects.";

/// Makes each call of the ABI once, and more than once what is cheap.
void liveOnce(Probe &p) {
  const Sample &sample = p.taken();
  OpenBackend backend(p);
  backend.describe();
  backend.check(sample);
  LoadedProgram program(p, backend, backend.compile(sample), sample, 4);
  runOnce(p, program, sample);
  program.unload();
  Compiled given;
  given.failing = {"blob", 0};
  Probe::expectFailure(backend.compile(sample, given), "compile");
  backend.close();
}

void addSurroundings(CaseList &list) {
  for (const Surrounding &one : surroundings())
    list.positive(one.name, processIsTheHosts,
                  [&one](Probe &p) {
                    const std::string before = one.read();
                    liveOnce(p);
                    const std::string after = one.read();
                    Probe::expect(before == after,
                                  std::string(one.what) + " as before",
                                  "changed");
                  })
        .isAlone = true;
  list.positive("standard-output", noOutput, [](Probe &p) {
    std::fflush(stdout);
    const int kept = dup(STDOUT_FILENO);
    const int file = memfd_create("output", MFD_CLOEXEC);
    dup2(file, STDOUT_FILENO);
    std::optional<Ended> ended;
    try {
      liveOnce(p);
    } catch (const Ended &end) {
      ended = end;
    }
    std::fflush(stdout);
    dup2(kept, STDOUT_FILENO);
    const off_t size = lseek(file, 0, SEEK_END);
    close(kept);
    close(file);
    if (ended)
      throw Ended{*ended};
    Probe::expect(size == 0, "nothing on standard output",
                  std::to_string(size) + " bytes");
  });
  list.positive("no-children", noGrowth,
                [](Probe &p) {
                  liveOnce(p);
                  Probe::expect(!hasChildren(),
                                "no processes after the last object",
                                "a child");
                })
      .isAlone = true;
}

/// A mode that a host may have set.
struct FloatMode {
  const char *name;
  int rounding;
  bool flushes;
};

/// Sets a floating-point mode, and says what has become of it.
class ModeGuard {
public:
  explicit ModeGuard(const FloatMode &mode) : before(std::fegetround()) {
#if defined(__x86_64__)
    control = _mm_getcsr();
    if (mode.flushes)
      _mm_setcsr(control | 0x8040); // flush to zero, denormals are zero
#endif
    std::fesetround(mode.rounding);
    wanted = mode;
  }
  ~ModeGuard() {
    std::fesetround(before);
#if defined(__x86_64__)
    _mm_setcsr(control);
#endif
  }
  void expectKept(const char *function) const {
    bool isKept = std::fegetround() == wanted.rounding;
#if defined(__x86_64__)
    isKept = isKept && ((_mm_getcsr() & 0x8040) == 0x8040) == wanted.flushes;
#endif
    Probe::expect(isKept, std::string(function) + ": the mode as it was",
                  "another");
  }

private:
  int before;
  unsigned control = 0;
  FloatMode wanted{};
};

constexpr FloatMode modes[] = {{"nearest", FE_TONEAREST, false},
                               {"upward", FE_UPWARD, false},
                               {"toward-zero", FE_TOWARDZERO, false},
                               {"flushing", FE_TONEAREST, true}};

/// One function of the table in a mode. Probe::call finds a change too, but
/// puts it right before anybody could see it: so the mode is read inside.
struct InMode {
  const char *name;
  void (*call)(Probe &p, const FloatMode &mode);
};

constexpr InMode inModes[] = {
    {"create",
     [](Probe &p, const FloatMode &mode) {
       const ModeGuard guard(mode);
       OpenBackend backend(p);
       guard.expectKept("create");
     }},
    {"describe",
     [](Probe &p, const FloatMode &mode) {
       const OpenBackend backend(p);
       const ModeGuard guard(mode);
       backend.describe();
       guard.expectKept("describe");
     }},
    {"check",
     [](Probe &p, const FloatMode &mode) {
       const OpenBackend backend(p);
       const ModeGuard guard(mode);
       for (const Sample &sample : samples())
         backend.check(sample);
       guard.expectKept("check");
     }},
    {"compile",
     [](Probe &p, const FloatMode &mode) {
       const Sample &sample = p.taken();
       const OpenBackend backend(p);
       const Compiled usual = backend.compile(sample);
       const ModeGuard guard(mode);
       const Compiled other = backend.compile(sample);
       guard.expectKept("compile");
       Probe::expect(usual.equals(other),
                     "compile: equal output in any floating-point mode",
                     usual.difference(other));
     }},
    {"load",
     [](Probe &p, const FloatMode &mode) {
       const Sample &sample = p.taken();
       const OpenBackend backend(p);
       const Compiled compiled = backend.compile(sample);
       const ModeGuard guard(mode);
       const LoadedProgram program(p, backend, compiled, sample);
       guard.expectKept("load");
     }},
    {"run",
     [](Probe &p, const FloatMode &mode) {
       const Sample &sample = p.taken();
       const OpenBackend backend(p);
       const LoadedProgram program(p, backend, backend.compile(sample), sample);
       const ModeGuard guard(mode);
       runOnce(p, program, sample);
       guard.expectKept("run");
     }},
    {"unload",
     [](Probe &p, const FloatMode &mode) {
       const Sample &sample = p.taken();
       const OpenBackend backend(p);
       LoadedProgram program(p, backend, backend.compile(sample), sample);
       const ModeGuard guard(mode);
       program.unload();
       guard.expectKept("unload");
     }},
    {"destroy",
     [](Probe &p, const FloatMode &mode) {
       OpenBackend backend(p);
       const ModeGuard guard(mode);
       backend.close();
       guard.expectKept("destroy");
     }},
};

void addModes(CaseList &list) {
  for (const InMode &function : inModes)
    for (const FloatMode &mode : modes)
      list.positive(std::string("float-mode/") + function.name + "-" +
                        mode.name,
                    asItFound, [&function, &mode](Probe &p) {
                      p.plugin();
                      function.call(p, mode);
                    });
}

} // namespace

void addEnvironmentCases(CaseList &list) {
  list.group("environment");
  addSurroundings(list);
  addModes(list);
}

//===----------------------------------------------------------------------===//
// Growth
//===----------------------------------------------------------------------===//

namespace {

void expectAtMost(uint64_t before, uint64_t after, uint64_t most,
                  const std::string &what) {
  Probe::expect(after <= before + most,
                what + " that grows by at most " + std::to_string(most) +
                    " bytes",
                std::to_string(after - before));
}

/// What a heap may grow by without a loss: the tables of a compiler reach their
/// size after some hundred programs.
constexpr uint64_t littleSlack = 4 << 10, compilerSlack = 64 << 10;

/// Repeats \p step and compares the middle with the end. The heap tells of each
/// lost object, however small; pages tell of the rest.
void expectSteadyMemory(int warm, int counted, llvm::function_ref<void()> step,
                        uint64_t slack = littleSlack) {
#if __has_feature(address_sanitizer)
  Probe::notApplicable("the suite is built with a memory checker");
#endif
  for (int i = 0; i < warm; ++i)
    step();
  const uint64_t pages = privateBytes(), heap = heapBytes();
  for (int i = 0; i < counted; ++i)
    step();
  const auto lives = static_cast<uint64_t>(counted);
  const std::string over = " over " + std::to_string(counted) + " lives";
  expectAtMost(heap, heapBytes(), lives * 16 + slack, "a heap" + over);
  expectAtMost(pages, privateBytes(), lives * 1024 + (256 << 10),
               "memory" + over);
}

void addGrowth(CaseList &list, const char *name, void (*test)(Probe &)) {
  list.positive(std::string("memory/") + name, noGrowth, test).isAlone = true;
}

void addMemory(CaseList &list) {
  addGrowth(list, "lives", [](Probe &p) {
    expectSteadyMemory(100, 200, [&] { liveOnce(p); }, compilerSlack);
  });
  addGrowth(list, "create-destroy", [](Probe &p) {
    expectSteadyMemory(500, 1000, [&] { OpenBackend(p).close(); });
  });
  addGrowth(list, "describe-check", [](Probe &p) {
    const OpenBackend backend(p);
    expectSteadyMemory(50, 200, [&] {
      backend.describe();
      for (const Sample &sample : samples())
        backend.check(sample);
    });
  });
  addGrowth(list, "load-unload", [](Probe &p) {
    const Sample &sample = p.taken();
    const OpenBackend backend(p);
    const Compiled compiled = backend.compile(sample);
    expectSteadyMemory(200, 500, [&] {
      LoadedProgram(p, backend, compiled, sample, 2).unload();
    });
  });
  addGrowth(list, "run", [](Probe &p) {
    const Sample &sample = p.taken();
    const OpenBackend backend(p);
    const LoadedProgram program(p, backend, backend.compile(sample), sample);
    expectSteadyMemory(500, 1000, [&] { runOnce(p, program, sample); });
  });
}

void addMemoryOfFailures(CaseList &list) {
  addGrowth(list, "failed-create", [](Probe &p) {
    std::vector<gp_option> options;
    for (const BackendOption &option : p.target().options)
      options.push_back({option.key.c_str(), option.value.c_str()});
    options.push_back({"no-such-option", "1"});
    const gp_create_args args = {sizeof args, p.host().table(), options.data(),
                                 options.size()};
    const gp_plugin &plugin = p.plugin();
    expectSteadyMemory(500, 1000, [&] {
      gp_backend *backend = nullptr;
      Probe::expectFailure(
          p.call("create", [&] { return plugin.create(&args, &backend); }),
          "create");
    });
  });
  addGrowth(list, "failed-compile", [](Probe &p) {
    const Sample &sample = p.taken();
    const OpenBackend backend(p);
    auto compile = [&] {
      Compiled given;
      given.failing = {"result", 0};
      Probe::expectFailure(backend.compile(sample, given), "compile");
    };
    expectSteadyMemory(60, 200, compile, compilerSlack);
  });
  addGrowth(list, "failed-load", [](Probe &p) {
    const Sample &sample = p.taken();
    const OpenBackend backend(p);
    LoadBytes bytes(backend.compile(sample), sample);
    bytes.requirement = "no-such-device";
    expectSteadyMemory(200, 500, [&] {
      gp_executable *executable = nullptr;
      Probe::expectFailure(load(p, backend, bytes, executable), "load");
    });
  });
  addGrowth(list, "failed-run", [](Probe &p) {
    const Sample &sample = p.taken();
    const OpenBackend backend(p);
    const LoadedProgram program(p, backend, backend.compile(sample), sample);
    RunBuffers buffers(sample, program.workspaceBytes(), RunSettings());
    gp_run_args args = buffers.args();
    args.output_count = 0;
    expectSteadyMemory(500, 1000, [&] {
      Probe::expectFailure(
          p.call("run", [&] { return p.plugin().run(program.get(), &args); }),
          "run without outputs");
    });
  });
}

void addCounts(CaseList &list) {
  auto add = [&](const char *name, std::size_t (*count)()) {
    list.positive(name, noGrowth,
                  [count](Probe &p) {
                    // What is kept for the whole process is there after a few
                    // lives.
                    for (int i = 0; i < 3; ++i)
                      liveOnce(p);
                    const std::size_t before = count();
                    for (int i = 0; i < 20; ++i)
                      liveOnce(p);
                    Probe::expect(count() <= before,
                                  std::to_string(before) +
                                      " after 20 more lives",
                                  std::to_string(count()));
                  })
        .isAlone = true;
  };
  add("descriptors", descriptorCount);
  add("threads", threadCount);
}

} // namespace

void addGrowthCases(CaseList &list) {
  list.group("growth");
  addMemory(list);
  addMemoryOfFailures(list);
  addCounts(list);
}

} // namespace glowplug::conformance
