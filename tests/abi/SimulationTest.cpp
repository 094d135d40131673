// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a backend tells of a run reaches the host, and records that contradict
// each other are refused.

#include "tests/abi/Counting.h"

using namespace glowplug;
using namespace glowplug::testing;

namespace {

const SimulationRequest everything = {true, true};

} // namespace

TEST_F(CountingTest, TellsOfARun) {
  load({});
  run();
  const Simulation simulation =
      llvm::cantFail(executable->lastRun(everything)).value();
  // Two ops: layers of 1000 and 2000 cycles, and 24 behind them.
  EXPECT_EQ(simulation.cycles, 3024u);
  EXPECT_EQ(simulation.hostNs, 2500000u);
  EXPECT_EQ(simulation.macs, 3000u * 128);
  EXPECT_EQ(simulation.macsPerCycle, 256u);
  EXPECT_EQ(simulation.clockKhz, 500000u);
  EXPECT_EQ(simulation.bankConflicts, 3u);
  ASSERT_EQ(simulation.layers.size(), 2u);
  EXPECT_EQ(simulation.layers[1].name, "layer <1>");
  EXPECT_EQ(simulation.layers[1].beginCycle, 900u);
  EXPECT_EQ(simulation.layers[1].endCycle, 3000u);
  EXPECT_EQ(simulation.layers[1].cycles, 2000u);
  EXPECT_EQ(simulation.layers[1].macs, 256000u);
  EXPECT_EQ(simulation.layers[1].bound, "dma");
  EXPECT_EQ(simulation.layers[1].rooflineCycles, 1600u);
  EXPECT_EQ(simulation.layers[1].dramBytes, 8192u);
  ASSERT_EQ(simulation.stalls.size(), 6u);
  EXPECT_EQ(simulation.stalls[1].engine, "array");
  EXPECT_EQ(simulation.stalls[1].cause, "no input");
  EXPECT_EQ(simulation.stalls[1].cycles, 1008u);
  ASSERT_EQ(simulation.tracks.size(), 20u);
  EXPECT_EQ(simulation.tracks[2].name, "array queue");
  EXPECT_EQ(simulation.tracks[2].kind, Simulation::TrackKind::queue);
  EXPECT_EQ(simulation.tracks[19].kind, Simulation::TrackKind::memory);
  ASSERT_EQ(simulation.spans.size(), 2u * 4 * 6 + 1);
  const Simulation::Span &last = simulation.spans.back();
  EXPECT_EQ(simulation.spanNames[last.name], "drain");
  EXPECT_EQ(last.layer, Simulation::noLayer);
  EXPECT_EQ(last.startCycle, 3000u);
  EXPECT_EQ(last.endCycle, 3024u);
  EXPECT_EQ(simulation.spanNames.size(), 7u) << "each name once";
  ASSERT_EQ(simulation.spaces.size(), 1u);
  EXPECT_EQ(simulation.spaces[0].bytes, 65536u);
  ASSERT_EQ(simulation.buffers.size(), 4u);
  EXPECT_EQ(simulation.buffers[3].name, "input of layer 1");
  EXPECT_EQ(simulation.buffers[3].layer, 1u);
  EXPECT_EQ(simulation.buffers[3].beginBytes, 32768u);
  EXPECT_EQ(simulation.buffers[3].bytes, 16384u);
  EXPECT_EQ(simulation.buffers[3].firstCycle, 900u);
  EXPECT_EQ(simulation.buffers[3].lastCycle, 3000u);
}

TEST_F(CountingTest, IsNotAskedForWhatIsNotWanted) {
  load({});
  run();
  const Simulation simulation = llvm::cantFail(executable->lastRun({})).value();
  EXPECT_EQ(simulation.cycles, 3024u);
  EXPECT_EQ(simulation.layers.size(), 2u);
  EXPECT_TRUE(simulation.tracks.empty());
  EXPECT_TRUE(simulation.spans.empty());
  EXPECT_TRUE(simulation.spaces.empty());
  EXPECT_TRUE(simulation.buffers.empty());
}

TEST_F(CountingTest, SaysWhatIsWrongBeforeTheFirstRun) {
  load({});
  EXPECT_EQ(messageOf(everything), "counting: last_run failed: invalid "
                                   "argument: no run has succeeded");
  EXPECT_EQ(liveFailures(), 0u);
}

TEST_F(CountingTest, HasNothingToSayWithoutTheGroup) {
  load({}, HOSTILE_PLUGINS "/good.so");
  EXPECT_FALSE(llvm::cantFail(executable->lastRun(everything)).has_value());
}

TEST_F(CountingTest, RefusesRecordsThatBreakARule) {
  const struct {
    const char *rule, *message;
  } rules[] = {
      {"run_missing", "layer 0 comes before the run"},
      {"run_late", "layer 0 comes before the run"},
      {"run_null", "gp_sim_run is NULL"},
      {"run_size", "gp_sim_run.struct_size is 1, the host knows 48 bytes"},
      {"run_twice", "run is called twice"},
      {"run_huge", "the run has 1152921504606846976 cycles, but at most "
                   "9007199254740992 can be shown"},
      {"layer_nameless", "layer 0: name is NULL"},
      {"layer_late", "layer 1 lasts from cycle 900 to 4000, but the run from "
                     "0 to 3024"},
      {"layer_sum",
       "the cycles of layers 0 to 1 sum to more than the 3024 of the run"},
      {"layer_bound", "layer 0: bound is 'Two words', but needs to be one "
                      "lower-case word"},
      {"stall_twice", "stall of 'array' by 'busy' comes twice"},
      {"stall_sum",
       "the stalls of 'array' sum to 3023 cycles, but the run has 3024"},
      {"stall_nameless", "stall 5: cause is empty"},
      {"track_kind", "track 19: kind is 4, but needs to be 0 to 3"},
      {"span_backwards",
       "span 48 lasts from cycle 2 to 1, but the run from 0 to 3024"},
      {"span_late",
       "span 48 lasts from cycle 2 to 3025, but the run from 0 to 3024"},
      {"span_track", "span 48 names track 20, but so far there are 20"},
      {"span_layer", "span 48 names layer 2, but so far there are 2"},
      {"span_nameless", "span 48: name is NULL"},
      {"space_empty", "space 0 has 0 bytes"},
      {"buffer_space", "buffer 0 names space 1, but so far there are 1"},
      {"buffer_end",
       "buffer 1 has 32769 bytes at 32768, but 'scratchpad' has 65536"},
  };
  for (const auto &broken : rules) {
    load({{"rule", broken.rule}});
    run();
    EXPECT_EQ(messageOf(everything),
              std::string("counting: last_run broke a rule: ") + broken.message)
        << broken.rule;
  }
  EXPECT_EQ(liveFailures(), 0u);
}
