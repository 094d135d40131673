// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The formulas for one command, against a count of one action after the other.

#include "tests/unit/simulator/energy/OneByOne.h"
#include "tests/unit/simulator/support/World.h"

#include <gtest/gtest.h>

using namespace glowplug::npu;
using namespace glowplug::npu::test;

namespace {

void expectEqual(const Counts &counts, const Counts &expected) {
  for (std::size_t i = 0; i < actionInfos.size(); ++i) {
    const auto action = static_cast<Action>(i);
    EXPECT_EQ(counts[action], expected[action]) << actionInfos[i].name;
  }
}

class Rows : public testing::TestWithParam<int> {};

TEST_P(Rows, EqualACountOneByOne) {
  std::mt19937_64 random(GetParam());
  Counts all;
  for (int n = 0; n < 20000; ++n) {
    Config config = randomConfig(random);
    config.arrayRows = GetParam();
    const auto queue = static_cast<Queue>(n % queueCount);
    Command command = randomCommand(random, config, queue);
    Header &header = headerOf(command);
    header.waitCount = {n % 2, n % 3, 0};
    header.signalCount = {0, n % 5, 1};
    const Counts counts = countActions(command, config);
    expectEqual(counts, countOneByOne(command, config));
    ASSERT_FALSE(HasFailure())
        << "command " << n << ", " << infoOf(command).name;
    all += counts;
  }
  // Every action came up but those that need the times of a run.
  for (std::size_t i = 0; i < actionInfos.size(); ++i) {
    const std::string_view name = actionInfos[i].name;
    const bool isTimed =
        actionInfos[i].unit == "cycle" || name == "dram.row_open";
    EXPECT_EQ(all[static_cast<Action>(i)] == 0, isTimed) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(CommandCounts, Rows, testing::Values(4, 8, 16, 32));

Counts countsOf(std::string_view text, const Config &config = {}) {
  return countActions(commandsOf(text).front(), config);
}

TEST(CommandCounts, AConvolutionWithPadding) {
  // 3 x 3 over 4 x 4 with padding of 1: of 9 * 16 inputs 100 exist.
  const Counts counts =
      countsOf("matmul matrix out_h=4 out_w=4 in_h=4 in_w=4 pad_top=1 "
               "pad_left=1 kernel_h=3 kernel_w=3 blocks=2 last_rows=5");
  EXPECT_EQ(counts[Action::ArrayMac], 2 * 9 * 16 * 256);
  EXPECT_EQ(counts[Action::ArrayUsefulMac], 100 * 21 * 16);
  EXPECT_EQ(counts[Action::ScratchpadArrayXRead], 2 * 100);
  EXPECT_EQ(counts[Action::ScratchpadArrayWRead], 9 * 21);
  EXPECT_EQ(counts[Action::ArrayWeightRow], 2 * 9 * 16);
  EXPECT_EQ(counts[Action::AccumulatorArrayWrite], 2 * 9 * 16);
  EXPECT_EQ(counts[Action::AccumulatorArrayRead], (2 * 9 - 1) * 16);
}

TEST(CommandCounts, AWindowOfTwoPasses) {
  // 3 x 4 over 5 x 6 without padding: a pass of three columns of taps over 5
  // columns, and one of a single column over the last 3.
  const Counts counts = countsOf(
      "depthwise vector out_h=3 out_w=3 in_h=5 in_w=6 kernel_h=3 kernel_w=4");
  EXPECT_EQ(counts[Action::ScratchpadDepthwiseRead], 5 * 5 + 5 * 3);
  EXPECT_EQ(counts[Action::DepthwiseStep], 5 * 5 + 5 * 3);
  EXPECT_EQ(counts[Action::DepthwiseLineRead], 5 * 5 + 5 * 3);
  EXPECT_EQ(counts[Action::DepthwiseMac], 2 * 9 * 9 * 16);
  EXPECT_EQ(counts[Action::DepthwiseUsefulMac], 9 * 12 * 16);
  EXPECT_EQ(counts[Action::DepthwiseWeightRow], 12);
  EXPECT_EQ(counts[Action::DepthwiseWeightRead], 2 * 9 * 9);
  EXPECT_EQ(counts[Action::DepthwiseSumRead], 9);
  EXPECT_EQ(counts[Action::DepthwiseSumWrite], 9);
}

TEST(CommandCounts, ABurstThatIsNotAligned) {
  // 70 bytes from 60 on: 4, 64 and 2 bytes; 1, 4 and 1 words of 16 bytes. In
  // the scratchpad from 8 on: lines 0, then 0 to 4, then 4.
  const Counts counts =
      countsOf("store store dram_offset=60 spad_addr=8 run=70");
  EXPECT_EQ(counts[Action::DmaBurst], 3);
  EXPECT_EQ(counts[Action::BusWriteBeat], 6);
  EXPECT_EQ(counts[Action::DramWriteByte], 96);
  EXPECT_EQ(counts[Action::DramUsefulWriteByte], 70);
  EXPECT_EQ(counts[Action::ScratchpadStoreRead], 1 + 5 + 1);
  // Its fetch: 64 bytes in 4 beats.
  EXPECT_EQ(counts[Action::BusReadBeat], 4);
  EXPECT_EQ(counts[Action::DramUsefulReadByte], 64);
}

} // namespace
