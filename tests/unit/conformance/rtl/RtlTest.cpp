// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cases for hardware: what becomes of plugins that lie in their replays, and
// the files of a case.

#include "core/conformance/rtl/CaseFiles.h"
#include "core/conformance/run/Suite.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>

using namespace glowplug;
using namespace glowplug::conformance;
using ::testing::HasSubstr;
using ::testing::StartsWith;

namespace {

using Made = std::variant<RtlCase, LeftOut>;

AbiTarget targetOf(const std::string &library) {
  AbiTarget target;
  target.library = library;
  target.worker = WORKER;
  target.deadline = std::chrono::seconds(60);
  return target;
}

const ProgramCase &product() {
  static const std::vector<ProgramCase> cases =
      programCases({Depth::quick, Claims{}});
  const auto found = llvm::find_if(cases, [](const ProgramCase &one) {
    return llvm::StringRef(one.name).starts_with("ops/MatMul/i8/r2.") &&
           llvm::StringRef(one.name).contains(".const");
  });
  EXPECT_NE(found, cases.end());
  return *found;
}

Made make(const std::string &library) {
  AbiSession session(targetOf(library));
  llvm::Expected<Made> made = makeRtlCase(product(), 1, session, {});
  EXPECT_TRUE(static_cast<bool>(made));
  return std::move(*made);
}

TEST(RtlCase, HasWhatTheFilesNeed) {
  const Made made = make(HONEST);
  const auto *rtlCase = std::get_if<RtlCase>(&made);
  ASSERT_TRUE(rtlCase) << std::get<LeftOut>(made).reason;
  ASSERT_EQ(rtlCase->signatures.size(), 1u);
  EXPECT_FALSE(rtlCase->replay.commands.empty());
  const std::vector<CaseFile> files = filesOf(*rtlCase);
  const std::vector<CaseFile> again = filesOf(std::get<RtlCase>(make(HONEST)));
  ASSERT_EQ(files.size(), again.size());
  for (size_t i = 0; i < files.size(); ++i)
    EXPECT_EQ(files[i].text, again[i].text) << files[i].name;
}

TEST(RtlCase, PoisonIsNotAmongTheExpectedBytes) {
  EXPECT_EQ(poisonFor({}), 0xa5);
  EXPECT_EQ(poisonFor({0, 0xa4}), 0xa5);
  EXPECT_EQ(poisonFor({0xa5, 0xa6}), 0xa7);
  std::vector<uint8_t> all(256);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(poisonFor(all), 0xa5);
  all.erase(all.begin() + 7);
  EXPECT_EQ(poisonFor(all), 7);
}

class Lying
    : public ::testing::TestWithParam<std::pair<const char *, const char *>> {};

TEST_P(Lying, IsAFailureThatNamesTheRule) {
  const auto &[lie, says] = GetParam();
  const Made made = make(std::string(LIARS) + "/lying-" + lie + ".so");
  const auto *leftOut = std::get_if<LeftOut>(&made);
  ASSERT_TRUE(leftOut);
  EXPECT_TRUE(leftOut->isFailure);
  EXPECT_THAT(leftOut->reason, HasSubstr(says));
}

INSTANTIATE_TEST_SUITE_P(
    All, Lying,
    ::testing::Values(
        std::pair("memory-odd", "a multiple of 16"),
        std::pair("memory-small", "within a memory of 16 bytes"),
        std::pair("command-bytes", "whole commands of 63 bytes"),
        std::pair("machine-twice", "one machine and one list of commands"),
        std::pair("segment-nameless", "a name that is NULL or empty"),
        std::pair("segment-size", "a struct_size of 1"),
        std::pair("segment-wraps", "within a memory of"),
        std::pair("segment-overlaps", "after the end of"),
        std::pair("commands-missing", "one machine and one list of commands"),
        std::pair("unit-idle", "replay: commands of unit"),
        std::pair("output-bytes", "output 0 with"),
        std::pair("output-index", "output 0, once"),
        std::pair("output-missing", "1 outputs"),
        std::pair("crash", "crash in replay"),
        std::pair("half", "all functions set")),
    [](const auto &info) {
      std::string name = info.param.first;
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    });

/// A lie, and the case about calls that notices it.
struct Caught {
  const char *lie, *by;
  AbiResult result = AbiResult::fail;
};

class CaughtByCalls : public ::testing::TestWithParam<Caught> {};

TEST_P(CaughtByCalls, FailsTheCaseOfItsRule) {
  const Caught &given = GetParam();
  const AbiCase &rule = *findAbiCase(given.by);
  llvm::Expected<AbiOutcome> lying = runAbiCase(
      targetOf(std::string(LIARS) + "/lying-" + given.lie + ".so"), rule);
  ASSERT_TRUE(static_cast<bool>(lying));
  EXPECT_EQ(lying->result, given.result)
      << abiResultName(lying->result) << ": " << lying->reason << " want "
      << lying->want << " got " << lying->got;
  llvm::Expected<AbiOutcome> honest = runAbiCase(targetOf(HONEST), rule);
  ASSERT_TRUE(static_cast<bool>(honest));
  EXPECT_EQ(honest->result, AbiResult::pass)
      << honest->reason << " want " << honest->want << " got " << honest->got;
}

INSTANTIATE_TEST_SUITE_P(
    All, CaughtByCalls,
    ::testing::Values(
        Caught{"half", "groups/replay/complete"},
        Caught{"output-bytes", "replay/rules/map"},
        Caught{"another-each-time", "replay/twice"},
        Caught{"another-each-time", "replay/after-run"},
        Caught{"another-each-time", "replay/another-backend"},
        Caught{"another-each-time", "replay/threads"},
        Caught{"another-each-time", "replay/after-other-inputs"},
        Caught{"writes-inputs", "replay/rules/map", AbiResult::crash},
        Caught{"runs", "replay/is-no-run"},
        Caught{"keeps-inputs", "replay/run-stays-the-same"},
        Caught{"forgets-last-run", "replay/last-run-stays-the-same"},
        Caught{"says-nothing", "replay/input-count-1"},
        Caught{"says-nothing", "replay/input-count+1"},
        Caught{"says-nothing", "replay/input-count+7"}),
    [](const auto &info) {
      std::string name = std::string(info.param.lie) + "_" + info.param.by;
      for (char &c : name)
        if (!llvm::isAlnum(c))
          c = c == '+' ? 'p' : '_';
      return name;
    });

} // namespace
