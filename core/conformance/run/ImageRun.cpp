// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Level L4: images that are damaged, and valid all the same. The host verifies
// images before a plugin sees them, so others never get there.

#include "core/conformance/record/Verdict.h"
#include "core/conformance/run/KeepProgram.h"
#include "core/conformance/run/Picks.h"
#include "core/conformance/run/ProgramTarget.h"
#include "core/conformance/run/Suite.h"
#include "core/image/Verify.h"
#include "core/locate/Trial.h"
#include "core/runtime/Errors.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <fmt/format.h>

#include <set>

namespace glowplug::conformance {
namespace {

/// How many damaged images a case tries, and for how many of those that are
/// valid it asks the plugin.
constexpr unsigned mostTries = 4000, mostAsked = 24;
/// Larger programs take too long.
constexpr uint64_t mostElements = 1 << 16;

/// \p image with one to three bytes changed.
std::vector<uint8_t> damaged(llvm::ArrayRef<uint8_t> image, Random &random) {
  std::vector<uint8_t> result = image.vec();
  for (uint64_t count = 1 + random.below(3); count > 0; --count) {
    uint8_t &byte = result[random.below(result.size())];
    switch (random.below(3)) {
    case 0:
      byte = static_cast<uint8_t>(random.next());
      break;
    case 1:
      byte ^= static_cast<uint8_t>(1u << random.below(8));
      break;
    default:
      byte = static_cast<uint8_t>(byte + (random.chance(0.5) ? 1 : 255));
    }
  }
  return result;
}

/// What \p image says, without its names: equal for images that differ in
/// nothing else, or only in bytes that nobody reads.
std::vector<uint8_t> meaningOf(llvm::ArrayRef<uint8_t> image) {
  image::ProgramT content;
  image::GetProgram(image.data())->UnPackTo(&content);
  content.name.clear();
  const auto forget = [](image::BodyT &body) {
    for (auto &value : body.values)
      value->name.clear();
    for (auto &op : body.ops)
      op->name.clear();
  };
  forget(*content.body);
  for (auto &body : content.bodies)
    forget(*body);
  // Hashes are for those who load segments.
  for (auto &segment : content.segments)
    *segment = image::SegmentT();
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(image::Program::Pack(builder, &content));
  return {builder.GetBufferPointer(),
          builder.GetBufferPointer() + builder.GetSize()};
}

/// Whether \p image is small, and says what it does by itself: a plugin may
/// know a composite by its name.
bool isUsable(llvm::ArrayRef<uint8_t> image) {
  const image::Body &body = *image::GetProgram(image.data())->body();
  uint64_t elements = 0;
  for (uint32_t i = 0; body.values() && i < body.values()->size(); ++i) {
    uint64_t count = 1;
    for (int64_t size : arrayOf(body.values()->Get(i)->shape()))
      count = llvm::SaturatingMultiply(count, static_cast<uint64_t>(size));
    elements = llvm::SaturatingAdd(elements, count);
  }
  if (elements > mostElements)
    return false;
  for (uint32_t i = 0; body.ops() && i < body.ops()->size(); ++i)
    if (body.ops()->Get(i)->attributes_type() == image::Attributes::Composite)
      return false;
  return true;
}

/// The types of the inputs: "f32[2,3]", ...
std::vector<std::string> inputTypes(llvm::ArrayRef<uint8_t> image) {
  const image::Body &body = *image::GetProgram(image.data())->body();
  std::vector<std::string> types;
  for (uint32_t input : arrayOf(body.inputs())) {
    const image::Value &value = *body.values()->Get(input);
    types.push_back(
        typeString(fromImage(value.dtype()), arrayOf(value.shape())));
  }
  return types;
}

class ImageRun {
public:
  ImageRun(const ProgramCase &programCase, const Subject &subject,
           CaseRecord &record)
      : programCase(programCase), subject(subject), record(record),
        random(record.seed) {}

  void run();
  /// The program that a run has failed with; nothing if none has.
  llvm::Expected<std::optional<ProgramSample>> wrong() const;

private:
  /// \p image with the segments of the sound program, and with its inputs where
  /// they fit, else with zeros.
  llvm::Expected<ProgramSample> sampleOf(llvm::ArrayRef<uint8_t> image) const;
  /// Asks the plugin for \p image. Whether it answered well.
  bool ask(llvm::ArrayRef<uint8_t> image);
  void judge(Trial &trial, llvm::ArrayRef<uint8_t> image);
  /// Whether all that it gave is right so far.
  bool isRight() const {
    return llvm::all_of(record.measurements, [](const Measurement &measured) {
      return isWithin(measured);
    });
  }

