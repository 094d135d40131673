// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Bank conflicts: each kind is found, and a well placed program has none.

#include "simulator/timing/Banks.h"

#include "simulator/isa/Assembly.h"
#include "tests/unit/simulator/support/Gemm.h"

#include <gtest/gtest.h>

using namespace glowplug::npu;
using namespace glowplug::npu::test;

namespace {

std::string firstConflict(std::string_view text) {
  const auto program = assemble(text);
  if (!program)
    return program.message();
  std::vector<Command> commands;
  for (const Encoded &code : program->commands)
    commands.push_back(*decodeCommand(code));
  const auto timeline = replay(commands, {});
  if (!timeline)
    return timeline.message();
  const auto found = findBankConflicts(commands, *timeline, Config{});
  return found.empty() ? "none" : found[0].message();
}

TEST(Banks, ADoubleBufferedProductHasNone) {
  for (const int banked : {0, 1}) {
    Config config;
    config.dramBanked = banked;
    const auto commands = gemmProgram({256, 128, 512, 64}, config);
    const auto timeline = replay(commands, {config, {}, 0});
    ASSERT_TRUE(timeline);
    for (const auto &conflict : findBankConflicts(commands, *timeline, config))
      ADD_FAILURE() << conflict.message();
  }
}

TEST(Banks, InputAndWeightsInOneBank) {
  EXPECT_EQ(firstConflict("matmul matrix src_addr=0 weight_addr=16384"),
            "bank conflict: command 0 (matrix) reads bank 0 of the scratchpad "
            "twice at a time");
  EXPECT_EQ(firstConflict("matmul matrix src_addr=0 weight_addr=32768"),
            "none");
}

TEST(Banks, TwoEnginesAtOnePort) {
  EXPECT_EQ(firstConflict("load load_a run=4096\n"
                          "load load_w run=4096 spad_addr=8192"),
            "bank conflict: commands 0 (load_a) and 1 (load_w) both write bank "
            "0 of the scratchpad");
  EXPECT_EQ(firstConflict("load load_a run=4096 signal=1\n"
                          "load load_w run=4096 spad_addr=8192 wait=1"),
            "none");
  EXPECT_EQ(firstConflict("load load_a run=4096\n"
                          "load load_w run=4096 spad_addr=32768"),
            "none");
}

TEST(Banks, TheArrayReadsTheSumsItAddsTo) {
  EXPECT_EQ(
      firstConflict("matmul matrix weight_addr=32768 out_w=200 acc_addr=0\n"
                    "vector vector a_addr=250 dst_addr=65536 count0=4 "
                    "dst_step0=16"),
      "bank conflict: commands 0 (matrix) and 1 (vector) both read bank 0 of "
      "the accumulator");
}

TEST(Banks, TheNextCommandsWeights) {
  EXPECT_EQ(
      firstConflict("matmul matrix weight_addr=32768 out_w=200\n"
                    "matmul matrix src_addr=65536 weight_addr=512"),
      "bank conflict: commands 0 (matrix) and 1 (matrix) both read bank 0 "
      "of the scratchpad");
}

/// A command has its banks until the cycle after its end, in which others know
/// of it at the earliest.
TEST(Banks, OneCycleBetweenTwoCommandsIsTooFew) {
  Fill first, second;
  first.header.queue = static_cast<int>(Queue::LoadA);
  second.header.queue = static_cast<int>(Queue::LoadW);
  const std::vector<Command> commands{first, second};
  const auto conflicts = [&](Cycle start) {
    Timeline timeline;
    timeline.records = {{0, 5, 9, 10}, {0, start, start + 9, start + 10}};
    return findBankConflicts(commands, timeline, Config{}).size();
  };
  EXPECT_EQ(conflicts(10), 1u);
  EXPECT_EQ(conflicts(11), 1u);
  EXPECT_EQ(conflicts(12), 0u);
}

TEST(Banks, StepsOverBanksLeaveThoseBetweenFree) {
  Load load;
  load.run = 64;
  load.count = {2, 2, 1, 1};
  load.spadStep = {64, 3 * 32768, 0, 0};
  EXPECT_EQ(bankUseOf(load, Config{}).writes, 0b1001u);
}

} // namespace
