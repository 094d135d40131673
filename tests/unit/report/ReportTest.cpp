// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Parts become one run: sums, offsets, and names that are shared.

#include "tests/unit/report/Samples.h"

#include <gtest/gtest.h>

using namespace glowplug;
using namespace glowplug::testing;
using report::makeReport;
using report::Report;

TEST(ReportTest, SumsUpParts) {
  const Report report = makeReport(twoParts());
  EXPECT_EQ(report.cycles, 1500u);
  EXPECT_EQ(report.hostNs, 2'500'000u);
  EXPECT_EQ(report.macs, 7500u);
  EXPECT_EQ(report.bankConflicts, 1u);
  EXPECT_EQ(report.clockKhz, 100'000u);
  EXPECT_DOUBLE_EQ(report.utilization.value(), 7500.0 / 15000);
  ASSERT_EQ(report.parts.size(), 2u);
  EXPECT_EQ(report.parts[1].number, 2u);
  EXPECT_EQ(report.parts[1].beginCycle, 1000u);
}

TEST(ReportTest, PutsPartsOneAfterAnother) {
  const Report report = makeReport(twoParts());
  ASSERT_EQ(report.layers.size(), 3u);
  EXPECT_EQ(report.layers[2].name, "fc");
  EXPECT_EQ(report.layers[2].part, 2u);
  EXPECT_EQ(report.layers[2].beginCycle, 1010u);
  EXPECT_EQ(report.layers[2].endCycle, 1480u);
  EXPECT_EQ(report.layers[2].cycles, 470u) << "a share is no place in time";
  ASSERT_EQ(report.spans.size(), 7u);
  const Simulation::Span &store = report.spans[5];
  EXPECT_EQ(store.startCycle, 1020u);
  EXPECT_EQ(store.endCycle, 1030u);
  EXPECT_EQ(store.layer, 2u);
  EXPECT_EQ(report.spanNames[store.name], "store");
  EXPECT_EQ(report.spans[3].layer, Simulation::noLayer);
  EXPECT_EQ(report.buffers[1].firstCycle, 1020u);
  EXPECT_EQ(report.buffers[1].lastCycle, 1030u);
}

TEST(ReportTest, TakesOneNameForOneThing) {
  const Report report = makeReport(twoParts());
  ASSERT_EQ(report.tracks.size(), 4u) << "an engine and a queue are two";
  EXPECT_EQ(report.tracks[report.spans[5].track].name, "dma");
  EXPECT_EQ(report.spans[5].track, report.spans[1].track);
  EXPECT_EQ(report.spanNames.size(), 3u);
  ASSERT_EQ(report.spaces.size(), 2u);
  EXPECT_EQ(report.spaces[0].bytes, 8192u) << "the larger of both";
  EXPECT_EQ(report.buffers[1].space, 0u);
}

TEST(ReportTest, KeepsSeveralBackendsApart) {
  std::vector<PartSimulation> parts = twoParts();
  parts[1].backend = "dsp";
  const Report report = makeReport(parts);
  EXPECT_EQ(report.tracks.size(), 5u);
  EXPECT_EQ(report.tracks[0].name, "npu/array");
  EXPECT_EQ(report.tracks[3].name, "dsp/dma");
  EXPECT_EQ(report.spaces[2].name, "dsp/scratchpad");
  ASSERT_EQ(report.engines.size(), 3u);
  EXPECT_EQ(report.engines[2].name, "dsp/dma");
}

TEST(ReportTest, CountsStallsPerEngine) {
  const Report report = makeReport(twoParts());
  ASSERT_EQ(report.engines.size(), 2u);
  EXPECT_EQ(report.engines[0].cycles, 1000u) << "only in the first part";
  EXPECT_EQ(report.engines[0].causes[0].share, 6000u);
  EXPECT_EQ(report.engines[1].cycles, 1500u);
  ASSERT_EQ(report.engines[1].causes.size(), 2u);
  EXPECT_EQ(report.engines[1].causes[0].cycles, 1100u);
  EXPECT_EQ(report.engines[1].causes[0].share, 7333u);
  EXPECT_EQ(report.engines[1].causes[1].share, 2667u);
}

TEST(ReportTest, RoundsSharesSoThatTheySumUp) {
  for (uint64_t causes : {1, 3, 6, 7, 11, 97}) {
    Simulation run;
    for (uint64_t i = 0; i < causes; ++i) {
      const uint64_t cycles = 1 + i * i * i % 7;
      run.stalls.push_back({"array", std::to_string(i), cycles});
      run.cycles += cycles;
    }
    const Report report = makeReport({{0, "npu", run}});
    uint32_t sum = 0;
    for (const report::Cause &cause : report.engines[0].causes) {
      sum += cause.share;
      EXPECT_NEAR(cause.share, 1e4 * cause.cycles / run.cycles, 1) << causes;
    }
    EXPECT_EQ(sum, 10000u) << causes;
  }
}

TEST(ReportTest, SaysNothingWhereThereIsNothing) {
  std::vector<PartSimulation> parts = twoParts();
  parts[0].simulation.macsPerCycle = 0;
  parts[1].simulation.clockKhz = 1;
  const Report report = makeReport(parts);
  EXPECT_DOUBLE_EQ(report.utilization.value(), 1500.0 / 5000)
      << "only of the part that has a peak";
  EXPECT_EQ(report.clockKhz, 0u);
  EXPECT_FALSE(report.layers[1].gap().has_value());
  EXPECT_DOUBLE_EQ(report.layers[0].gap().value(), 1.5);
  EXPECT_FALSE(makeReport({{0, "npu", Simulation()}}).utilization.has_value());
}
