// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Whole programs through the timing contract.

#include "simulator/timing/Replay.h"

#include "simulator/isa/Assembly.h"
#include "tests/unit/simulator/support/Gemm.h"
#include "tests/unit/simulator/support/RandomProgram.h"

#include <gtest/gtest.h>

#include <ctime>

using namespace glowplug::npu;
using namespace glowplug::npu::test;

namespace {

Machine machineOf(const Config &config) {
  Machine machine{config, {}, 0};
  for (int i = 0; i < baseRegisters; ++i)
    machine.bases[i] = std::uint64_t(i + 1) << 24;
  return machine;
}

std::vector<Command> commandsOf(std::string_view text) {
  const auto program = assemble(text);
  EXPECT_TRUE(program) << program.message();
  std::vector<Command> commands;
  for (const Encoded &code : program->commands)
    commands.push_back(*decodeCommand(code));
  return commands;
}

TEST(Replay, OneLoadTakesWhatItsPartsTake) {
  // Fetch: granted at 0, beats 4, latency 100: arrives at 104, goes to its
  // queue at 105, issues at 106, starts at 107. First burst granted at 108, the
  // others 4 apart; the last at 120 has passed at 224; 4 lines later it stands.
  const auto timeline =
      replay(commandsOf("load load_a run=256"), machineOf(Config{}));
  ASSERT_TRUE(timeline) << timeline.message();
  const Record expected{105, 107, 122, 229};
  EXPECT_EQ(timeline->records[0], expected)
      << timeline->records[0].dispatched << " " << timeline->records[0].start
      << " " << timeline->records[0].end;
}

TEST(Replay, SignalsCountInTheNextCycle) {
  const auto timeline = replay(commandsOf("matmul matrix signal=1 out_w=20\n"
                                          "sync vector wait=1"),
                               machineOf(Config{}));
  ASSERT_TRUE(timeline);
  EXPECT_EQ(timeline->records[0].end,
            timeline->records[0].start + 16 + 20 + 35);
  EXPECT_EQ(timeline->records[1].start, timeline->records[0].end + 2);
}

TEST(Replay, DrainWaitsForTheQueue) {
  const auto timeline = replay(commandsOf("vector vector\nvector vector\n"
                                          "vector vector drain\n"),
                               machineOf(Config{}));
  ASSERT_TRUE(timeline);
  EXPECT_LT(timeline->records[1].start, timeline->records[0].end);
  EXPECT_EQ(timeline->records[2].start, timeline->records[1].end + 2);
}

TEST(Replay, CommandsRetireOneACycle) {
  // Three syncs behind a store that takes longer than they do.
  const auto timeline = replay(commandsOf("store store run=64\nsync store\n"
                                          "sync store\nsync store\n"),
                               machineOf(Config{}));
  ASSERT_TRUE(timeline);
  const auto &records = timeline->records;
  EXPECT_LT(records[3].start, records[0].end);
  for (int n = 1; n < 4; ++n)
    EXPECT_EQ(records[n].end, records[0].end + n);
}

TEST(Replay, GemmKeepsTheArrayBusy) {
  Config config;
  config.dramBanked = 1;
  const auto commands = gemmProgram({1024, 1024, 1024, 64}, config);
  const std::clock_t begin = std::clock();
  const auto timeline = replay(commands, machineOf(config));
  const double seconds =
      static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  ASSERT_TRUE(timeline) << timeline.message();
  const double ideal = 1024.0 * 1024 * 1024 / 256;
  EXPECT_GT(ideal / timeline->cycles, 0.98) << timeline->cycles;
  EXPECT_GE(timeline->cycles, ideal);
  RecordProperty("cycles", std::to_string(timeline->cycles));
  RecordProperty("gcycles_per_s",
                 std::to_string(timeline->cycles / seconds / 1e9));
}

TEST(Replay, SingleBuffersShow) {
  const Config config;
  const Gemm gemm{256, 256, 1024, 64};
  const auto twice = replay(gemmProgram(gemm, config, 2), machineOf(config));
  const auto once = replay(gemmProgram(gemm, config, 1), machineOf(config));
  ASSERT_TRUE(twice && once);
  EXPECT_GT(once->cycles, twice->cycles * 5 / 4);
}

TEST(Replay, RandomProgramsRunAndKeepTheirOrder) {
  std::mt19937_64 random(4);
  for (int round = 0; round < 2000; ++round) {
    const Config config = randomConfig(random);
    const auto commands = randomProgram(random, config);
    const auto timeline = replay(commands, machineOf(config));
    ASSERT_TRUE(timeline) << round << ": " << timeline.message();
    std::array<Cycle, queueCount> starts{}, ends{};
    Cycle dispatched = 0;
    for (std::size_t n = 0; n < commands.size(); ++n) {
      const Record &record = timeline->records[n];
      const int queue = headerOf(commands[n]).queue;
      EXPECT_GT(record.dispatched, dispatched);
      EXPECT_GT(record.start, record.dispatched + 1);
      EXPECT_GT(record.start, starts[queue]);
      EXPECT_GT(record.end, ends[queue]);
      EXPECT_GT(record.end, record.start);
      dispatched = record.dispatched;
      starts[queue] = record.start;
      ends[queue] = record.end;
    }
  }
}

TEST(Replay, IsTheSameEveryTime) {
  std::mt19937_64 random(5);
  const Config config = randomConfig(random);
  const auto commands = randomProgram(random, config, {400, false});
  const auto first = replay(commands, machineOf(config));
  const auto second = replay(commands, machineOf(config));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->records, second->records);
}

} // namespace
