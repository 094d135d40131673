// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Pages hold the figures and the data, and names cannot break out of them. How
// they look is for tests/e2e/report.py.

#include "core/report/Html.h"
#include "core/report/Text.h"

#include "tests/unit/report/Samples.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace glowplug;
using namespace glowplug::testing;

namespace {

std::string pageOf(const std::vector<PartSimulation> &parts,
                   const std::string &title = "model.onnx") {
  std::string text;
  llvm::raw_string_ostream os(text);
  writeHtml(os, report::makeReport(parts), title);
  return text;
}

/// The data of the page's script.
nlohmann::json dataOf(const std::string &page) {
  const std::string begin = "id=\"data\">";
  const size_t at = page.find(begin) + begin.size();
  return nlohmann::json::parse(
      page.substr(at, page.find("</script>", at) - at));
}

size_t count(const std::string &text, const std::string &part) {
  size_t found = 0;
  for (size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at)
    ++found;
  return found;
}

} // namespace

TEST(HtmlTest, HoldsFiguresAndTables) {
  const std::string page = pageOf(twoParts());
  for (const char *part :
       {"<h1>model.onnx</h1>", "npu \u00b7 2 parts \u00b7 3 layers",
        "<dd id=\"cycles\">1,500</dd>", "<dd id=\"utilization\">50.0 %</dd>",
        "<dd id=\"host-time\">2.5 ms</dd>", "0.015 ms at 100 MHz",
        "<td class=\"n\">73.33 %</td>", "&lt;/script&gt;&quot;&amp;"})
    EXPECT_NE(page.find(part), std::string::npos) << part;
}

TEST(HtmlTest, HoldsTheDataOfThePictures) {
  const nlohmann::json data = dataOf(pageOf(twoParts()));
  EXPECT_EQ(data["cycles"], 1500);
  EXPECT_EQ(data["layers"][1], (nlohmann::json{"</script>\"&", 500, 990, 1}));
  ASSERT_EQ(data["tracks"].size(), 4u);
  const nlohmann::json dma = data["tracks"][1];
  EXPECT_EQ(dma["name"], "dma");
  EXPECT_EQ(dma["kind"], "engines");
  EXPECT_EQ(dma["lanes"], 2);
  EXPECT_EQ(dma["step"], (nlohmann::json{0, 200, 820}));
  EXPECT_EQ(dma["last"], (nlohmann::json{300, 300, 10}));
  EXPECT_EQ(dma["label"], (nlohmann::json{1, 1, 2}));
  EXPECT_EQ(dma["layer"], (nlohmann::json{0, 1, 2}));
  EXPECT_EQ(dma["lane"], (nlohmann::json{0, 1, 0}));
  EXPECT_EQ(data["tracks"][0]["layer"], (nlohmann::json{0, -1}));
  EXPECT_EQ(data["spaces"][0]["buffers"][1],
            (nlohmann::json{"weights", 2, 4096, 4096, 1020, 1030}));
}

TEST(HtmlTest, NamesCannotBreakOut) {
  Simulation run = sampleRun();
  const std::string evil = "</script><script>alert('x')</script><!--\xff";
  run.layers[0].name = run.spanNames[0] = run.tracks[0].name = evil;
  run.stalls[0].cause = run.stalls[2].engine = evil;
  run.spaces[0].name = run.buffers[0].name = evil;
  const std::string page = pageOf({{0, evil, run}, {1, "other", run}}, evil);
  EXPECT_EQ(page.find("<script>alert"), std::string::npos);
  EXPECT_EQ(page.find("<!--"), std::string::npos);
  EXPECT_EQ(count(page, "</script>"), 2u);
  EXPECT_EQ(dataOf(page)["layers"][0][0],
            "</script><script>alert('x')</script><!--\uFFFD");
}

TEST(HtmlTest, NeedsNothingElse) {
  const std::string page = pageOf(twoParts());
  for (const char *part : {"http:", "https:", "src=", "@import", "url("})
    EXPECT_EQ(page.find(part), std::string::npos) << part;
}

TEST(HtmlTest, IsThereForARunOfNothing) {
  const std::string page = pageOf({{0, "npu", Simulation()}});
  EXPECT_NE(page.find("The backend gave no stalls."), std::string::npos);
  EXPECT_NE(page.find("The backend gave no layers."), std::string::npos);
  EXPECT_EQ(dataOf(page)["cycles"], 0);
}

TEST(TextTest, GroupsDigits) {
  EXPECT_EQ(report::grouped(0), "0");
  EXPECT_EQ(report::grouped(999), "999");
  EXPECT_EQ(report::grouped(1000), "1,000");
  EXPECT_EQ(report::grouped(1234567), "1,234,567");
}
