// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cases about describe() and check().

#include "core/conformance/abi/CaseList.h"
#include "core/conformance/abi/Objects.h"

#include <glowplug/image.h>

#include "llvm/ADT/STLExtras.h"

namespace glowplug::conformance {
namespace {

constexpr const char *textsAreThere =
    "Text fields that describe() and compile() give are not NULL; a verdict "
    "has a reason exactly when it says no.";
constexpr const char *utf8 = "Strings are UTF-8 and end with a zero.";
constexpr const char *sizeRule =
    "A struct passed in begins with struct_size, set by the caller to sizeof "
    "as it was compiled.";
constexpr const char *plainName =
    "As in `--backend NAME`: lower case, digits, '-'.";
constexpr const char *oncePerOp = "Once per op, in any order.";
constexpr const char *sayWhat = "Says what it is and what it can do.";
constexpr const char *otherObjects =
    "Different objects may be used at the same time.";

/// A rule that Offences knows, as a case.
struct Rule {
  const char *rule;
  const char *sentence;
  const char *want;
};

//===----------------------------------------------------------------------===//
// describe
//===----------------------------------------------------------------------===//

constexpr Rule describeRules[] = {
    {"info-null", sizeRule, "a gp_backend_info"},
    {"info-size", sizeRule, "a size that a gp_backend_info can have"},
    {"info-tail", sizeRule, "no unknown field in gp_backend_info"},
    {"info-once", "Exactly once.", "one call of info"},
    {"name", textsAreThere, "a name"},
    {"name-form", plainName, "lower case letters, digits and '-'"},
    {"version", textsAreThere, "a version"},
    {"target", textsAreThere, "a target"},
    {"option-null", sizeRule, "a gp_option_info"},
    {"option-size", sizeRule, "a size that a gp_option_info can have"},
    {"option-tail", sizeRule, "no unknown field in gp_option_info"},
    {"option-key", textsAreThere, "a key for each option"},
    {"option-default", textsAreThere, "a default for each option"},
    {"option-help", textsAreThere, "help for each option"},
    {"option-line", "One line.", "help of one line"},
    {"option-once", "Once per option of create().", "each key once"},
    {"op-null", sizeRule, "a gp_op_info"},
    {"op-size", sizeRule, "a size that a gp_op_info can have"},
    {"op-tail", sizeRule, "no unknown field in gp_op_info"},
    {"op-kind", "gp_image_attributes_* : the op kind.",
     "op kinds of the primitive set"},
    {"op-composite", "Name, when op is a composite; else NULL.",
     "a name for composites only"},
    {"op-version", "Newest version of the op it takes.", "versions from 1 on"},
    {"op-types", "Bit (1 << gp_image_dtype_*) per result type.",
     "bits of element types only"},
    {"op-once", "Once per (op kind, composite name).", "each row once"},
    {"utf8", utf8, "text in UTF-8"},
};

void addDescribeRules(CaseList &list) {
  for (const Rule &rule : describeRules)
    list.positive(rule.rule, rule.sentence, [&rule](Probe &p) {
      const OpenBackend backend(p);
      const Description given = backend.describe();
      if (const std::string *offence = given.offences.of(rule.rule))
        Probe::fail(std::string("describe: ") + rule.want, *offence);
    });
}

void addDescriptions(CaseList &list) {
  list.positive("info", "Exactly once.", [](Probe &p) {
    const OpenBackend backend(p);
    const Description given = backend.describe();
    Probe::expect(given.infos == 1, "describe: one call of info",
                  std::to_string(given.infos));
  });
  list.positive("container", "Newest image container it reads.", [](Probe &p) {
    const uint32_t version = OpenBackend(p).describe().containerVersionMax;
    Probe::expect(version >= GP_IMAGE_CONTAINER_VERSION,
                  "container_version_max of at least " +
                      std::to_string(GP_IMAGE_CONTAINER_VERSION),
                  std::to_string(version));
  });
  list.positive("opset", "Newest primitive set it knows.", [](Probe &p) {
    const uint32_t version = OpenBackend(p).describe().opsetVersionMax;
    Probe::expect(version >= GP_IMAGE_OPSET_VERSION,
                  "opset_version_max of at least " +
                      std::to_string(GP_IMAGE_OPSET_VERSION),
                  std::to_string(version));
  });
  list.positive("twice", sayWhat, [](Probe &p) {
    const OpenBackend backend(p);
    Probe::expect(backend.describe().equals(backend.describe()),
                  "describe: the same each time", "something else");
  });
  list.positive("another-backend", sayWhat, [](Probe &p) {
    const Description first = OpenBackend(p).describe();
    Probe::expect(OpenBackend(p).describe().equals(first),
                  "describe: the same of another backend", "something else");
  });
  list.positive("threads", otherObjects, [](Probe &p) {
    const Description first = OpenBackend(p).describe();
    inThreads(4, [&](unsigned) {
      const OpenBackend backend(p);
      for (int i = 0; i < 20; ++i)
        Probe::expect(backend.describe().equals(first),
                      "describe: the same in each thread", "something else");
    });
  });
  list.positive("manifest", sayWhat, [](Probe &p) {
    if (!p.manifest())
      Probe::notApplicable("there is no manifest beside the library");
    const PluginManifest &manifest = *p.manifest();
    const Description given = OpenBackend(p).describe();
    Probe::expect(given.name == manifest.name,
                  "the name of the manifest, '" + manifest.name + "'",
                  "'" + given.name + "'");
    Probe::expect(given.containerVersionMax == manifest.containerVersion &&
                      given.opsetVersionMax == manifest.opsetVersion,
                  "the versions of the manifest", "others");
  });
  list.positive(
      "ops",
      "One row of the operation table: a rough map; check() "
      "has the last word.",
      [](Probe &p) {
        const OpenBackend backend(p);
        const Description given = backend.describe();
        for (const Sample &sample : samples()) {
          if (!p.takes(sample))
            continue;
          const gp_image_body body =
              gp_image_program_body(gp_image_root(sample.image.data()));
          for (size_t i = 0; i < gp_image_body_ops_count(body); ++i) {
            const auto kind = static_cast<uint32_t>(
                gp_image_op_attributes_type(gp_image_body_ops_at(body, i)));
            Probe::expect(llvm::any_of(given.ops,
                                       [&](const Description::Op &op) {
                                         return op.op == kind;
                                       }) ||
                              kind == gp_image_attributes_composite,
                          "a row for each op kind that check takes",
                          "none for kind " + std::to_string(kind) + ", of " +
                              sample.name);
          }
        }
      });
}

//===----------------------------------------------------------------------===//
// check
//===----------------------------------------------------------------------===//

constexpr Rule verdictRules[] = {
    {"verdict-null", sizeRule, "a gp_verdict"},
    {"verdict-size", sizeRule, "a size that a gp_verdict can have"},
    {"verdict-tail", sizeRule, "no unknown field in gp_verdict"},
    {"index", "Into Body.ops of Program.body.", "an op of the body"},
    {"once", oncePerOp, "one verdict per op"},
    {"supported", "1 or 0.", "1 or 0"},
    {"split",
     "1 when only the epilogue is in the way: the host splits it and "
     "asks again.",
     "1 or 0"},
    {"split-supported", "Only with supported == 0.",
     "split_epilogue for refused ops only"},
    {"reason-yes", textsAreThere, "no reason for a yes"},
    {"reason-no", "Why not; NULL when supported.", "a reason for each no"},
    {"reason-empty", "Why not; NULL when supported.", "a reason with words"},
    {"utf8", utf8, "reasons in UTF-8"},
};

void addVerdictRules(CaseList &list) {
  for (const Rule &rule : verdictRules)
    list.positive(rule.rule, rule.sentence, [&rule](Probe &p) {
      const OpenBackend backend(p);
      for (const Sample &sample : samples()) {
        const Verdicts verdicts = backend.check(sample);
        if (const std::string *offence = verdicts.offences.of(rule.rule))
          Probe::fail("check of " + sample.name + ": " + rule.want, *offence);
      }
    });
}

/// Per sample: the call succeeds, whatever it takes, and says the same again.
void addVerdicts(CaseList &list) {
  for (const Sample &sample : samples())
    list.positive("answers/" + sample.name, oncePerOp, [&sample](Probe &p) {
      const OpenBackend backend(p);
      const Verdicts first = backend.check(sample);
      if (const std::string *offence = first.offences.any())
        Probe::fail("check of " + sample.name + ": lawful verdicts", *offence);
      Probe::expect(backend.check(sample).ops == first.ops,
                    "check of " + sample.name + ": the same again",
                    "other verdicts");
    });
  list.positive("takes-something",
                "Says which ops of the program body it "
                "takes.",
                [](Probe &p) {
                  if (llvm::none_of(samples(), [&](const Sample &sample) {
                        return p.takes(sample);
                      }))
                    Probe::notApplicable("the plugin takes no sample");
                });
  list.positive("another-backend", oncePerOp, [](Probe &p) {
    const OpenBackend first(p), second(p);
    for (const Sample &sample : samples())
      Probe::expect(first.check(sample).ops == second.check(sample).ops,
                    "check of " + sample.name + ": the same in two backends",
                    "other verdicts");
  });
  list.positive("any-order", oncePerOp, [](Probe &p) {
    const OpenBackend backend(p);
    std::vector<Verdicts> forward;
    for (const Sample &sample : samples())
      forward.push_back(backend.check(sample));
    for (size_t i = samples().size(); i-- > 0;)
      Probe::expect(backend.check(samples()[i]).ops == forward[i].ops,
                    "check of " + samples()[i].name +
                        ": the same in another order",
                    "other verdicts");
  });
  list.positive("threads", otherObjects, [](Probe &p) {
    std::vector<Verdicts> expected;
    {
      const OpenBackend backend(p);
      for (const Sample &sample : samples())
        expected.push_back(backend.check(sample));
    }
    inThreads(4, [&](unsigned) {
      const OpenBackend backend(p);
      for (size_t i = 0; i < samples().size(); ++i)
        Probe::expect(backend.check(samples()[i]).ops == expected[i].ops,
                      "check of " + samples()[i].name +
                          ": the same in each thread",
                      "other verdicts");
    });
  });
  list.positive(
      "image-is-not-kept",
      "The callee keeps no pointer it was given after it returns, "
      "and frees nothing it did not allocate.",
      [](Probe &p) {
        const OpenBackend backend(p);
        for (const Sample &sample : samples()) {
          AlignedBytes copy{llvm::ArrayRef<uint8_t>(sample.image)};
          Verdicts verdicts;
          const gp_check_args args = verdicts.args({copy.data(), copy.size()});
          Probe::expectOk(
              p.call("check",
                     [&] { return p.plugin().check(backend.get(), &args); }),
              "check");
          std::fill_n(copy.data(), copy.size(), 0xee);
          Probe::expect(backend.check(sample).ops == verdicts.ops,
                        "check of " + sample.name +
                            ": the same after the image is gone",
                        "other verdicts");
        }
      });
}

} // namespace

void addDescribeCases(CaseList &list) {
  list.group("describe");
  addDescribeRules(list);
  addDescriptions(list);
}

void addCheckCases(CaseList &list) {
  list.group("check");
  addVerdictRules(list);
  addVerdicts(list);
}

} // namespace glowplug::conformance
