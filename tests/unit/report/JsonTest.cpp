// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The figures that commands print.

#include "core/report/Json.h"

#include "tests/unit/report/Samples.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace glowplug;
using namespace glowplug::testing;

TEST(JsonTest, HoldsTheFigures) {
  const auto json = report::toJson(report::makeReport(twoParts()));
  EXPECT_EQ(json["cycles"], 1500);
  EXPECT_EQ(json["host_ms"], 2.5);
  EXPECT_EQ(json["device_ms"], 0.015);
  EXPECT_EQ(json["macs"], 7500);
  EXPECT_EQ(json["utilization"], 0.5);
  EXPECT_EQ(json["bank_conflicts"], 1);
  EXPECT_EQ(json["stalls"]["array"]["busy"], 60);
  EXPECT_EQ(json["stalls"]["dma"]["busy"], 73.33);
  EXPECT_EQ(json["stalls"]["dma"]["bus taken"], 26.67);
  ASSERT_EQ(json["layers"].size(), 3u);
  EXPECT_EQ(json["layers"][0], (nlohmann::ordered_json{{"name", "conv1"},
                                                       {"part", 0},
                                                       {"cycles", 600},
                                                       {"macs", 4000},
                                                       {"bound", "compute"},
                                                       {"roofline_cycles", 400},
                                                       {"gap", 1.5},
                                                       {"dram_bytes", 64},
                                                       {"begin_cycle", 0},
                                                       {"end_cycle", 700}}));
  EXPECT_EQ(json["layers"][1]["gap"], nullptr);
}

TEST(JsonTest, SaysNullForWhatDoesNotExist) {
  Simulation run = sampleRun();
  run.macsPerCycle = run.clockKhz = 0;
  const auto json = report::toJson(report::makeReport({{0, "npu", run}}));
  EXPECT_EQ(json["utilization"], nullptr);
  EXPECT_FALSE(json.contains("device_ms"));
}
