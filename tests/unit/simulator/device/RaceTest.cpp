// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Races: every kind is found, and accesses that semaphores order are not
// reported.

#include "simulator/device/RaceDetector.h"

#include "simulator/isa/Assembly.h"
#include "tests/unit/simulator/support/Gemm.h"
#include "tests/unit/simulator/support/RandomProgram.h"

#include <gtest/gtest.h>

using namespace glowplug::npu;
using namespace glowplug::npu::test;

namespace {

std::string firstRace(std::string_view text) {
  const auto program = assemble(text);
  if (!program)
    return program.message();
  std::vector<Command> commands;
  for (const Encoded &code : program->commands)
    commands.push_back(*decodeCommand(code));
  const auto races = findRaces(commands, Config{});
  return races.empty() ? "none" : races[0].message();
}

TEST(Races, ReadingWhatIsBeingWritten) {
  EXPECT_EQ(firstRace("load load_a run=64\nmatmul matrix src_addr=48"),
            "race: command 1 reads scratchpad byte 48, which command 0 may "
            "not have written yet");
  EXPECT_EQ(firstRace("load load_a run=64 signal=1\n"
                      "matmul matrix src_addr=48 wait=1"),
            "none");
}

TEST(Races, WritingWhatIsBeingRead) {
  EXPECT_EQ(firstRace("store store run=20 spad_addr=7\n"
                      "fill load_w dst_addr=26"),
            "race: command 1 writes scratchpad byte 26, which command 0 may "
            "still read");
  EXPECT_EQ(firstRace("store store run=20 spad_addr=7\n"
                      "fill load_w dst_addr=27"),
            "none");
}

TEST(Races, WritingWhatIsBeingWritten) {
  EXPECT_EQ(firstRace("matmul matrix acc_addr=5 out_w=3\n"
                      "vector vector dst_kind=accumulator dst_addr=7 "
                      "a_addr=100"),
            "race: command 1 writes accumulator row 7, which command 0 may "
            "still write");
}

TEST(Races, MemoryCountsToo) {
  EXPECT_EQ(firstRace("store store dram_base=3 dram_offset=100 run=8\n"
                      "load load_a dram_base=3 dram_offset=107 "
                      "spad_addr=1000"),
            "race: command 1 reads byte 107 of base 3, which command 0 may "
            "not have written yet");
}

TEST(Races, AQueueOrdersAllButReadingAfterWriting) {
  EXPECT_EQ(firstRace("fill store run=64\nfill store run=64"), "none");
  EXPECT_EQ(firstRace("store store run=64\nfill store run=64"), "none");
  EXPECT_EQ(firstRace("fill store run=64\nstore store run=64"),
            "race: command 1 reads scratchpad byte 0, which command 0 may not "
            "have written yet");
  EXPECT_EQ(firstRace("fill store run=64\nstore store run=64 drain"), "none");
  EXPECT_EQ(firstRace("matmul matrix\nmatmul matrix accumulate=1"), "none");
}

TEST(Races, KnowledgeIsPassedOn) {
  // Command 3 learns from the store, which learnt from the load.
  EXPECT_EQ(firstRace("load load_a run=64 signal=1\n"
                      "sync store wait=1 signal=2\n"
                      "sync matrix\n"
                      "matmul matrix wait=2"),
            "none");
  // The second token is given by the second load.
  EXPECT_EQ(firstRace("load load_a run=16 spad_addr=512 signal=1\n"
                      "load load_a run=16 signal=1\n"
                      "matmul matrix wait=1"),
            "race: command 2 reads scratchpad byte 0, which command 1 may not "
            "have written yet");
  EXPECT_EQ(firstRace("load load_a run=16 spad_addr=512 signal=1\n"
                      "load load_a run=16 signal=1\n"
                      "matmul matrix wait=1:2"),
            "none");
}

TEST(Races, ADoubleBufferedProductHasNone) {
  const Config config;
  const Gemm gemm{128, 64, 256, 64};
  auto commands = gemmProgram(gemm, config);
  EXPECT_TRUE(findRaces(commands, config).empty());
  // Without any one of its waits it has one, the initial ones aside.
  int needed = 0, waits = 0;
  for (Command &command : commands) {
    Header &header = headerOf(command);
    for (int i = 0; i < 3; ++i) {
      if (header.waitCount[i] == 0)
        continue;
      ++waits;
      header.waitCount[i] = 0;
      needed += findRaces(commands, config, 1).empty() ? 0 : 1;
      header.waitCount[i] = 1;
    }
  }
  EXPECT_GT(needed, waits / 2);
}

TEST(Races, ChainsOfCommandsHaveNone) {
  std::mt19937_64 random(14);
  for (int round = 0; round < 50; ++round) {
    const Config config = randomConfig(random);
    const auto commands = randomProgram(random, config, {30, true});
    for (const Race &race : findRaces(commands, config))
      ADD_FAILURE() << race.message();
  }
}

} // namespace
