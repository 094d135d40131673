// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Networks and relations between them: the interpreter passes all, and a
// backend that is wrong about long programs only passes none.

#include "core/conformance/models/Quantised.h"
#include "core/conformance/record/Verdict.h"
#include "core/conformance/run/ModelForms.h"
#include "core/conformance/run/Runner.h"
#include "core/conformance/run/SharedModel.h"
#include "core/conformance/run/Suite.h"

#include "core/driver/Compare.h"
#include "core/image/Types.h"
#include "core/support/Convert.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

using namespace glowplug;
using namespace glowplug::conformance;

namespace {

using CaseVerdict = conformance::Verdict;

/// The interpreter under a name of its own; it may get some programs wrong.
class Apprentice : public ProgramBackend {
public:
  /// Programs of more ops than \p mostOps have one wrong bit.
  explicit Apprentice(size_t mostOps = SIZE_MAX)
      : reference(referenceBackend()), mostOps(mostOps),
        description(reference->info()) {
    description.name = "apprentice";
  }

  const BackendInfo &info() const override { return description; }
  llvm::Expected<std::vector<glowplug::Verdict>>
  check(llvm::ArrayRef<uint8_t> image) override {
    return reference->check(image);
  }
  llvm::Expected<CompiledProgram>
  compile(llvm::ArrayRef<uint8_t> image,
          llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments) override {
    return reference->compile(image, segments);
  }
  llvm::Expected<std::unique_ptr<ProgramExecutable>>
  load(const LoadRequest &request) override;

private:
  std::shared_ptr<ProgramBackend> reference;
  const size_t mostOps;
  BackendInfo description;
};

class WrongBit : public ProgramExecutable {
public:
  explicit WrongBit(std::unique_ptr<ProgramExecutable> right)
      : right(std::move(right)) {}

  llvm::Error run(llvm::ArrayRef<llvm::ArrayRef<uint8_t>> inputs,
                  llvm::ArrayRef<llvm::MutableArrayRef<uint8_t>> outputs,
                  void *workspace) override {
    llvm::Error error = right->run(inputs, outputs, workspace);
    if (!error)
      outputs[0][0] ^= 1;
    return error;
  }

private:
  std::unique_ptr<ProgramExecutable> right;
};

llvm::Expected<std::unique_ptr<ProgramExecutable>>
Apprentice::load(const LoadRequest &request) {
  auto executable = reference->load(request);
  if (!executable)
    return executable;
  // A program without ops has no list of them.
  const auto *ops = image::GetProgram(request.blob.data())->body()->ops();
  if (!ops || ops->size() <= mostOps)
    return executable;
  return std::make_unique<WrongBit>(std::move(*executable));
}

std::string describe(const CaseRecord &record) {
  std::string text = record.name + ": " + verdictName(verdictOf(record)) + " " +
                     record.message;
  for (const Measurement &measurement : record.measurements)
    if (!isWithin(measurement))
      text += "\n  " + measurement.rule + " " + measurement.subject + " at " +
              measurement.where + ": got " + measurement.got + ", want " +
              measurement.want + " within " + measurement.limit;
  return text;
}

/// The records of \p cases on an apprentice.
std::vector<CaseRecord> recordsOf(const std::vector<SuiteCase> &cases,
                                  size_t mostOps = SIZE_MAX,
                                  const std::string &keepFolder = {}) {
  RunnerSettings settings;
  settings.keepFolder = keepFolder;
  settings.jobs = 2;
  settings.retries = 0;
  std::vector<CaseRecord> records;
  llvm::Error error = runCases(
      cases, {},
      [=]() -> llvm::Expected<std::shared_ptr<ProgramBackend>> {
        return std::make_shared<Apprentice>(mostOps);
      },
      settings,
      [&](CaseRecord record) { records.push_back(std::move(record)); });
  EXPECT_FALSE(static_cast<bool>(error)) << llvm::toString(std::move(error));
  return records;
}

std::vector<SuiteCase> casesOf(void (*add)(const SuiteOptions &options,
                                           std::vector<SuiteCase> &cases)) {
  const Claims claims;
  std::vector<SuiteCase> cases;
  add({Depth::quick, claims}, cases);
  return cases;
}

void expectAllPass(const std::vector<SuiteCase> &cases) {
  const std::vector<CaseRecord> records = recordsOf(cases);
  EXPECT_EQ(records.size(), cases.size());
  for (const CaseRecord &record : records)
    EXPECT_EQ(verdictOf(record), CaseVerdict::pass) << describe(record);
}

TEST(ModelsTest, TheInterpreterPasses) {
  const std::vector<SuiteCase> cases = casesOf(addModelCases);
  EXPECT_GE(cases.size(), 40u);
  expectAllPass(cases);
}

TEST(ModelsTest, RelationsHoldForTheInterpreter) {
  expectAllPass(casesOf(addRelationCases));
}

TEST(ModelsTest, AliasesHoldForTheInterpreter) {
  expectAllPass(casesOf(addAliasCases));
}

TEST(ModelsTest, IntegersAreHeldToTheBit) {
  std::set<std::string> exact;
  for (const CaseRecord &record : recordsOf(casesOf(addModelCases)))
    if (llvm::any_of(record.measurements, [](const Measurement &measurement) {
          return measurement.rule == "R1";
        }))
      exact.insert(record.features.at("model") + record.features.at("type"));
  for (const char *model : {"resnet", "mobilenet_v2", "inception", "unet",
                            "densenet", "keywords", "autoencoder"})
    for (const char *type : {"u8", "i8"})
      EXPECT_TRUE(exact.count(std::string(model) + type)) << model << type;
}

/// Each op is right, and nothing but a model shows what is wrong.
TEST(ModelsTest, AWrongBitInLongProgramsIsFound) {
  constexpr size_t longerThanOps = 6;
  size_t found = 0, exact = 0;
  for (const CaseRecord &record :
       recordsOf(casesOf(addModelCases), longerThanOps)) {
    const bool isExact =
        llvm::any_of(record.measurements,
                     [](const Measurement &one) { return one.rule == "R1"; });
    exact += isExact;
    found += isExact && verdictOf(record) == CaseVerdict::fail;
  }
  EXPECT_GE(exact, 14u);
  EXPECT_EQ(found, exact);
  for (const CaseRecord &record :
       recordsOf(casesOf(addAliasCases), longerThanOps))
    EXPECT_EQ(verdictOf(record), CaseVerdict::pass) << describe(record);
}

/// Programs of level 1 on a backend that is wrong about all: the images that
/// are made of them are left as programs that build with the header alone.
TEST(ModelsTest, AFailureOnADamagedImageIsKept) {
  const Claims claims;
  const SuiteOptions options = {Depth::smoke, claims};
  std::vector<SuiteCase> cases;
  addOpCases(options, cases);
  addImageCases(options, cases);
  llvm::erase_if(cases, [](const SuiteCase &one) {
    return !llvm::StringRef(one.name).starts_with("robust/image/");
  });
  ASSERT_FALSE(cases.empty());
  llvm::SmallString<128> folder;
  ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("damaged", folder));
  const auto remove =
      llvm::make_scope_exit([&] { llvm::sys::fs::remove_directories(folder); });
  size_t failures = 0;
  for (const CaseRecord &record : recordsOf(cases, 0, folder.str().str())) {
    if (verdictOf(record) != CaseVerdict::fail)
      continue;
    ++failures;
    const std::string kept =
        (folder + "/" + failureFolder(record.name) + "/repro.c").str();
    EXPECT_TRUE(llvm::sys::fs::exists(kept)) << kept;
  }
  EXPECT_GE(failures, 1u);
}

