// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cases about load(): what it needs, what it refuses, and damaged blobs.

#include "core/conformance/abi/CaseList.h"
#include "core/conformance/abi/Run.h"
#include "core/conformance/abi/Twin.h"

namespace glowplug::conformance {
namespace {

constexpr const char *anotherProcess =
    "Shares nothing with load(): another process may load it.";
constexpr const char *howManyThreads =
    "[in] How many run() may use; at least 1.";
constexpr const char *doesNotFit =
    "\\retval GP_INCOMPATIBLE the requirement does not fit this device";
constexpr const char *segmentCount =
    "Another segment_count than compile() gave: GP_INVALID_ARGUMENT.";
constexpr const char *damaged =
    "A blob that is not as compile() gave it is refused with "
    "GP_INVALID_ARGUMENT or GP_INCOMPATIBLE";
constexpr const char *independent = "Self-contained, position-independent.";

/// A program that is compiled, and a backend to load it on.
struct Setting {
  Probe &p;
  const Sample &sample;
  OpenBackend backend;
  Compiled compiled;
  LoadBytes bytes;

  explicit Setting(Probe &probe, llvm::StringRef family = "")
      : p(probe), sample(probe.taken(family)), backend(probe),
        compiled(backend.compile(sample)), bytes(compiled, sample) {}

  /// load() as `bytes` are now. Frees what it loads, and says so by a success.
  Status load() const {
    gp_executable *executable = untouched<gp_executable>();
    Status status = conformance::load(p, backend, bytes, executable);
    if (status.isOk()) {
      Probe::expect(executable != untouched<gp_executable>() && executable,
                    "load: an executable", "none");
      p.enter("unload", [&] { p.plugin().unload(executable); });
    } else {
      Probe::expect(executable == untouched<gp_executable>(),
                    "load: the pointer to the executable as it was", "another");
    }
    return status;
  }

