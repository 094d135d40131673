// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Programs that deadlock or overflow a semaphore, and the messages about them.

#include "simulator/timing/Replay.h"

#include "simulator/isa/Assembly.h"

#include <gtest/gtest.h>

using namespace glowplug::npu;

namespace {

std::string replayText(std::string_view text, const Config &config = {}) {
  const auto program = assemble(text);
  if (!program)
    return program.message();
  std::vector<Command> commands;
  for (const Encoded &code : program->commands)
    commands.push_back(*decodeCommand(code));
  const auto timeline = replay(commands, {config, {}, 0});
  return timeline ? "done" : timeline.message();
}

TEST(Deadlock, ACircleOfTwoIsNamed) {
  EXPECT_EQ(replayText("sync matrix wait=1 signal=2\n"
                       "sync vector wait=2 signal=1\n"),
            "deadlock: command 0 of matrix waits for semaphore 1, which "
            "command 1 would signal; command 1 of vector waits for semaphore "
            "2, which command 0 would signal; and so on from command 0");
}

TEST(Deadlock, StandingBehindAnotherIsNamed) {
  EXPECT_EQ(
      replayText("sync matrix wait=1\nsync matrix signal=2\n"
                 "sync vector wait=2\nsync vector signal=1\n"),
      "deadlock: command 0 of matrix waits for semaphore 1, which "
      "command 3 would signal; that is queued behind command 2; command 2 "
      "of vector waits for semaphore 2, which command 1 would signal; "
      "that is queued behind command 0; and so on from command 0");
}

TEST(Deadlock, ASignalThatNeverComesIsNamed) {
  EXPECT_EQ(replayText("sync store signal=9\nsync load_a wait=9:2"),
            "deadlock: command 1 of load_a waits for semaphore 9, which no "
            "command is left to signal");
}

TEST(Deadlock, AFullQueueIsNamed) {
  Config config;
  config.queueDepth = 1;
  EXPECT_EQ(replayText("sync matrix wait=1\nsync matrix\nsync vector signal=1",
                       config),
            "deadlock: command 0 of matrix waits for semaphore 1, which "
            "command 2 would signal; command 1 waits for the full queue "
            "matrix; and so on from command 0");
  config.queueDepth = 2;
  EXPECT_EQ(replayText("sync matrix wait=1\nsync matrix\nsync vector signal=1",
                       config),
            "done");
}

TEST(Deadlock, AnOverflowIsNamed) {
  std::string text;
  for (int i = 0; i < 18; ++i)
    text += "sync store signal=7:15\n";
  EXPECT_EQ(replayText(text), "command 17: semaphore 7 overflows: it would "
                              "count over 255");
}

} // namespace
