// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The SystemC model against the replay and the sequential execution.

#include "simulator/model/Npu.h"

#include "simulator/device/Execute.h"
#include "simulator/timing/Banks.h"
#include "tests/unit/simulator/support/Gemm.h"
#include "tests/unit/simulator/support/RandomProgram.h"
#include "tests/unit/simulator/support/World.h"

#include <gtest/gtest.h>

#include <ctime>

using namespace glowplug::npu;
using namespace glowplug::npu::model;
using namespace glowplug::npu::test;

namespace {

/// SystemC elaborates once in a process, so all tests share one NPU; a program
/// brings its own configuration.
Npu &npu() {
  static Npu instance("npu", Config{});
  return instance;
}

/// Random programs have conflicts on banks, with which it goes on.
Result<Timeline> simulate(const std::vector<Command> &commands,
                          const Machine &machine, Memories *memories,
                          bool stopsAtConflicts = false) {
  npu().stopsAtConflicts = stopsAtConflicts;
  npu().start(commands, machine, memories);
  sc_core::sc_start();
  return npu().result();
}

void expectEqual(const std::vector<Command> &commands, const Machine &machine,
                 Memories *memories, int round) {
  const auto expected = replay(commands, machine);
  const auto timeline = simulate(commands, machine, memories);
  ASSERT_TRUE(expected) << expected.message();
  ASSERT_TRUE(timeline) << timeline.message();
  for (std::size_t n = 0; n < commands.size(); ++n) {
    const Record &a = timeline->records[n], &b = expected->records[n];
    ASSERT_EQ(a, b) << "program " << round << ", command " << n << ": "
                    << a.dispatched << " " << a.start << " " << a.end
                    << " instead of " << b.dispatched << " " << b.start << " "
                    << b.end;
  }
  EXPECT_EQ(timeline->cycles, expected->cycles);
}

TEST(Model, EqualsTheReplayOnRandomPrograms) {
  std::mt19937_64 random(21);
  for (int round = 0; round < 10000; ++round) {
    const Config config = randomConfig(random);
    const auto commands = randomProgram(random, config, {25, round % 8 == 7});
    expectEqual(commands, machineOf(config), nullptr, round);
    if (HasFatalFailure())
      return;
  }
}

TEST(Model, EqualsTheReplayOnProducts) {
  for (const int rows : {8, 16})
    for (const int buffers : {1, 2})
      for (const int banked : {0, 1}) {
        Config config;
        config.arrayRows = rows;
        config.dramBanked = banked;
        expectEqual(gemmProgram({256, 128, 512, 64}, config, buffers),
                    machineOf(config), nullptr, rows);
      }
}

TEST(Model, WithDataEqualsSequentialExecution) {
  std::mt19937_64 random(22);
  for (int round = 0; round < 40; ++round) {
    const Config config = randomConfig(random);
    const auto commands = randomProgram(random, config, {40, true});
    World world(config, random);
    World expected = world;
    npu().wantsCrcs = true;
    const auto timeline =
        simulate(commands, machineOf(config), &world.memories);
    npu().wantsCrcs = false;
    ASSERT_TRUE(timeline) << timeline.message();
    for (std::size_t n = 0; n < commands.size(); ++n) {
      execute(commands[n], expected.memories);
      ASSERT_EQ(npu().crcs[n], resultCrc(commands[n], expected.memories))
          << round << " " << n;
    }
    EXPECT_EQ(world.memories.scratchpad, expected.memories.scratchpad);
    EXPECT_EQ(world.memories.accumulator, expected.memories.accumulator);
    EXPECT_EQ(world.dram, expected.dram);
  }
}

TEST(Model, AProductIsAProduct) {
  const Config config;
  const Gemm gemm{128, 32, 64, 64};
  std::mt19937_64 random(23);
  World world(config, random);
  const auto column = [&](int n) {
    return world.dram[1].data() + gemm.bBlockBytes(config) * (n / 16);
  };
  for (int n = 0; n < gemm.n; ++n) {
    std::uint8_t *scales = column(n) + gemm.k * 16;
    const std::int32_t bias = 100 * n, multiplier = 1 << 30;
    std::memcpy(scales + n % 16 * 4, &bias, 4);
    std::memcpy(scales + 64 + n % 16 * 4, &multiplier, 4);
    scales[128 + n % 16] = 38;
  }
  ASSERT_TRUE(
      simulate(gemmProgram(gemm, config), machineOf(config), &world.memories));
  for (int row = 0; row < gemm.m; ++row)
    for (int n = 0; n < gemm.n; ++n) {
      std::int64_t sum = 100 * n;
      for (int k = 0; k < gemm.k; ++k) {
        const auto a = static_cast<std::int8_t>(
            world.dram[0][(row / 64) * 64 * gemm.k + k / 16 * 64 * 16 +
                          row % 64 * 16 + k % 16]);
        const auto b = static_cast<std::int8_t>(
            column(n)[k / 16 * 256 + k % 16 * 16 + n % 16]);
        sum += a * b;
      }
      const std::int64_t scaled = (sum + (1 << 7)) >> 8;
      EXPECT_EQ(static_cast<std::int8_t>(
                    world.dram[2][(n / 16 * gemm.m + row) * 16 + n % 16]),
                std::clamp<std::int64_t>(scaled, -128, 127));
    }
}

TEST(Model, StandstillIsExplainedAndTheNextProgramRuns) {
  const auto stuck = simulate(commandsOf("sync matrix wait=1 signal=2\n"
                                         "sync vector wait=2 signal=1\n"),
                              machineOf(Config{}), nullptr);
  ASSERT_FALSE(stuck);
  EXPECT_EQ(stuck.message(),
            "deadlock: command 0 of matrix waits for semaphore 1, which "
            "command 1 would signal; command 1 of vector waits for semaphore "
            "2, which command 0 would signal; and so on from command 0");
  expectEqual(commandsOf("load load_a run=256"), machineOf(Config{}), nullptr,
              0);
}

TEST(Model, OverflowStopsTheProgram) {
  std::string text;
  for (int i = 0; i < 18; ++i)
    text += "sync store signal=7:15\n";
  const auto result = simulate(commandsOf(text), machineOf(Config{}), nullptr);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.message(), "command 17: semaphore 7 overflows: it would "
                              "count over 255");
}