  /// After a refusal the good program loads as before.
  void expectUsable() {
    bytes = LoadBytes(compiled, sample);
    Probe::expectOk(load(), "load of the undamaged program after it");
  }
};

//===----------------------------------------------------------------------===//
// Good programs
//===----------------------------------------------------------------------===//

void addOtherProcesses(CaseList &list) {
  list.positive("another-process", anotherProcess,
                [](Probe &p) {
                  const std::string compiled = inTwin(p, [](Probe &twin) {
                    return packed(OpenBackend(twin).compile(twin.taken()));
                  });
                  const Sample &sample = p.taken();
                  const OpenBackend backend(p);
                  const LoadedProgram program(p, backend, unpacked(compiled),
                                              sample);
                  expectSame(runOnce(p, program, sample), runFresh(p, sample),
                             "run of a program of another process");
                })
      .isAlone = true;
  list.positive("two-processes", anotherProcess,
                [](Probe &p) {
                  // Three processes in all: one compiles, and two run.
                  const std::string compiled = inTwin(p, [](Probe &twin) {
                    return packed(OpenBackend(twin).compile(twin.taken()));
                  });
                  auto run = [&](Probe &probe) {
                    const Sample &sample = probe.taken();
                    const OpenBackend backend(probe);
                    const LoadedProgram program(probe, backend,
                                                unpacked(compiled), sample);
                    std::string all;
                    for (const auto &output : runOnce(probe, program, sample))
                      all.append(output.begin(), output.end());
                    return all;
                  };
                  const std::string other = inTwin(p, run);
                  Probe::expect(other == run(p),
                                "run: equal outputs in two processes",
                                "other outputs");
                })
      .isAlone = true;
}

void addCopies(CaseList &list) {
  list.positive("another-address", independent, [](Probe &p) {
    const Setting setting(p);
    // Blocks of many sizes move each copy elsewhere.
    const LoadedProgram first(p, setting.backend, setting.compiled,
                              setting.sample);
    const Outputs expected = runOnce(p, first, setting.sample);
    std::vector<AlignedBytes> ballast;
    for (const size_t size : {64, 4096, 1 << 20}) {
      ballast.emplace_back(size);
      const LoadedProgram program(p, setting.backend, setting.compiled,
                                  setting.sample);
      expectSame(expected, runOnce(p, program, setting.sample),
                 "run of a copy elsewhere");
    }
  });
  list.positive("twice", independent, [](Probe &p) {
    const Setting setting(p);
    const LoadedProgram first(p, setting.backend, setting.compiled,
                              setting.sample),
        second(p, setting.backend, setting.compiled, setting.sample);
    expectSame(runOnce(p, first, setting.sample),
               runOnce(p, second, setting.sample), "run of a second load");
  });
  list.positive("one-blob-twice", "Stays valid until unload().", [](Probe &p) {
    const Setting setting(p);
    gp_executable *first = nullptr, *second = nullptr;
    Probe::expectOk(load(p, setting.backend, setting.bytes, first), "load");
    Probe::expectOk(load(p, setting.backend, setting.bytes, second),
                    "load of the same bytes");
    for (gp_executable *executable : {first, second})
      p.enter("unload", [&] { p.plugin().unload(executable); });
  });
}

void addOtherLives(CaseList &list) {
  list.positive("another-backend", anotherProcess, [](Probe &p) {
    const Setting setting(p);
    const OpenBackend other(p);
    const LoadedProgram program(p, other, setting.compiled, setting.sample);
    expectSame(runFresh(p, setting.sample), runOnce(p, program, setting.sample),
               "run on another backend");
  });
  list.positive("compiler-is-gone", anotherProcess, [](Probe &p) {
    const Sample &sample = p.taken();
    Compiled compiled;
    {
      const OpenBackend maker(p);
      compiled = maker.compile(sample);
    }
    const OpenBackend backend(p);
    const LoadedProgram program(p, backend, compiled, sample);
    runOnce(p, program, sample);
  });
  list.positive(
      "requirement-is-not-kept",
      "The callee keeps no pointer it was given after it returns, "
      "and frees nothing it did not allocate.",
      [](Probe &p) {
        Setting setting(p);
        gp_executable *executable = nullptr;
        std::vector<gp_bytes> segments;
        const gp_load_args args = setting.bytes.args(segments);
        Probe::expectOk(p.call("load",
                               [&] {
                                 return p.plugin().load(setting.backend.get(),
                                                        &args, &executable);
                               }),
                        "load");
        // The list and the text may go; only bytes stay.
        segments.assign(segments.size(), {nullptr, 0});
        std::fill(setting.bytes.requirement.begin(),
                  setting.bytes.requirement.end(), '#');
        RunBuffers buffers(setting.sample, setting.compiled.workspaceBytes,
                           RunSettings());
        const gp_run_args run = buffers.args();
        Probe::expectOk(
            p.call("run", [&] { return p.plugin().run(executable, &run); }),
            "run");
        p.enter("unload", [&] { p.plugin().unload(executable); });
        expectSame(runFresh(p, setting.sample), buffers.outputs(),
                   "run after the arguments are gone");
      });
}

void addThreadCounts(CaseList &list) {
  for (const uint32_t threads : {1u, 2u, 3u, 8u, 64u, 1024u})
    for (const char *family : {"map", "large", "product"})
      list.positive(
          "threads-" + std::to_string(threads) + "/" + family, howManyThreads,
          [threads, family](Probe &p) {
            const Setting setting(p, family);
            const Outputs expected = runFresh(p, setting.sample);
            const LoadedProgram program(p, setting.backend, setting.compiled,
                                        setting.sample, threads);
            expectSame(expected, runOnce(p, program, setting.sample),
                       "run with " + std::to_string(threads) + " threads");
          });
}

//===----------------------------------------------------------------------===//
// Refusals
//===----------------------------------------------------------------------===//

void addRequirements(CaseList &list) {
  const std::pair<const char *, std::string> texts[] = {
      {"word", "no-such-device"},
      {"garbage", "\x01\x02 ;;; {{{ %n%s"},
      {"long", std::string(65536, 'q')},
      {"not-utf8", "\xff\xfe\xfd"},
  };
  for (const auto &[name, text] : texts)
    list.negative("requirement-" + std::string(name), doesNotFit,
                  [text = text](Probe &p) {
                    Setting setting(p);
                    setting.bytes.requirement = text;
                    Probe::expectCode(setting.load(), GP_INCOMPATIBLE,
                                      "load with another requirement");
                    setting.expectUsable();
                  });
  using Change = std::string (*)(std::string);
  const std::pair<const char *, Change> changes[] = {
      {"empty", [](std::string) { return std::string(); }},
      {"cut", [](std::string text) { return text.substr(0, text.size() / 2); }},
      {"longer", [](std::string text) { return text + " more"; }},
      {"doubled", [](std::string text) { return text + text; }},
  };
  // What a device makes of a part of the text is its own business.
  for (const auto &[name, change] : changes)
    list.robust("requirement-" + std::string(name), doesNotFit,
                [change = change](Probe &p) {
                  Setting setting(p);
                  setting.bytes.requirement = change(setting.bytes.requirement);
                  const Status status = setting.load();
                  if (!status.isOk())
                    Probe::expectFailure(status, "load");
                  setting.expectUsable();
                });
}

void addSegmentCounts(CaseList &list) {
  for (const char *family : {"map", "layers", "constant"})
    for (const int difference : {-2, -1, 1, 2})
      list.negative(
          std::string("segment-count/") + family + (difference > 0 ? "+" : "") +
              std::to_string(difference),
          segmentCount, [family, difference](Probe &p) {
            Setting setting(p, family);
            auto &segments = setting.bytes.segments;
            const auto own = static_cast<int>(segments.size());
            if (own + difference < 0)
              Probe::notApplicable("the program has " + std::to_string(own) +
                                   " segments");
            while (segments.size() > static_cast<size_t>(own + difference))
              segments.pop_back();
            while (segments.size() < static_cast<size_t>(own + difference))
              segments.emplace_back(64);
            Probe::expectCode(setting.load(), GP_INVALID_ARGUMENT, "load");
            setting.expectUsable();
          });
}

} // namespace

void addLoadCases(CaseList &list) {
  list.group("load");
  addOtherProcesses(list);
  addCopies(list);
  addOtherLives(list);
  addThreadCounts(list);
  addRequirements(list);
  addSegmentCounts(list);
}

//===----------------------------------------------------------------------===//
// Damaged blobs
//===----------------------------------------------------------------------===//

namespace {

/// load() of \p blob instead of the program.
void expectDamaged(Setting &setting, llvm::ArrayRef<uint8_t> blob) {
  if (setting.p.manifest() && setting.p.manifest()->hasUncheckedBlobs)
    Probe::notApplicable(
        "the manifest says that blobs are not checked: \"blob\": \"code\"");
  setting.bytes.blob = AlignedBytes(blob);
  const Status status = setting.load();
  Probe::expectFailure(status, "load of a damaged blob");
  Probe::expect(status.code == GP_INVALID_ARGUMENT ||
                    status.code == GP_INCOMPATIBLE,
                "load of a damaged blob: GP_INVALID_ARGUMENT or "
                "GP_INCOMPATIBLE",
                status.text());
  setting.expectUsable();
}

llvm::ArrayRef<uint8_t> blobOf(const Setting &setting) {
  return setting.compiled.blob;
}

void addTruncations(CaseList &list) {
  for (const size_t size : {0, 1, 3, 4, 7, 8, 12, 16, 31, 32, 48, 63, 64, 96,
                            127, 128, 256, 512, 1024})
    list.negative("first-" + std::to_string(size), damaged, [size](Probe &p) {
      Setting setting(p);
      if (blobOf(setting).size() <= size)
        Probe::notApplicable("the blob has " +
                             std::to_string(blobOf(setting).size()) + " bytes");
      expectDamaged(setting, blobOf(setting).take_front(size));
    });
  for (const size_t size : {1, 2, 4, 8, 16, 64, 100})
    list.negative("without-last-" + std::to_string(size), damaged,
                  [size](Probe &p) {
                    Setting setting(p);
                    if (blobOf(setting).size() <= size)
                      Probe::notApplicable("the blob is shorter");
                    expectDamaged(setting, blobOf(setting).drop_back(size));
                  });
  for (const size_t size : {1, 8, 64, 4096})
    list.negative("longer-" + std::to_string(size), damaged, [size](Probe &p) {
      Setting setting(p);
      std::vector<uint8_t> blob = blobOf(setting).vec();
      blob.resize(blob.size() + size, 0);
      expectDamaged(setting, blob);
    });
}

/// One byte of the head, another value each time.
void addChanges(CaseList &list) {
  for (size_t at = 0; at < 64; at += 4)
    list.negative("byte-" + std::to_string(at), damaged, [at](Probe &p) {
      Setting setting(p);
      for (size_t byte = at; byte < at + 4 && byte < blobOf(setting).size();
           ++byte)
        for (const uint8_t change : {0x01, 0x80, 0xff}) {
          std::vector<uint8_t> blob = blobOf(setting).vec();
          blob[byte] ^= change;
          expectDamaged(setting, blob);
        }
    });
  list.negative("bytes-all-over", damaged, [](Probe &p) {
    Setting setting(p);
    const size_t size = blobOf(setting).size();
    for (size_t i = 0; i < 64; ++i) {
      std::vector<uint8_t> blob = blobOf(setting).vec();
      blob[i * size / 64] ^= 0x10;
      expectDamaged(setting, blob);
    }
  });
}

void addForeign(CaseList &list) {
  const std::pair<const char *, std::string> blobs[] = {
      {"zeros", std::string(4096, '\0')},
      {"ones", std::string(4096, '\xff')},
      {"text", "This is no program, whatever else it may be. It is here to be "
               "refused, and to be refused with words."},
      {"elf", std::string("\x7f"
                          "ELF\x02\x01\x01") +
                  std::string(512, '\0')},
      {"json", "{\"version\": 1, \"blob\": []}" + std::string(64, ' ')},
      {"zip", "PK\x03\x04" + std::string(256, 'z')},
      {"artifact", std::string("\x10\0\0\0GPXF", 8) + std::string(256, '\0')},
  };
  for (const auto &[name, blob] : blobs)
    list.negative(
        "foreign-" + std::string(name), damaged, [blob = blob](Probe &p) {
          Setting setting(p);
          expectDamaged(
              setting,
              {reinterpret_cast<const uint8_t *>(blob.data()), blob.size()});
        });
  list.negative("foreign-reversed", damaged, [](Probe &p) {
    Setting setting(p);
    std::vector<uint8_t> blob = blobOf(setting).vec();
    std::reverse(blob.begin(), blob.end());
    expectDamaged(setting, blob);
  });
  list.negative("foreign-twice", damaged, [](Probe &p) {
    Setting setting(p);
    std::vector<uint8_t> blob = blobOf(setting).vec();
    blob.insert(blob.end(), blobOf(setting).begin(), blobOf(setting).end());
    expectDamaged(setting, blob);
  });
  list.negative("foreign-shifted", damaged, [](Probe &p) {
    Setting setting(p);
    std::vector<uint8_t> blob = blobOf(setting).vec();
    blob.insert(blob.begin(), 8, 0);
    expectDamaged(setting, blob);
  });
}

} // namespace

void addBlobCases(CaseList &list) {
  list.group("blob");
  addTruncations(list);
  addChanges(list);
  addForeign(list);
}

} // namespace glowplug::conformance
