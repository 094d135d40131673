// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Traces hold every span on a track of its own kind.

#include "core/report/Trace.h"

#include "tests/unit/report/Samples.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace glowplug;
using namespace glowplug::testing;
using Json = nlohmann::json;

namespace {

Json traceOf(const std::vector<PartSimulation> &parts) {
  std::string text;
  llvm::raw_string_ostream os(text);
  writeTrace(os, report::makeReport(parts));
  return Json::parse(text)["traceEvents"];
}

/// "group/track" of an event.
std::string placeOf(const Json &events, const Json &event) {
  std::string group, track;
  for (const Json &other : events) {
    if (other["ph"] != "M" || other["pid"] != event["pid"])
      continue;
    if (other["name"] == "process_name")
      group = other["args"]["name"];
    if (other["name"] == "thread_name" && other["tid"] == event["tid"])
      track = other["args"]["name"];
  }
  return group + "/" + track;
}

} // namespace

TEST(TraceTest, ShowsEverySpanOnItsTrack) {
  const Json events = traceOf(twoParts());
  std::vector<std::string> spans;
  for (const Json &event : events)
    if (event["ph"] == "X")
      spans.push_back(
          placeOf(events, event) + " " + event["name"].get<std::string>() +
          " " + event["ts"].dump() + "+" + event["dur"].dump() + " " +
          (event.contains("args") ? event["args"]["layer"].get<std::string>()
                                  : "-"));
  EXPECT_EQ(spans, (std::vector<std::string>{
                       "layers/layers conv1 0+700 -",
                       "layers/layers (2) </script>\"& 500+490 -",
                       "layers/layers fc 1010+470 -",
                       "engines/array matmul 300+400 conv1",
                       "engines/array matmul 700+0 -",
                       "engines/dma load 0+300 conv1",
                       "engines/dma (2) load 200+300 </script>\"&",
                       "engines/dma store 1020+10 fc",
                       "queues/array load 1000+20 fc",
                       "memory/bank 0 load 5+1 </script>\"&",
                   }));
}

TEST(TraceTest, IsValidJsonForAnyName) {
  Simulation run = sampleRun();
  run.layers[0].name = "\xff\xfe\n\"\\";
  run.spanNames[0] = std::string("\x80\x01", 2);
  run.tracks[0].name = "\t";
  EXPECT_EQ(traceOf({{0, "npu", run}}).size(),
            traceOf({{0, "npu", sampleRun()}}).size());
}

TEST(TraceTest, IsThereForARunOfNothing) {
  EXPECT_TRUE(traceOf({{0, "npu", Simulation()}}).empty());
}
