// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What people and other tools read of a report.

#include "core/conformance/report/Html.h"
#include "core/conformance/report/Junit.h"
#include "core/conformance/report/Words.h"
#include "tests/unit/conformance/report/Samples.h"

#include <gtest/gtest.h>

using namespace glowplug::conformance;

namespace {

RunData mixedRun() {
  RunData run = sampleRun();
  makeWrong(caseOf(run, "ops/Pad/u8/n0"));
  makeEnd(caseOf(run, "ops/Slice/u8/n1"), Ending::crashed,
          "signal 11 in 'run' \x01 ]]> </script>");
  makeWrong(caseOf(run, "ops/Pad/u8/n1"));
  run.waivers = {waiverFor("E1", "ops/Pad/u8/n1")};
  run.records.erase(run.records.begin()); // abi/entry/older
  return run;
}

bool has(const std::string &text, const std::string &part) {
  return text.find(part) != std::string::npos;
}

TEST(Junit, CountsAreThoseOfTheReport) {
  const std::string text = junitText(reportOf(mixedRun()));
  EXPECT_TRUE(has(text, "<testsuites name=\"glowplug conformance sample\" "
                        "tests=\"78\" failures=\"1\" errors=\"2\" "))
      << text.substr(0, 300);
  EXPECT_TRUE(has(text, "<testsuite name=\"L1 ops\" tests=\"48\" "
                        "failures=\"1\" errors=\"1\" "));
  EXPECT_TRUE(has(text, "<testsuite name=\"missing\" tests=\"1\" "
                        "failures=\"0\" errors=\"1\" "));
}

TEST(Junit, MessagesSayWhatIsWrong) {
  const std::string text = junitText(reportOf(mixedRun()));
  EXPECT_TRUE(has(text, "<failure type=\"fail\" message=\"R1 of output 0: 3 of "
                        "64 elements are wrong; [0,1,2] got -128 &lt;b&gt;, "
                        "want 127 &amp; more\">"));
  EXPECT_TRUE(has(text, "<error type=\"crash\" message=\"signal 11 in 'run' ? "
                        "]]&gt; &lt;/script&gt;\">"));
  EXPECT_TRUE(has(text, "<skipped message=\"needs the recipe tosa_single\"/>"));
  EXPECT_TRUE(has(text, "<skipped message=\"waiver 'E1': "));
}

TEST(Words, TheCommandRunsTheCaseAgain) {
  const RunData run = sampleRun();
  CaseRecord record = run.records.front();
  EXPECT_EQ(commandOf(record, run.identity),
            "glowplug conformance run abi/entry/older --plugin sample.so "
            "--option threads=2 --level full --seed 42");
  record.name = "it's $HOME";
  EXPECT_TRUE(has(commandOf(record, run.identity), "run 'it'\\''s $HOME' "));
}

TEST(Html, TheVerdictIsOnTop) {
  EXPECT_TRUE(has(htmlPage(reportOf(sampleRun())),
                  "<strong>Conformant to INT8 1.0</strong>"));
  EXPECT_TRUE(has(htmlPage(reportOf(mixedRun())),
                  "<strong>Not conformant</strong> 2 cases failed."));
  RunData part = sampleRun();
  part.identity.level = "smoke";
  EXPECT_TRUE(has(htmlPage(reportOf(part)),
                  "<strong>All that ran has passed</strong>"));
  part.records.pop_back();
  EXPECT_TRUE(has(htmlPage(reportOf(part)),
                  "<strong>This run is not complete</strong>"));
}

TEST(Html, NothingIsTakenForMarkup) {
  RunData run = mixedRun();
  run.identity.pluginName = "<i>&\"";
  run.waivers[0].reason = "<script>alert(1)</script>";
  const std::string page = htmlPage(reportOf(run));
  EXPECT_FALSE(has(page, "<i>&"));
  EXPECT_FALSE(has(page, "<script>alert"));
  EXPECT_TRUE(has(page, "&lt;i&gt;&amp;&quot;"));
  EXPECT_TRUE(has(page, "-128 &lt;b&gt;"));
  EXPECT_FALSE(has(page, "<b>"));
  EXPECT_FALSE(has(page, "]]> </script>"));
}

TEST(Html, NothingComesFromOutside) {
  const std::string page = htmlPage(reportOf(sampleRun()));
  for (const char *outside : {"src=", "@import", "url(", "<link", "http:"})
    EXPECT_FALSE(has(page, outside)) << outside;
}

TEST(Html, TheMatrixCountsAndLeadsToTheCases) {
  const std::string page = htmlPage(reportOf(mixedRun()));
  EXPECT_TRUE(has(page, "<tr><th>Conv</th><td></td><td><a class=\"cell "
                        "v-not_supported\" href=\"#cell-1\" title=\"10 not "
                        "supported\">0/10</a></td><td><a class=\"cell v-pass\" "
                        "href=\"#cell-2\" title=\"10 passed\">10/10</a></td>"));
  EXPECT_TRUE(has(page, "title=\"1 failed, 1 waived\">0/2</a>"));
  EXPECT_TRUE(has(page, "<tbody id=\"cell-2\">\n<tr data-level=\"L1 ops\" "
                        "data-op=\"Conv\" data-verdict=\"pass\""));
}

TEST(Html, ReasonsAreGrouped) {
  const std::string page = htmlPage(reportOf(mixedRun()));
  EXPECT_TRUE(has(page, "<tr><th>not supported</th><td>needs the recipe "
                        "tosa_single</td><td class=\"n\">26</td>"));
  EXPECT_TRUE(has(page, "<tr><th>did not run</th><td>-</td><td class=\"n\">1"
                        "</td>"));
}

TEST(Html, HistoryIsShownWhereItIsKnown) {
  const Report before = reportOf(sampleRun()), after = reportOf(mixedRun());
  const Diff diff = diffReports(before, after);
  EXPECT_FALSE(has(htmlPage(after), "id=\"history\""));
  const std::string page = htmlPage(after, &diff);
  EXPECT_TRUE(has(page, "There are regressions."));
  EXPECT_TRUE(has(page, "<tr><td>new failure</td><th class=\"name\">"
                        "ops/Pad/u8/n0</th><td>pass</td><td>fail</td></tr>"));
}

} // namespace
