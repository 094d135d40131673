// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The interpreter passes all that it is the judge of. What fails here is a
// defect of a case or of a rule.

#include "core/conformance/cases/Chains.h"
#include "core/conformance/cases/ops/OpCases.h"
#include "core/conformance/record/Verdict.h"
#include "core/conformance/run/Runner.h"
#include "core/runtime/ProgramBackend.h"

#include <gtest/gtest.h>

#include <set>

using namespace glowplug;
using namespace glowplug::conformance;

namespace {

std::string describe(const CaseRecord &record) {
  std::string text = record.name + ": " + verdictName(verdictOf(record)) + " " +
                     record.message;
  for (const Measurement &measurement : record.measurements)
    if (!isWithin(measurement))
      text += "\n  " + measurement.rule + " " + measurement.subject + " at " +
              measurement.where + ": got " + measurement.got + ", want " +
              measurement.want + " within " + measurement.limit + ", " +
              std::to_string(measurement.mismatches) + " of " +
              std::to_string(measurement.elements);
  return text;
}

/// Runs \p made on the interpreter. Lawful backends may give anything in at
/// most \p mostOpen of them.
void expectAllPass(std::vector<ProgramCase> made, size_t mostOpen = 0) {
  std::vector<SuiteCase> cases;
  for (ProgramCase &programCase : made)
    cases.push_back(fromProgram(std::move(programCase)));
  RunnerSettings settings;
  settings.jobs = 2;
  settings.retries = 0;
  const auto open = [] {
    return llvm::Expected<std::shared_ptr<ProgramBackend>>(referenceBackend());
  };
  size_t count = 0, nothing = 0;
  llvm::Error error =
      runCases(cases, {}, open, settings, [&](const CaseRecord &record) {
        ++count;
        const conformance::Verdict verdict = verdictOf(record);
        if (verdict == conformance::Verdict::notApplicable &&
            ++nothing <= mostOpen)
          return;
        EXPECT_EQ(verdict, conformance::Verdict::pass) << describe(record);
      });
  EXPECT_FALSE(static_cast<bool>(error)) << llvm::toString(std::move(error));
  EXPECT_EQ(count, cases.size());
}

TEST(ReferenceTest, TakesAndPassesAllOps) {
  OpCaseOptions options;
  options.depth = Depth::quick;
  std::vector<ProgramCase> cases = opCases(options);
  EXPECT_GE(cases.size(), 3000u);
  expectAllPass(std::move(cases));
}

/// The cases of full that are not of quick.
std::vector<ProgramCase> fullCases() {
  std::vector<ProgramCase> cases = opCases({.depth = Depth::full});
  llvm::erase_if(
      cases, [](const ProgramCase &one) { return one.depth != Depth::full; });
  return cases;
}

/// All of them take minutes.
TEST(ReferenceTest, PassesASampleOfFull) {
  constexpr size_t oneOf = 20;
  std::vector<ProgramCase> cases = fullCases(), sample;
  for (size_t i = 0; i < cases.size(); i += oneOf)
    sample.push_back(std::move(cases[i]));
  EXPECT_GE(sample.size(), 300u);
  expectAllPass(std::move(sample), 2);
}

TEST(ReferenceTest, DISABLED_PassesAllOfFull) {
  expectAllPass(fullCases(), 10);
}

/// A second result that nobody reads would be no test of it.
TEST(ReferenceTest, BothResultsOfRegionsAreOutputs) {
  size_t regions = 0;
  for (const ProgramCase &one : opCases({.depth = Depth::quick})) {
    const llvm::StringRef name = one.name;
    if (!name.contains("region.two_results") &&
        !name.contains("region.two_integers"))
      continue;
    Random random(1);
    llvm::Expected<ProgramSample> sample = one.make(random);
    ASSERT_TRUE(static_cast<bool>(sample));
    ++regions;
    EXPECT_EQ(
        image::GetProgram(sample->image.data())->body()->outputs()->size(), 2u)
        << one.name;
  }
  EXPECT_GE(regions, 4u);
}

TEST(ReferenceTest, PassesChains) {
  std::vector<ProgramCase> cases = chainCases({16, 5});
  EXPECT_EQ(cases.size(), 24u);
  expectAllPass(std::move(cases));
}

} // namespace
