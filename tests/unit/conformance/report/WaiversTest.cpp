// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Waivers are read strictly, end, and hide nothing that works.

#include "tests/unit/conformance/report/Samples.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

using namespace glowplug::conformance;

namespace {

constexpr const char *conv = "ops/Conv/u8/n3/tosa_single";

Json fileOf(const Waiver &waiver) {
  return {{"schema", 1}, {"waivers", {toJson(waiver)}}};
}

std::string faultOf(const Json &file) {
  auto waivers = parseWaivers(file.dump(), "waivers.json");
  return waivers ? "no fault" : llvm::toString(waivers.takeError());
}

/// What a file says whose waiver has \p value for \p key.
std::string faultWith(const char *key, const Json &value) {
  Json file = fileOf(waiverFor("E1", "ops/*"));
  file["waivers"][0][key] = value;
  return faultOf(file);
}

RunData wrongRun(const std::string &expires = "2026-12-31") {
  RunData run = sampleRun();
  makeWrong(caseOf(run, conv));
  run.waivers = {waiverFor("E1", "ops/Conv/*/n3/*", expires)};
  return run;
}

Verdict verdictIn(const Report &report, const std::string &name) {
  for (const JudgedCase &one : report.cases)
    if (one.record.name == name)
      return one.verdict;
  return Verdict::suite;
}

TEST(Waivers, AreReadAsTheyAreWritten) {
  const Json json = toJson(waiverFor("E1", "ops/{Conv,Pad}/*"));
  const auto again = llvm::cantFail(
      parseWaivers(Json{{"schema", 1}, {"waivers", {json}}}.dump(), "w"));
  EXPECT_EQ(toJson(again.front()), json);
}

TEST(Waivers, TheExampleOfThePageIsOne) {
  std::ostringstream page;
  page << std::ifstream(REPORT_PAGE).rdbuf();
  const std::string text = page.str(), fence = "```json\n";
  const size_t begin = text.find(fence) + fence.size();
  const auto waivers = llvm::cantFail(parseWaivers(
      text.substr(begin, text.find("```", begin) - begin), "page"));
  ASSERT_EQ(waivers.size(), 1u);
  EXPECT_TRUE(
      waivers[0].globs.matches("ops/Conv/u8.i8/k3x3.s2x1.g4/tosa_double"));
}

TEST(Waivers, FaultsNameWaiverAndField) {
  const std::string field = "waivers.json: waiver 'E1': field ";
  EXPECT_EQ(faultWith("expires", "2027-01-01"), "no fault");
  EXPECT_EQ(faultWith("expires", "2027-01-02"),
            field + "'expires' needs a day of at most 12 months after the "
                    "approval, 2027-01-01, but got 2027-01-02");
  EXPECT_EQ(faultWith("expires", "2025-12-31"),
            field + "'expires' is 2025-12-31, before the approval of "
                    "2026-01-01");
  EXPECT_EQ(faultWith("approved", "2026-02-29"),
            field + "'approved' needs a day as 'YYYY-MM-DD', but got "
                    "'2026-02-29'");
  EXPECT_EQ(faultWith("kind", "whim"),
            field + "'kind' needs 'hardware-erratum', 'test-bug' or "
                    "'spec-gap', but got 'whim'");
  EXPECT_EQ(faultWith("reason", " "), field + "'reason' is empty");
  EXPECT_EQ(faultWith("issue", "javascript:alert(1)"),
            field + "'issue' needs a URL of http or https, but got "
                    "'javascript:alert(1)'");
  EXPECT_EQ(faultWith("versions", ">=one"),
            field + "'versions' needs '*', a version or a range as '>=1.2 "
                    "<2', but got '>=one'");
  EXPECT_EQ(faultWith("cases", Json::array()), field + "'cases' is empty");
  EXPECT_NE(faultWith("cases", {"ops/[a"}).find("'ops/[a' is broken"),
            std::string::npos);
  EXPECT_EQ(faultWith("comment", "x"), field + "'comment' is unknown");
}

TEST(Waivers, FilesOfOtherFormsAreRefused) {
  Json file = fileOf(waiverFor("E1", "ops/*"));
  file["schema"] = 2;
  EXPECT_EQ(faultOf(file), "waivers.json: field 'schema' needs 1, but got 2");
  file = fileOf(waiverFor("E1", "ops/*"));
  file["waivers"].push_back(file["waivers"][0]);
  EXPECT_EQ(faultOf(file), "waivers.json: field 'waivers' has 'E1' twice");
}

TEST(Waivers, AWaivedFailureIsAllowed) {
  const Report report = reportOf(wrongRun());
  EXPECT_EQ(verdictIn(report, conv), Verdict::waived);
  EXPECT_EQ(report.failures(), 0u);
  EXPECT_TRUE(report.hasPassed());
}

TEST(Waivers, AWaivedCaseThatPassesFailsTheRun) {
  RunData run = sampleRun();
  run.waivers = {waiverFor("E1", "ops/Conv/*/n3/tosa_single")};
  const Report report = reportOf(run);
  EXPECT_EQ(verdictIn(report, conv), Verdict::unexpectedPass);
  EXPECT_FALSE(report.hasPassed());
}

TEST(Waivers, TheyHoldUntilTheirLastDay) {
  EXPECT_EQ(verdictIn(reportOf(wrongRun("2026-06-01")), conv), Verdict::waived);
  const Report after = reportOf(wrongRun("2026-05-31"));
  EXPECT_EQ(verdictIn(after, conv), Verdict::fail);
  EXPECT_EQ(after.waivers[0].state, WaiverState::expired);
  EXPECT_EQ(after.waivers[0].cases.size(), 2u) << "both recipes are named";
}

TEST(Waivers, OtherPluginsAndVersionsAreNotMeant) {
  RunData run = wrongRun();
  run.identity.pluginVersion = "2.0";
  EXPECT_EQ(reportOf(run).waivers[0].state, WaiverState::otherVersion);
  run.identity.pluginName = "other";
  EXPECT_EQ(reportOf(run).waivers[0].state, WaiverState::otherPlugin);
  run = wrongRun();
  run.environments[0].finished = "2025-12-31T23:59:59Z";
  EXPECT_EQ(reportOf(run).waivers[0].state, WaiverState::notYet);
  EXPECT_EQ(verdictIn(reportOf(run), conv), Verdict::fail);
}

TEST(Versions, RangesCompareNumbers) {
  const auto contains = [](const char *range, const char *version) {
    return VersionRange::parse(range)->contains(version);
  };
  EXPECT_TRUE(contains("*", "anything at all"));
  EXPECT_TRUE(contains(">=1.2 <2", "1.2.0"));
  EXPECT_TRUE(contains(">=1.2 <2", "1.10"));
  EXPECT_FALSE(contains(">=1.2 <2", "2.0.0"));
  EXPECT_FALSE(contains(">1.2", "1.2.0"));
  EXPECT_TRUE(contains("<=1.2", "1.2"));
  EXPECT_FALSE(contains(">=1", "1.2-beta"));
  EXPECT_TRUE(contains("1.2-beta", "1.2-beta"));
  EXPECT_FALSE(contains("1.2", "1.2.0"));
  for (const char *broken : {"", " ", ">=", ">=1.x", "* *", ">=1 2", "=1"})
    EXPECT_FALSE(VersionRange::parse(broken)) << broken;
}

TEST(Dates, AYearAfterALeapDay) {
  EXPECT_EQ(aYearAfter(*parseDate("2024-02-29")), *parseDate("2025-02-28"));
  for (const char *broken : {"2024-2-29", "2023-02-29", "24-01-01",
                             "2024/01/01", "2024-01-0x", "+024-01-01"})
    EXPECT_FALSE(parseDate(broken)) << broken;
}

} // namespace