/// The model sees while a program runs what the timeline shows afterwards.
TEST(Model, TheFirstConflictOnABankStopsTheProgram) {
  std::mt19937_64 random(24);
  int stopped = 0, ended = 0;
  for (int round = 0; round < 3000 && !HasFailure(); ++round) {
    Config config = randomConfig(random);
    config.scratchpadBanks = std::max(config.scratchpadBanks, 8);
    const auto commands =
        randomProgram(random, config, {2 + round % 12, false});
    const auto expected = replay(commands, machineOf(config));
    ASSERT_TRUE(expected);
    const auto fault = findBankFault(commands, *expected, config);
    const auto timeline = simulate(commands, machineOf(config), nullptr, true);
    ++(fault ? stopped : ended);
    if (fault)
      EXPECT_EQ(timeline ? "none" : timeline.message(), fault->message);
    else
      EXPECT_TRUE(timeline) << timeline.message();
  }
  EXPECT_GT(stopped, 300);
  EXPECT_GT(ended, 300);
}

TEST(Model, AProductHasNoConflicts) {
  for (const int buffers : {1, 2})
    EXPECT_TRUE(simulate(gemmProgram({256, 128, 512, 64}, Config{}, buffers),
                         machineOf(Config{}), nullptr, true));
}

TEST(Model, AConflictStopsTheProgramBeforeItsCommandHasAnEffect) {
  std::mt19937_64 random(26);
  World world(Config{}, random);
  const World before = world;
  const auto commands = commandsOf("load load_a run=4096\n"
                                   "load load_w run=4096 spad_addr=8192\n"
                                   "store store run=64 dram_base=1\n");
  const auto result =
      simulate(commands, machineOf(Config{}), &world.memories, true);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.message(),
            "bank conflict: commands 0 (load_a) and 1 (load_w) both write bank "
            "0 of the scratchpad");
  EXPECT_TRUE(std::equal(world.memories.scratchpad.begin() + 8192,
                         world.memories.scratchpad.begin() + 8192 + 4096,
                         before.memories.scratchpad.begin() + 8192));
  EXPECT_EQ(world.dram, before.dram);
}

TEST(Model, EffectsAndTheEndHaveTheirTimeInTheKernel) {
  const Config config;
  const auto commands = gemmProgram({128, 64, 64, 64}, config);
  const Machine machine = machineOf(config);
  std::mt19937_64 random(25);
  World world(config, random);
  for (Memories *memories :
       {&world.memories, static_cast<Memories *>(nullptr)}) {
    const sc_core::sc_time begin = sc_core::sc_time_stamp();
    const auto now = [&] { return cyclesOf(sc_core::sc_time_stamp() - begin); };
    std::vector<Cycle> effects(commands.size(), -1);
    npu().beforeEffect = [&](std::int64_t n) { effects[n] = now(); };
    const auto timeline = simulate(commands, machine, memories);
    npu().beforeEffect = nullptr;
    ASSERT_TRUE(timeline) << timeline.message();
    EXPECT_GE(now(), timeline->cycles);
    EXPECT_LE(now(), timeline->cycles + 1);
    for (std::size_t n = 0; n < commands.size(); ++n)
      EXPECT_EQ(effects[n], memories ? timeline->records[n].start - 1 : -1)
          << n;
  }
}

double secondsOf(std::clock_t begin) {
  return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

TEST(Model, SpeedOnALargeProduct) {
  Config config;
  config.dramBanked = 1;
  const Gemm gemm{1024, 1024, 1024, 64};
  const auto commands = gemmProgram(gemm, config);
  std::clock_t begin = std::clock();
  const auto timing = simulate(commands, machineOf(config), nullptr);
  double timingSeconds = secondsOf(begin);
  // Once more: the first run pays for the pages of its memory.
  begin = std::clock();
  const auto again = simulate(commands, machineOf(config), nullptr);
  timingSeconds = std::min(timingSeconds, secondsOf(begin));
  ASSERT_TRUE(again);
  std::mt19937_64 random(24);
  World world(config, random);
  for (int i = 0; i < 3; ++i)
    world.dram[i].resize(2 << 20);
  world.attach();
  begin = std::clock();
  const auto data = simulate(commands, machineOf(config), &world.memories);
  const double dataSeconds = secondsOf(begin);
  ASSERT_TRUE(timing && data);
  EXPECT_EQ(timing->records, data->records);
  RecordProperty("timing_mcycles_per_s",
                 std::to_string(timing->cycles / timingSeconds / 1e6));
  RecordProperty("data_mcycles_per_s",
                 std::to_string(data->cycles / dataSeconds / 1e6));
}

} // namespace
