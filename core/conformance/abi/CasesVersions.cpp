// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cases about ops of a version that a plugin does not take: a host that is
// newer than the plugin knows of them.

#include "core/conformance/abi/CaseList.h"
#include "core/conformance/abi/Run.h"
#include "core/image/Types.h"

#include "llvm/ADT/STLExtras.h"

namespace glowplug::conformance {
namespace {

constexpr const char *newestTaken = "Newest version of the op it takes.";
constexpr const char *refusedOp =
    "\\retval GP_UNSUPPORTED the image holds an op that check() refuses";

/// The first sample of a family that the plugin takes, with some ops of the
/// version that comes after the one it declares.
struct NewerSample {
  Sample sample;
  std::vector<uint16_t> versions; ///< by op; 0: as it was
};

uint16_t versionAfter(const Description &given, const image::Op &op) {
  // What a composite does is its body, which a plugin may take whatever the
  // version; constants are not work.
  const image::Attributes kind = op.attributes_type();
  if (!isPrimitive(kind))
    return 0;
  const auto row = llvm::find_if(given.ops, [&](const Description::Op &each) {
    return each.op == static_cast<uint32_t>(kind);
  });
  if (row == given.ops.end() || row->version >= UINT16_MAX)
    return 0;
  return static_cast<uint16_t>(row->version + 1);
}

NewerSample newer(Probe &p, const OpenBackend &backend,
                  const std::string &family) {
  const Sample &plain = p.taken(family);
  const Description given = backend.describe();
  image::ProgramT content;
  image::GetProgram(plain.image.data())->UnPackTo(&content);
  NewerSample made;
  for (size_t i = 0; i < content.body->ops.size(); ++i) {
    const uint16_t version = versionAfter(
        given, *image::GetProgram(plain.image.data())->body()->ops()->Get(i));
    made.versions.push_back(version);
    if (version)
      content.body->ops[i]->version = version;
  }
  if (llvm::all_of(made.versions, [](uint16_t version) { return !version; }))
    Probe::notApplicable("describe has no row for an op of " + plain.name);
  flatbuffers::FlatBufferBuilder bytes;
  image::FinishProgramBuffer(bytes, image::CreateProgram(bytes, &content));
  made.sample = plain.copy();
  made.sample.name += " with newer ops";
  made.sample.image = AlignedBytes(
      llvm::ArrayRef<uint8_t>(bytes.GetBufferPointer(), bytes.GetSize()));
  return made;
}

} // namespace

void addVersionCases(CaseList &list) {
  list.group("version");
  for (const std::string &family : sampleFamilies()) {
    list.negative("check/" + family, newestTaken, [&family](Probe &p) {
      const OpenBackend backend(p);
      const NewerSample made = newer(p, backend, family);
      const Verdicts verdicts = backend.check(made.sample);
      for (size_t i = 0; i < made.versions.size(); ++i)
        if (made.versions[i])
          Probe::expect(!verdicts.ops[i].isSupported,
                        "check: a no for op " + std::to_string(i) + " of " +
                            made.sample.name + ", which has version " +
                            std::to_string(made.versions[i]),
                        "a yes");
    });
    list.negative("compile/" + family, refusedOp, [&family](Probe &p) {
      const OpenBackend backend(p);
      const NewerSample made = newer(p, backend, family);
      Compiled given;
      Probe::expectCode(backend.compile(made.sample, given), GP_UNSUPPORTED,
                        "compile of " + made.sample.name);
      backend.compile(p.taken(family));
    });
  }
}

} // namespace glowplug::conformance
