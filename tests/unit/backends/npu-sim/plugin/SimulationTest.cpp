// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the plugin tells of a run.

#include "tests/unit/backends/npu-sim/plugin/Testing.h"

#include <gmock/gmock.h>

#include <map>

using namespace glowplug;
using namespace glowplug::npuplugintest;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace {

/// A run on a backend of its own.
struct OneRun {
  std::shared_ptr<Backend> backend;
  Loadable loadable;
  std::unique_ptr<Executable> executable;

  explicit OneRun(const Options &options = {})
      : backend(npuBackend(options)), loadable(compileSmall(*backend)),
        executable(llvm::cantFail(backend->load(loadable.request()))) {}

  void run(unsigned seed = 1) {
    llvm::cantFail(runSmall(*executable, loadable, someInput(seed)));
  }
  Simulation tell(const SimulationRequest &request) {
    return *llvm::cantFail(executable->lastRun(request));
  }
};

} // namespace

TEST(NpuSimulation, TellsWhereTheCyclesWent) {
  OneRun run;
  run.run();
  const Simulation told = run.tell({});
  EXPECT_GT(told.cycles, smallMacs / 256);
  EXPECT_GT(told.hostNs, 0u);
  EXPECT_EQ(told.macs, smallMacs);
  EXPECT_EQ(told.macsPerCycle, 256u);
  EXPECT_EQ(told.bankConflicts, 0u);

  ASSERT_EQ(told.layers.size(), 2u);
  EXPECT_EQ(told.layers[0].name, "first");
  EXPECT_EQ(told.layers[0].macs, smallMacs);
  EXPECT_EQ(told.layers[1].name, "second");
  EXPECT_EQ(told.layers[0].cycles + told.layers[1].cycles, told.cycles);
  for (const Simulation::Layer &layer : told.layers) {
    EXPECT_GT(layer.cycles, 0u);
    EXPECT_GT(layer.rooflineCycles, 0u);
    EXPECT_GE(layer.endCycle - layer.beginCycle, layer.rooflineCycles)
        << layer.name;
  }

  std::map<std::string, uint64_t> sums;
  for (const Simulation::Stall &stall : told.stalls)
    sums[stall.engine] += stall.cycles;
  EXPECT_EQ(sums.size(), 5u);
  for (const auto &[engine, cycles] : sums)
    EXPECT_EQ(cycles, told.cycles) << engine;

  EXPECT_TRUE(told.tracks.empty());
  EXPECT_TRUE(told.spans.empty());
  EXPECT_TRUE(told.buffers.empty());
}

TEST(NpuSimulation, GivesSpansAndBuffersOnRequest) {
  OneRun run;
  run.run();
  const Simulation told = run.tell({.spans = true, .buffers = true});
  std::map<Simulation::TrackKind, std::vector<std::string>> tracks;
  for (const Simulation::Track &track : told.tracks)
    tracks[track.kind].push_back(track.name);
  const auto engines =
      ElementsAre("load_a", "load_w", "matrix", "vector", "store");
  EXPECT_THAT(tracks[Simulation::TrackKind::engine], engines);
  EXPECT_THAT(tracks[Simulation::TrackKind::queue], engines);
  EXPECT_FALSE(tracks[Simulation::TrackKind::semaphore].empty());

  EXPECT_THAT(tracks[Simulation::TrackKind::memory], ElementsAre("DRAM"));

  std::map<Simulation::TrackKind, size_t> spans;
  std::map<std::string, size_t> names;
  uint64_t last = 0;
  for (const Simulation::Span &span : told.spans) {
    const auto kind = told.tracks[span.track].kind;
    ++spans[kind];
    if (kind == Simulation::TrackKind::engine) {
      ++names[told.spanNames[span.name]];
      last = std::max(last, span.endCycle);
      EXPECT_LT(span.layer, 2u);
    }
  }
  // Each command waits once and works once.
  EXPECT_EQ(spans[Simulation::TrackKind::engine],
            spans[Simulation::TrackKind::queue]);
  EXPECT_EQ(last, told.cycles);
  EXPECT_GT(spans[Simulation::TrackKind::semaphore], 0u);
  EXPECT_GT(spans[Simulation::TrackKind::memory], 0u);
  EXPECT_GT(names["matmul"], 0u);
  EXPECT_GT(names["pool"], 0u);
  EXPECT_GT(names["load weights"], 0u);
  EXPECT_GT(names["store"], 0u);

  ASSERT_EQ(told.spaces.size(), 1u);
  EXPECT_EQ(told.spaces[0].name, "scratchpad");
  EXPECT_EQ(told.spaces[0].bytes, 262144u);
  EXPECT_FALSE(told.buffers.empty());
  for (const Simulation::Buffer &buffer : told.buffers)
    EXPECT_LT(buffer.firstCycle, buffer.lastCycle) << buffer.name;
}

TEST(NpuSimulation, NeedsARun) {
  OneRun run;
  auto told = run.executable->lastRun({});
  ASSERT_FALSE(bool(told));
  EXPECT_THAT(llvm::toString(told.takeError()),
              HasSubstr("there was no run yet"));
}

TEST(NpuSimulation, DoesNotDependOnData) {
  OneRun run;
  run.run(1);
  const Simulation one = run.tell({});
  run.run(2);
  const Simulation two = run.tell({});
  EXPECT_EQ(one.cycles, two.cycles);
}

TEST(NpuSimulation, ShowsWhatLoadingAheadIsWorth) {
  OneRun ahead, behind({{"double-buffer", "off"}});
  ahead.run();
  behind.run();
  EXPECT_LT(ahead.tell({}).cycles, behind.tell({}).cycles);
}

/// The model in a process of its own, and hardware in it, take the same times.
TEST(NpuSimulation, IsTheSameOnEveryDevice) {
  OneRun here;
  const auto expected =
      llvm::cantFail(runSmall(*here.executable, here.loadable, someInput()));
  const Simulation times = here.tell({.spans = true});
  for (const char *rtl : {"", "array", "vector", "array,vector"}) {
    OneRun there({{"device", "process"}, {"rtl", rtl}});
    EXPECT_EQ(llvm::cantFail(
                  runSmall(*there.executable, there.loadable, someInput())),
              expected)
        << rtl;
    const Simulation told = there.tell({.spans = true});
    EXPECT_EQ(told.cycles, times.cycles) << rtl;
    ASSERT_EQ(told.spans.size(), times.spans.size()) << rtl;
    for (size_t i = 0; i < told.spans.size(); ++i) {
      EXPECT_EQ(told.spans[i].startCycle, times.spans[i].startCycle);
      EXPECT_EQ(told.spans[i].endCycle, times.spans[i].endCycle);
    }
  }
}

TEST(NpuSimulation, SaysThatTheDeviceIsNone) {
  auto backend = npuBackend(
      {{"device", "process"}, {"device-path", "/no/such/npu-device"}});
  const Loadable loadable = compileSmall(*backend);
  auto executable = backend->load(loadable.request());
  ASSERT_FALSE(bool(executable));
  EXPECT_THAT(llvm::toString(executable.takeError()),
              HasSubstr("/no/such/npu-device"));
}
