// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A run that keeps all rules, and runs that break one each.

#include "core/conformance/timing/RunRules.h"

#include "core/conformance/timing/Repeats.h"

#include <gtest/gtest.h>

#include <functional>

using namespace glowplug;
using namespace glowplug::conformance;

namespace {

constexpr MacBounds work = {1000, 1200};

/// Two engines do one layer of 1100 multiply-adds at a peak of 16.
Simulation soundRun() {
  Simulation run;
  run.cycles = 200;
  run.macs = 1100;
  run.macsPerCycle = 16;
  run.layers = {{"conv", 10, 190, 180, 1100, "compute", 100, 64}};
  run.stalls = {{"array", "busy", 70},
                {"array", "wait", 130},
                {"dma", "busy", 20},
                {"dma", "wait", 180}};
  run.tracks = {{"array", Simulation::TrackKind::engine},
                {"dma", Simulation::TrackKind::engine},
                {"array", Simulation::TrackKind::queue}};
  run.spanNames = {"work"};
  run.spans = {{0, 0, 0, 20, 60},
               {0, 0, 0, 50, 100}, // 80 cycles with the one before
               {1, 0, 0, 10, 30},
               {2, 0, 0, 0, 50}}; // a queue may be full before
  run.spaces = {{"scratchpad", 1024}};
  run.buffers = {{0, 0, "x", 0, 64, 10, 100}};
  return run;
}

/// The subjects of the rules that \p run breaks.
std::vector<std::string> brokenRules(const Simulation &run) {
  std::vector<std::string> subjects;
  for (const Measurement &measured : judgeRun(run, work)) {
    EXPECT_NE(measured.elements, 0u);
    if (measured.mismatches == 0)
      continue;
    EXPECT_FALSE(measured.got.empty());
    EXPECT_FALSE(measured.want.empty());
    subjects.push_back(measured.subject);
  }
  return subjects;
}

std::vector<std::string> broken(void (*breakIt)(Simulation &run)) {
  Simulation run = soundRun();
  breakIt(run);
  return brokenRules(run);
}

using Rules = std::vector<std::string>;

TEST(RunRulesTest, TakesASoundRun) {
  EXPECT_EQ(brokenRules(soundRun()), Rules());
  EXPECT_EQ(judgeRun(soundRun(), work).size(), 6u);
  EXPECT_EQ(judgeRun(soundRun(), std::nullopt).size(), 5u);
}

TEST(RunRulesTest, FindsWrongCounts) {
  EXPECT_EQ(broken([](Simulation &run) { run.macs = 999; }),
            Rules{"multiply-adds of the run"});
  EXPECT_EQ(broken([](Simulation &run) { run.macs = 1201; }),
            Rules{"multiply-adds of the run"});
}

TEST(RunRulesTest, FindsRunsAboveThePeak) {
  const Rules peak = {"cycles at the peak of the machine"};
  EXPECT_EQ(broken([](Simulation &run) { run.cycles = 68; }), peak);
  EXPECT_EQ(broken([](Simulation &run) { run.layers[0].rooflineCycles = 68; }),
            peak);
  EXPECT_EQ(broken([](Simulation &run) { run.layers[0].rooflineCycles = 181; }),
            Rules{"cycles at the roofline"});
  EXPECT_EQ(broken([](Simulation &run) {
              run.macsPerCycle = 0;
              run.cycles = 0;
            }),
            Rules{"cycles of the run"});
}

TEST(RunRulesTest, FindsSpansThatDoNotFit) {
  EXPECT_EQ(broken([](Simulation &run) { run.layers[0].beginCycle = 11; }),
            Rules{"work of layers within the layer"});
  EXPECT_EQ(broken([](Simulation &run) { run.spans[1].endCycle = 191; }),
            Rules{"work of layers within the layer"});
  EXPECT_EQ(broken([](Simulation &run) { run.stalls[0].cycles = 81; }),
            Rules{"busy cycles and the work that they are for"});
  EXPECT_EQ(broken([](Simulation &run) { run.spans.pop_back(); }), Rules());
}

TEST(RepeatsTest, FindsEachDifference) {
  const auto differs = [](void (*change)(Simulation &run)) {
    Simulation run = soundRun();
    change(run);
    return compareRuns(run, soundRun(), "again");
  };
  EXPECT_EQ(differs([](Simulation &run) { run.hostNs = 5; }).mismatches, 0u);
  EXPECT_EQ(differs([](Simulation &) {}).elements, 15u);
  const std::pair<const char *, void (*)(Simulation &run)> changes[] = {
      {"run 0", [](Simulation &run) { ++run.cycles; }},
      {"run 0", [](Simulation &run) { ++run.bankConflicts; }},
      {"layer 0", [](Simulation &run) { run.layers[0].bound = "dma"; }},
      {"stall 3", [](Simulation &run) { --run.stalls[3].cycles; }},
      {"track 2", [](Simulation &run) { run.tracks[2].name = "other"; }},
      {"span 3", [](Simulation &run) { run.spans.pop_back(); }},
      // Where the first has something else.
      {"space 0", [](Simulation &run) { run.spans.push_back({}); }},
      {"space 0", [](Simulation &run) { ++run.spaces[0].bytes; }},
      {"buffer 0", [](Simulation &run) { ++run.buffers[0].firstCycle; }}};
  for (const auto &[where, change] : changes) {
    const Measurement measured = differs(change);
    EXPECT_NE(measured.mismatches, 0u) << where;
    EXPECT_EQ(measured.where, where);
  }
}

} // namespace
