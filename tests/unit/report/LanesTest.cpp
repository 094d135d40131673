// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Spans that overlap get lanes of their own, and no more lanes than needed.

#include "core/report/Lanes.h"

#include "tests/unit/report/Samples.h"

#include <gtest/gtest.h>

#include <random>

using namespace glowplug;
using namespace glowplug::testing;
using namespace glowplug::report;

TEST(LanesTest, PutsOverlapsSideBySide) {
  const std::vector<Lanes> tracks =
      placeSpans(makeReport({{0, "", sampleRun()}}));
  ASSERT_EQ(tracks.size(), 3u);
  EXPECT_EQ(tracks[0].count, 1u) << "an empty span fits after another";
  ASSERT_EQ(tracks[1].spans.size(), 2u);
  EXPECT_EQ(tracks[1].count, 2u);
  EXPECT_EQ(tracks[1].spans[0].span, 2u) << "by their starts";
  EXPECT_EQ(tracks[1].spans[0].lane, 0u);
  EXPECT_EQ(tracks[1].spans[1].lane, 1u);
  EXPECT_EQ(placeLayers(makeReport({{0, "", sampleRun()}})),
            (std::vector<uint32_t>{0, 1}));
}

TEST(LanesTest, TakesAsManyLanesAsOverlapAtOnce) {
  std::mt19937 random(1);
  for (int round = 0; round < 50; ++round) {
    Simulation run;
    run.cycles = 1000;
    run.tracks = {{"t", Simulation::TrackKind::engine}};
    run.spanNames = {"s"};
    std::vector<uint32_t> depth(1001, 0);
    for (int i = 0; i < 60; ++i) {
      const uint64_t start = random() % 900;
      const uint64_t end = start + 1 + random() % 100;
      run.spans.push_back({0, Simulation::noLayer, 0, start, end});
      for (uint64_t at = start; at < end; ++at)
        ++depth[at];
    }
    const Lanes lanes = placeSpans(makeReport({{0, "", run}}))[0];
    EXPECT_EQ(lanes.count, *std::max_element(depth.begin(), depth.end()));
    std::vector<uint64_t> ends(lanes.count, 0);
    for (const PlacedSpan &placed : lanes.spans) {
      EXPECT_LE(ends[placed.lane], run.spans[placed.span].startCycle);
      ends[placed.lane] = run.spans[placed.span].endCycle;
    }
  }
}
