// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where an engine's time went: the parts add up, and each cause shows.

#include "simulator/timing/Stalls.h"

#include "simulator/isa/Assembly.h"
#include "tests/unit/simulator/support/Gemm.h"
#include "tests/unit/simulator/support/RandomProgram.h"

#include <gtest/gtest.h>

using namespace glowplug::npu;
using namespace glowplug::npu::test;

namespace {

TEST(Stalls, AddUpToAllCycles) {
  std::mt19937_64 random(9);
  for (int round = 0; round < 300; ++round) {
    const Config config = randomConfig(random);
    const auto commands = randomProgram(random, config);
    const auto timeline = replay(commands, {config, {}, 0});
    ASSERT_TRUE(timeline) << timeline.message();
    for (const QueueTime &time : stallsOf(commands, *timeline, config)) {
      EXPECT_EQ(time.total(), timeline->cycles);
      for (Cycle part :
           {time.busy, time.fetch, time.semaphore, time.drain, time.finished})
        EXPECT_GE(part, 0);
    }
  }
}

TEST(Stalls, CausesAreToldApart) {
  const auto program = assemble("load load_a run=4096 signal=1\n"
                                "vector vector wait=1 count0=50\n"
                                "vector vector drain\n");
  ASSERT_TRUE(program) << program.message();
  std::vector<Command> commands;
  for (const Encoded &code : program->commands)
    commands.push_back(*decodeCommand(code));
  const auto timeline = replay(commands, {});
  ASSERT_TRUE(timeline);
  const Config config;
  const auto times = stallsOf(commands, *timeline, config);
  const QueueTime &vector = times[static_cast<int>(Queue::Vector)];
  const auto &records = timeline->records;
  EXPECT_EQ(vector.fetch, records[1].dispatched + 2);
  EXPECT_EQ(vector.semaphore, records[0].end - records[1].dispatched);
  EXPECT_EQ(vector.drain, config.vectorPipeCycles + 2);
  EXPECT_EQ(vector.busy, 50 + 1);
  EXPECT_EQ(times[static_cast<int>(Queue::Matrix)].finished, timeline->cycles);
}

TEST(Stalls, ABoundArrayIsBusy) {
  const Config config;
  const auto commands = gemmProgram({256, 256, 1024, 64}, config);
  const auto timeline = replay(commands, {config, {}, 0});
  ASSERT_TRUE(timeline);
  const auto times = stallsOf(commands, *timeline, config);
  EXPECT_GT(times[static_cast<int>(Queue::Matrix)].busy,
            timeline->cycles * 9 / 10);
  EXPECT_GT(times[static_cast<int>(Queue::Store)].semaphore,
            timeline->cycles / 2);
}

/// An engine that streams is busy, also while the next command is loaded
/// beside it, or waits for its tokens.
TEST(Stalls, StreamingIsWork) {
  const auto program = assemble("vector vector count0=500\n"
                                "load load_a run=64 signal=1\n"
                                "vector vector wait=1 count0=700 drain=0\n");
  ASSERT_TRUE(program) << program.message();
  std::vector<Command> commands;
  for (const Encoded &code : program->commands)
    commands.push_back(*decodeCommand(code));
  const Config config;
  const auto timeline = replay(commands, {});
  ASSERT_TRUE(timeline);
  const auto &records = timeline->records;
  const auto times = stallsOf(commands, *timeline, config);
  const QueueTime &vector = times[static_cast<int>(Queue::Vector)];
  EXPECT_EQ(workEnd(commands[0], records[0], config), records[0].start + 500);
  EXPECT_EQ(vector.busy, 1200);
  EXPECT_EQ(vector.semaphore, 0);
}

/// No more of the array's cycles can be products than it is busy.
TEST(Stalls, TheArrayIsBusyWhileItMultiplies) {
  std::mt19937_64 random(10);
  for (int round = 0; round < 300; ++round) {
    const Config config = randomConfig(random);
    const auto commands = randomProgram(random, config);
    const auto timeline = replay(commands, {config, {}, 0});
    ASSERT_TRUE(timeline) << timeline.message();
    Cycle rows = 0;
    for (const Command &command : commands)
      if (const auto *matmul = std::get_if<Matmul>(&command))
        rows += Cycle(matmul->outH) * matmul->outW * matmul->blocks *
                matmul->kernelH * matmul->kernelW;
    const auto times = stallsOf(commands, *timeline, config);
    EXPECT_GE(times[static_cast<int>(Queue::Matrix)].busy, rows);
  }
}

} // namespace
