// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs to report on.

#include "tests/unit/report/Samples.h"

using namespace glowplug;

using Kind = Simulation::TrackKind;

Simulation glowplug::testing::sampleRun() {
  Simulation run;
  run.cycles = 1000;
  run.hostNs = 2'000'000;
  run.macs = 6000;
  run.macsPerCycle = 10;
  run.clockKhz = 100'000;
  run.bankConflicts = 1;
  run.layers = {{"conv1", 0, 700, 600, 4000, "compute", 400, 64},
                {"</script>\"&", 500, 990, 390, 2000, "dma", 0, 32}};
  run.stalls = {{"array", "busy", 600},
                {"array", "no input", 400},
                {"dma", "busy", 1000}};
  run.tracks = {
      {"array", Kind::engine}, {"dma", Kind::engine}, {"bank 0", Kind::memory}};
  run.spanNames = {"matmul", "load"};
  run.spans = {{0, 0, 0, 300, 700},
               {1, 1, 1, 200, 500},
               {1, 0, 1, 0, 300},
               {0, Simulation::noLayer, 0, 700, 700},
               {2, 1, 1, 5, 6}};
  run.spaces = {{"scratchpad", 4096}};
  run.buffers = {{0, 0, "input of conv1", 0, 1024, 0, 700}};
  return run;
}

std::vector<PartSimulation> glowplug::testing::twoParts() {
  Simulation second;
  second.cycles = 500;
  second.hostNs = 500'000;
  second.macs = 1500;
  second.macsPerCycle = 10;
  second.clockKhz = 100'000;
  second.layers = {{"fc", 10, 480, 470, 1500, "dma", 470, 16}};
  second.stalls = {{"dma", "busy", 100}, {"dma", "bus taken", 400}};
  second.tracks = {{"dma", Kind::engine}, {"array", Kind::queue}};
  second.spanNames = {"load", "store"};
  second.spans = {{0, 0, 1, 20, 30}, {1, 0, 0, 0, 20}};
  second.spaces = {{"accumulator", 64}, {"scratchpad", 8192}};
  second.buffers = {{1, 0, "weights", 4096, 4096, 20, 30}};
  return {{0, "npu", sampleRun()}, {2, "npu", second}};
}
