// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cases about compile() and its sink.

#include "core/conformance/abi/CaseList.h"
#include "core/conformance/abi/Run.h"
#include "core/conformance/abi/Twin.h"
#include "core/image/ImageBuilder.h"

#include "llvm/ADT/STLExtras.h"

namespace glowplug::conformance {
namespace {

constexpr const char *takesSoCompiles =
    "When it takes all ops of an image, compile() of that image succeeds, "
    "resources aside.";
constexpr const char *refusedOp =
    "\\retval GP_UNSUPPORTED the image holds an op that check() refuses";
constexpr const char *deterministic =
    "Deterministic: equal arguments and options give equal output.";
constexpr const char *passedOn = "A failure of a sink function is passed on.";
constexpr const char *noPointer =
    "The callee keeps no pointer it was given after it returns, and frees "
    "nothing it did not allocate.";
constexpr const char *segmentCount =
    "Another segment_count than the program has: GP_INVALID_ARGUMENT.";
constexpr const char *textsAreThere =
    "Text fields that describe() and compile() give are not NULL; a verdict "
    "has a reason exactly when it says no.";

void expectSameCompile(const Compiled &first, const Compiled &second,
                       const std::string &what) {
  Probe::expect(first.equals(second), what + ": equal output",
                first.difference(second));
}

//===----------------------------------------------------------------------===//
// Taken and refused
//===----------------------------------------------------------------------===//

void addBySample(CaseList &list) {
  for (const Sample &sample : samples()) {
    list.positive("taken/" + sample.name, takesSoCompiles, [&sample](Probe &p) {
      if (!p.takes(sample))
        Probe::notApplicable("check does not take all of " + sample.name);
      runFresh(p, sample);
    });
    list.negative("refused/" + sample.name, refusedOp, [&sample](Probe &p) {
      const OpenBackend backend(p);
      if (!backend.check(sample).refusesAny())
        Probe::notApplicable("check refuses no op of " + sample.name);
      Compiled given;
      Probe::expectCode(backend.compile(sample, given), GP_UNSUPPORTED,
                        "compile of " + sample.name);
    });
    list.positive("twice/" + sample.name, deterministic, [&sample](Probe &p) {
      if (!p.takes(sample))
        Probe::notApplicable("check does not take all of " + sample.name);
      const OpenBackend backend(p);
      expectSameCompile(backend.compile(sample), backend.compile(sample),
                        "compile of " + sample.name + " again");
    });
  }
}

/// The first sample, which requires a feature that no version has.
Sample withFeature() {
  const Sample &plain = samples().front();
  Sample made;
  made.name = "a program that requires a feature";
  made.inputs = plain.inputs;
  made.outputs = plain.outputs;
  ProgramBuilder builder("feature");
  builder.require("com.example.none");
  const ValueId x =
      builder.input("x", plain.inputs[0].dtype, plain.inputs[0].shape);
  builder.output(builder.map(image::ScalarOp::add, {x, x}));
  made.image = AlignedBytes(llvm::ArrayRef<uint8_t>(builder.finish()));
  return made;
}

void addFeatures(CaseList &list) {
  list.negative("feature/check",
                "An image that requires a feature which the plugin does not "
                "know: check() refuses every op.",
                [](Probe &p) {
                  const OpenBackend backend(p);
                  const Sample sample = withFeature();
                  const Verdicts verdicts = backend.check(sample);
                  for (const Verdicts::One &op : verdicts.ops)
                    Probe::expect(!op.isSupported,
                                  "check: a no for every op of an image that "
                                  "requires an unknown feature",
                                  "a yes");
                });
  list.negative("feature/compile", refusedOp, [](Probe &p) {
    const OpenBackend backend(p);
    Compiled given;
    const Sample sample = withFeature();
    Probe::expectCode(backend.compile(sample, given), GP_UNSUPPORTED,
                      "compile of " + sample.name);
    if (samples().front().outputs.empty() || !p.takes(samples().front()))
      return;
    backend.compile(samples().front());
  });
}

//===----------------------------------------------------------------------===//
// Determinism
//===----------------------------------------------------------------------===//

void addDeterminism(CaseList &list) {
  list.positive("two-backends", deterministic, [](Probe &p) {
    const Sample &sample = p.taken();
    const OpenBackend first(p), second(p);
    expectSameCompile(first.compile(sample), second.compile(sample),
                      "compile in another backend");
  });
  list.positive("after-others", deterministic, [](Probe &p) {
    const Sample &sample = p.taken();
    const OpenBackend backend(p);
    const Compiled first = backend.compile(sample);
    for (const Sample &other : samples())
      if (p.takes(other))
        backend.compile(other);
    expectSameCompile(first, backend.compile(sample),
                      "compile after other programs");
  });
  list.positive("after-failures", deterministic, [](Probe &p) {
    const Sample &sample = p.taken();
    const OpenBackend backend(p);
    const Compiled first = backend.compile(sample);
    for (int i = 0; i < 5; ++i) {
      Compiled failing;
      failing.failing = {"result", 0};
      Probe::expectFailure(backend.compile(sample, failing), "compile");
      Compiled unsupported;
      Probe::expectFailure(backend.compile(withFeature(), unsupported),
                           "compile");
    }
    expectSameCompile(first, backend.compile(sample), "compile after failures");
  });
  list.positive("another-address", deterministic, [](Probe &p) {
    const Sample &sample = p.taken();
    const OpenBackend backend(p);
    const Sample copy = sample.copy();
    expectSameCompile(backend.compile(sample), backend.compile(copy),
                      "compile of the same bytes elsewhere");
  });
  // Another thread has another stack and another heap: an address in the
  // output, even one in a constant, is another one.
  for (const std::string &family : sampleFamilies())
    list.positive("threads/" + family, deterministic, [&family](Probe &p) {
      const Sample &sample = p.taken(family);
      const Compiled first = OpenBackend(p).compile(sample);
      inThreads(4, [&](unsigned) {
        const OpenBackend backend(p);
        for (int i = 0; i < 3; ++i)
          expectSameCompile(first, backend.compile(sample),
                            "compile in another thread");
      });
    });
  list.positive("another-process", deterministic,
                [](Probe &p) {
                  const std::string other = inTwin(p, [](Probe &twin) {
                    return packed(OpenBackend(twin).compile(twin.taken()));
                  });
                  const std::string own =
                      packed(OpenBackend(p).compile(p.taken()));
                  Probe::expect(own == other,
                                "compile: equal output in two processes",
                                "other output");
                })
      .isAlone = true;
  list.positive(
          "another-environment", deterministic,
          [](Probe &p) {
            const std::string other = inTwin(p, [](Probe &twin) {
              setForeignEnvironment();
              return packed(OpenBackend(twin).compile(twin.taken()));
            });
            const std::string own = packed(OpenBackend(p).compile(p.taken()));
            Probe::expect(own == other,
                          "compile: equal output in another folder, time zone "
                          "and locale",
                          "other output");
          })
      .isAlone = true;
}

//===----------------------------------------------------------------------===//
// Output
//===----------------------------------------------------------------------===//

void addRules(CaseList &list) {
  static constexpr struct {
    const char *rule, *sentence, *want;
  } rules[] = {
      {"blob-once", "Exactly once: the program.", "one blob"},
      {"blob-null", "A borrowed run of bytes.", "the bytes of the blob"},
      {"segment-null", "A borrowed run of bytes.", "the bytes of segments"},
      {"keep-index",
       "Any number of times: the index of an original segment that load() "
       "needs.",
       "segments that the program has"},
      {"result-null", "Exactly once.", "a gp_compile_result"},
      {"result-size",
       "A struct passed in begins with struct_size, set by the caller to "
       "sizeof as it was compiled.",
       "a size that a gp_compile_result can have"},
      {"result-tail",
       "A struct passed in begins with struct_size, set by the caller to "
       "sizeof as it was compiled.",
       "no unknown field in gp_compile_result"},
      {"result-once", "Exactly once.", "one result"},
      {"requirement", textsAreThere, "a requirement"},
      {"utf8", "Strings are UTF-8 and end with a zero.", "text in UTF-8"},
      {"workspace",
       "Scratch memory that run() is given; at most GP_WORKSPACE_MAX.",
       "a workspace that a process can address"},
  };
  for (const auto &rule : rules)
    list.positive(rule.rule, rule.sentence, [&rule](Probe &p) {
      p.taken();
      const OpenBackend backend(p);
      for (const Sample &sample : samples()) {
        if (!p.takes(sample))
          continue;
        Compiled given;
        Probe::expectOk(backend.compile(sample, given),
                        "compile of " + sample.name);
        if (const std::string *offence = given.offences.of(rule.rule))
          Probe::fail("compile of " + sample.name + ": " + rule.want, *offence);
      }
    });
  list.positive("blob-and-result", "Exactly once: the program.",
                [](Probe &p) { OpenBackend(p).compile(p.taken()); });
}

/// Bytes given to compile() are gone before load() and run().
void addPointers(CaseList &list) {
  list.positive("image-is-not-kept", noPointer, [](Probe &p) {
    const Sample &sample = p.taken();
    const Outputs expected = runFresh(p, sample);
    const OpenBackend backend(p);
    Sample copy = sample.copy();
    const Compiled compiled = backend.compile(copy);
    std::fill_n(copy.image.data(), copy.image.size(), 0xee);
    for (AlignedBytes &segment : copy.segments)
      std::fill_n(segment.data(), segment.size(), 0xee);
    const LoadedProgram program(p, backend, compiled, sample);
    expectSame(expected, runOnce(p, program, sample),
               "run after the image is gone");
  });
  for (const char *family : {"layers", "matmul", "conv", "constant"})
    list.positive(std::string("segments-are-not-kept/") + family, noPointer,
                  [family](Probe &p) {
                    const Sample &sample = p.taken(family);
                    const Outputs expected = runFresh(p, sample);
                    Sample copy = sample.copy();
                    const OpenBackend backend(p);
                    const Compiled compiled = backend.compile(copy);
                    for (AlignedBytes &segment : copy.segments)
                      std::fill_n(segment.data(), segment.size(), 0xee);
                    const LoadedProgram program(p, backend, compiled, sample);
                    expectSame(expected, runOnce(p, program, sample),
                               "run after the segments are gone");
                  });
}

Status compileWithSegments(Probe &p, const OpenBackend &backend,
                           const Sample &sample, size_t count) {
  std::vector<gp_bytes> segments = sample.segmentBytes();
  static const AlignedBytes more(64);
  segments.resize(count, {more.data(), more.size()});
  Compiled given;
  given.segmentCount = count;
  const gp_compile_sink sink = given.sink();
  const gp_compile_args args = {sizeof args,
                                {sample.image.data(), sample.image.size()},
                                segments.data(),
                                segments.size(),
                                &sink};
  return p.call("compile",
                [&] { return p.plugin().compile(backend.get(), &args); });
}

void addSegmentCounts(CaseList &list) {
  for (const char *family : {"map", "layers"}) {
    for (const int difference : {-2, -1, 1, 2, 100})
      list.negative(
          std::string("segment-count/") + family + (difference > 0 ? "+" : "") +
              std::to_string(difference),
          segmentCount, [family, difference](Probe &p) {
            const Sample &sample = p.taken(family);
            const auto own = static_cast<int>(sample.segments.size());
            if (own + difference < 0)
              Probe::notApplicable("the program has " + std::to_string(own) +
                                   " segments");
            const OpenBackend backend(p);
            Probe::expectCode(
                compileWithSegments(p, backend, sample,
                                    static_cast<size_t>(own + difference)),
                GP_INVALID_ARGUMENT, "compile");
            backend.compile(sample);
          });
  }
}

} // namespace

void addCompileCases(CaseList &list) {
  list.group("compile");
  addRules(list);
  addDeterminism(list);
  addPointers(list);
  addSegmentCounts(list);
  addFeatures(list);
  addBySample(list);
}

//===----------------------------------------------------------------------===//
// Sinks that fail
//===----------------------------------------------------------------------===//

namespace {

/// A sample for which compile() calls \p function more than \p call times.
const Sample &sampleThatCalls(Probe &p, const OpenBackend &backend,
                              const std::string &function, unsigned call) {
  p.taken();
  for (const Sample &sample : samples())
    if (p.takes(sample) && backend.compile(sample).calls[function] > call)
      return sample;
  Probe::notApplicable("compile does not call " + function + " so often");
}

void failAt(Probe &p, const Compiled::Failing &failing) {
  const OpenBackend backend(p);
  const Sample &sample =
      sampleThatCalls(p, backend, failing.function, failing.call);
  Compiled given;
  given.failing = failing;
  const Status status = backend.compile(sample, given);
  Probe::expect(given.failure != nullptr, failing.function + " was called",
                "it was not");
  Probe::expect(status.origin == given.failure,
                "compile: the failure of " + failing.function, status.text());
  Probe::expect(given.callsAfterFailure == 0,
                "compile: no call of the sink after one has failed",
                std::to_string(given.callsAfterFailure));
  backend.compile(sample);
}

} // namespace

void addSinkCases(CaseList &list) {
  list.group("sink");
  const std::pair<const char *, gp_status_code> codes[] = {
      {"out-of-memory", GP_OUT_OF_MEMORY},
      {"invalid-argument", GP_INVALID_ARGUMENT},
      {"device-lost", GP_DEVICE_LOST},
      {"internal", GP_INTERNAL}};
  for (const char *function : {"blob", "segment", "keep_segment", "result"})
    for (const auto &[name, code] : codes)
      list.negative(std::string(function) + "/" + name, passedOn,
                    [function, code = code](Probe &p) {
                      failAt(p, {function, 0, code});
                    });
  for (const char *function : {"segment", "keep_segment"})
    list.negative(
        std::string(function) + "/second", passedOn,
        [function](Probe &p) { failAt(p, {function, 1, GP_OUT_OF_MEMORY}); });
}

} // namespace glowplug::conformance