  const ProgramCase &programCase;
  const Subject &subject;
  CaseRecord &record;
  Random random;
  ProgramSample sample;
  unsigned asked = 0, taken = 0;
  std::vector<uint8_t> failed; ///< An image, or empty.
};

llvm::Expected<ProgramSample>
ImageRun::sampleOf(llvm::ArrayRef<uint8_t> image) const {
  ProgramSample made;
  made.image = image.vec();
  for (const AlignedBytes &segment : sample.segments)
    made.segments.emplace_back(llvm::ArrayRef<uint8_t>(segment));
  if (inputTypes(image) == inputTypes(sample.image)) {
    made.inputs = sample.inputs;
    return made;
  }
  const image::Body &body = *image::GetProgram(image.data())->body();
  for (uint32_t input : arrayOf(body.inputs())) {
    const image::Value &value = *body.values()->Get(input);
    llvm::Expected<Tensor> zeros =
        Tensor::zeros(fromImage(value.dtype()), arrayOf(value.shape()));
    if (!zeros)
      return zeros.takeError();
    made.inputs.push_back(std::move(*zeros));
  }
  return made;
}

llvm::Expected<std::optional<ProgramSample>> ImageRun::wrong() const {
  if (failed.empty())
    return std::nullopt;
  llvm::Expected<ProgramSample> made = sampleOf(failed);
  if (!made)
    return made.takeError();
  return std::move(*made);
}

/// Runs the damaged program where it takes the inputs of the sound one.
void ImageRun::judge(Trial &trial, llvm::ArrayRef<uint8_t> image) {
  if (inputTypes(image) != inputTypes(sample.image))
    return;
  ProgramCase changed = programCase;
  changed.make = [&](Random &) { return sampleOf(image); };
  ProgramTarget target(changed);
  llvm::Error unsound = target.make(record.seed);
  if (!unsound)
    unsound = target.enclose(subject.claims.floats);
  if (unsound) // Its results are open, or not defined.
    return llvm::consumeError(std::move(unsound));
  llvm::Expected<std::vector<Tensor>> outputs = trial.run(target.inputs());
  if (!outputs)
    return noteFailure(record, outputs.takeError());
  target.forgetUndefined(*outputs);
  target.judge(*outputs, fmt::format("image {}, ", asked), record);
}

bool ImageRun::ask(llvm::ArrayRef<uint8_t> image) {
  ++asked;
  PartImage part = {subject.backend->name(), image.vec(),
                    sample.segmentBytes()};
  Trial trial(*subject.backend, part, subject.threads);
  llvm::Expected<std::string> refusal = trial.refusal();
  if (!refusal) {
    noteFailure(record, refusal.takeError());
    return false;
  }
  Measurement measured;
  measured.rule = "abi";
  measured.subject = fmt::format("image {}: an answer", asked);
  measured.elements = 1;
  record.measurements.push_back(std::move(measured));
  if (!refusal->empty())
    return true;
  ++taken;
  // What check() takes compiles.
  if (llvm::Error error = trial.prepare()) {
    noteFailure(record, std::move(error));
    record.message =
        fmt::format("image {}, which check() takes: {}", asked, record.message);
    return false;
  }
  judge(trial, image);
  return record.ending == Ending::finished;
}

void ImageRun::run() {
  Random forProgram(record.seed);
  if (llvm::Error error = programCase.make(forProgram).moveInto(sample))
    return noteSuiteError(record, std::move(error));
  if (!isUsable(sample.image)) {
    record.ending = Ending::notApplicable;
    record.message = "the program is large, or has composites";
    return;
  }
  const PartImage part = {subject.backend->name(), sample.image,
                          sample.segmentBytes()};
  Trial trial(*subject.backend, part, subject.threads);
  if (!isTaken(trial, record))
    return;
  std::set<std::vector<uint8_t>> known = {meaningOf(sample.image)};
  for (unsigned i = 0; i < mostTries && asked < mostAsked; ++i) {
    const std::vector<uint8_t> image = damaged(sample.image, random);
    if (llvm::Error error = verifyImage(image)) {
      llvm::consumeError(std::move(error));
      continue;
    }
    if (!isUsable(image) || !known.insert(meaningOf(image)).second)
      continue;
    if (!ask(image) || !isRight()) {
      failed = image;
      break;
    }
  }
  if (asked == 0) {
    record.ending = Ending::notApplicable;
    record.message = "no damaged image of the program was valid";
  }
  record.ops = asked;
  record.opsTaken = taken;
}

} // namespace

void addImageCases(const SuiteOptions &options, std::vector<SuiteCase> &cases) {
  constexpr PickCounts counts = {{1, 1, 2}, {1, 8, 60}};
  for (const Pick &pick : pickPrograms(options, cases, counts)) {
    SuiteCase made;
    made.name = "robust/image/" + pick.name;
    made.level = Level::robust;
    made.features = {{"robust", "image"}};
    made.depth = pick.depth;
    made.run = [program = pick.program](const Subject &subject,
                                        CaseRecord &record) {
      ImageRun(*program, subject, record).run();
    };
    made.keep = [program = pick.program](const Subject &subject,
                                         const CaseRecord &record,
                                         const std::string &folder) {
      CaseRecord again;
      again.seed = record.seed;
      ImageRun run(*program, subject, again);
      run.run();
      llvm::Expected<std::optional<ProgramSample>> wrong = run.wrong();
      if (!wrong)
        return wrong.takeError();
      return *wrong ? keepProgram(**wrong, subject, again.message, folder)
                    : llvm::Error::success();
    };
    cases.push_back(std::move(made));
  }
}

} // namespace glowplug::conformance