/// Where models are cut, programs are short and right: what is wrong of the
/// whole shows as a difference.
TEST(ModelsTest, CutsDifferFromAWrongWhole) {
  size_t differing = 0;
  for (const CaseRecord &record : recordsOf(casesOf(addRelationCases), 12))
    if (llvm::StringRef(record.name).starts_with("graphs/cut"))
      differing +=
          llvm::any_of(record.measurements, [](const Measurement &measurement) {
            return measurement.mismatches != 0 &&
                   llvm::StringRef(measurement.subject).starts_with("other");
          });
  EXPECT_GE(differing, 3u);
}

TEST(ModelsTest, GapsAreLeftToOthers) {
  const models::Model &model = models::allModels().front();
  llvm::Expected<graphs::Case> made =
      models::quantised(model.make(1, DType::f32), ptq::Scheme::asymmetric, 1);
  ASSERT_TRUE(static_cast<bool>(made)) << llvm::toString(made.takeError());
  const std::string bytes = made->model.SerializeAsString();
  const auto backend = std::make_shared<Apprentice>();
  CaseRecord record;
  SharedModel whole, cut;
  ASSERT_TRUE(whole.compile(bytes, backend, {.name = "m"}, record));
  ASSERT_TRUE(
      cut.compile(bytes, withGaps(backend, {2, 0}), {.name = "m"}, record));
  EXPECT_EQ(whole.opsTaken(), whole.ops());
  EXPECT_LE(cut.opsTaken(), cut.ops() / 2 + 1);
  EXPECT_GE(cut.opsTaken(), cut.ops() / 3);
}

/// The share of \p tensor's elements that no element before them has.
double distinctShare(const Tensor &tensor) {
  const std::vector<double> values = toDoubles(tensor);
  return static_cast<double>(
             std::set<double>(values.begin(), values.end()).size()) /
         static_cast<double>(values.size());
}

/// A network whose activations die or saturate tests nothing.
TEST(ModelsTest, OutputsAreVaried) {
  std::string earlier;
  for (const models::Model &model : models::allModels()) {
    EXPECT_LT(earlier, model.name);
    earlier = model.name;
    const graphs::Case made = model.make(7, DType::f32);
    EXPECT_LE(made.macs, 1.5e6) << model.name;
    CaseRecord record;
    SharedModel shared;
    ASSERT_TRUE(shared.compile(made.model.SerializeAsString(),
                               std::make_shared<Apprentice>(),
                               {.name = model.name}, record))
        << record.message;
    ASSERT_TRUE(shared.load(1, record)) << record.message;
    llvm::Expected<std::vector<Tensor>> outputs =
        shared.session->run(made.inputs);
    ASSERT_TRUE(static_cast<bool>(outputs));
    for (const Tensor &output : *outputs) {
      EXPECT_GE(distinctShare(output), 0.8) << model.name;
      for (const double value : toDoubles(output))
        ASSERT_LT(std::fabs(value), 100) << model.name;
    }
  }
}

TEST(ModelsTest, WeightsFollowFromTheSeed) {
  for (const models::Model &model : models::allModels()) {
    const auto bytes = [&](uint64_t seed) {
      return model.make(seed, DType::f32).model.SerializeAsString();
    };
    EXPECT_EQ(bytes(1), bytes(1)) << model.name;
    EXPECT_NE(bytes(1), bytes(2)) << model.name;
  }
}

} // namespace
