// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a backend tells of a run on bare hardware reaches the host, and records
// that break a rule of glowplug/replay.h are refused.

#include "tests/abi/Counting.h"

using namespace glowplug;
using namespace glowplug::testing;

namespace {

/// The sample program on the counting plugin.
class ReplayTest : public CountingTest {
protected:
  llvm::Expected<std::optional<Replay>>
  replay(const std::string &rule,
         const std::string &library = COUNTING_PLUGIN) {
    loadWithRule(rule, library);
    return executable->replay({});
  }

  std::string messageOf(const std::string &rule) {
    auto result = replay(rule);
    return result ? "" : llvm::toString(result.takeError());
  }
};

} // namespace

TEST_F(ReplayTest, TellsOfARun) {
  const Replay run = llvm::cantFail(replay("")).value();
  EXPECT_EQ(run.memoryBytes, 4096u);
  EXPECT_EQ(run.commandBytes, 4u);
  EXPECT_EQ(run.commandsAddress, 1024u);
  EXPECT_EQ(run.commands,
            std::vector<uint8_t>({'c', 'o', 'm', 'm', 'a', 'n', 'd', 's'}));
  ASSERT_EQ(run.segments.size(), 1u);
  EXPECT_EQ(run.segments[0].name, "constants");
  EXPECT_EQ(run.segments[0].address, 64u);
  EXPECT_EQ(run.segments[0].bytes.size(), 16u);
  ASSERT_EQ(run.registers.size(), 1u);
  EXPECT_EQ(run.registers[0].number, 7u);
  EXPECT_EQ(run.registers[0].value, 64u);
  ASSERT_EQ(run.outputs.size(), 1u);
  EXPECT_EQ(run.outputs[0].address, 2048u);
  EXPECT_EQ(run.outputs[0].bytes, 8u);
}

TEST_F(ReplayTest, CommandsMayComeByAPort) {
  EXPECT_FALSE(llvm::cantFail(replay("replay_port")).value().commandsAddress);
}

TEST_F(ReplayTest, HasNothingToSayWithoutTheGroup) {
  EXPECT_FALSE(
      llvm::cantFail(replay("", HOSTILE_PLUGINS "/good.so")).has_value());
}

TEST_F(ReplayTest, RefusesRecordsThatBreakARule) {
  const std::pair<const char *, const char *> rules[] = {
      {"replay_null", "gp_replay_machine is NULL"},
      {"replay_memory",
       "memory_bytes needs a multiple of 16 up to 2^32, but got 4097"},
      {"replay_command_bytes",
       "needs whole commands of 1 to 4096 bytes, but got 8 bytes of 0"},
      {"replay_half_command",
       "needs whole commands of 1 to 4096 bytes, but got 6 bytes of 4"},
      {"replay_no_commands",
       "needs one machine and one list of commands, but got 1 and 0"},
      {"replay_outside",
       "segment 'constants' needs to lie in 4096 bytes, but has 16 at 4090"},
      {"replay_overlap", "segment 'constants' needs to begin from 1032 on, but "
                         "begins at 1028"},
      {"replay_nameless", "the name of a segment is empty"},
      {"replay_output_missing", "output 0 is missing"},
      {"replay_output_twice", "output 0 comes twice"},
  };
  for (const auto &[rule, message] : rules) {
    SCOPED_TRACE(rule);
    EXPECT_NE(messageOf(rule).find(message), std::string::npos)
        << messageOf(rule);
  }
}
