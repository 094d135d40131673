// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Transfers, squares and checksums.

#include "simulator/device/Execute.h"

#include <gtest/gtest.h>

#include <numeric>

using namespace glowplug::npu;

namespace {

class TransferTest : public testing::Test {
protected:
  TransferTest() : memory(4096) {
    std::iota(memory.begin(), memory.end(), std::uint8_t(1));
    m.dram[2] = memory;
  }
  std::vector<std::uint8_t> memory;
  Memories m{Config{}};
};

TEST_F(TransferTest, LoadPicksAPatch) {
  // The 7 x 7 patches of a 3-channel image of 20 x 20, as rows of 147 bytes.
  Load c;
  c.dramBase = 2;
  c.run = 7;
  c.count = {7, 3, 2, 2};
  c.dramStep = {20, 400, 2, 40};
  c.spadAddr = 5;
  c.spadStep = {7, 49, 160, 320};
  execute(c, m);
  for (int y = 0; y < 2; ++y)
    for (int x = 0; x < 2; ++x)
      for (int channel = 0; channel < 3; ++channel)
        for (int kh = 0; kh < 7; ++kh)
          for (int kw = 0; kw < 7; ++kw)
            EXPECT_EQ(m.scratchpad[5 + y * 320 + x * 160 + channel * 49 +
                                   kh * 7 + kw],
                      memory[channel * 400 + (2 * y + kh) * 20 + 2 * x + kw]);
}

TEST_F(TransferTest, StoreIsTheWayBack) {
  Load load;
  load.dramBase = 2;
  load.run = 100;
  execute(load, m);
  Store c;
  c.dramBase = 2;
  c.dramOffset = 1000;
  c.spadAddr = 30;
  c.run = 10;
  c.count[0] = 3;
  c.dramStep[0] = -50;
  c.spadStep[0] = 10;
  execute(c, m);
  for (int i = 0; i < 30; ++i)
    EXPECT_EQ(memory[1000 - 50 * (i / 10) + i % 10], 31 + i);
}

TEST_F(TransferTest, FillWritesItsRunsOnly) {
  Fill c;
  c.dstAddr = 64;
  c.value = 0x5a;
  c.run = 3;
  c.count[1] = 2;
  c.dstStep[1] = 5;
  execute(c, m);
  for (int i = 60; i < 80; ++i)
    EXPECT_EQ(m.scratchpad[i],
              (i >= 64 && i < 67) || (i >= 69 && i < 72) ? 0x5a : 0);
}

TEST_F(TransferTest, FillOfWordsWritesItsRunsOnly) {
  FillWords c;
  c.dstAddr = 64;
  c.value = -0x05040303; // 0xfafbfcfd
  c.run = 8;
  c.count = {2, 1, 1, 2};
  c.dstStep = {-12, 0, 0, 32};
  execute(c, m);
  const std::array<std::uint8_t, 4> word{0xfd, 0xfc, 0xfb, 0xfa};
  for (int i = 40; i < 120; ++i) {
    const bool isFilled = (i >= 52 && i < 60) || (i >= 64 && i < 72) ||
                          (i >= 84 && i < 92) || (i >= 96 && i < 104);
    EXPECT_EQ(m.scratchpad[i], isFilled ? word[i % 4] : 0) << i;
  }
}

TEST_F(TransferTest, CopyReadsBeforeItWrites) {
  for (int i = 0; i < 8; ++i)
    m.scratchpad[i] = static_cast<std::uint8_t>(i);
  Copy c;
  c.dstAddr = 1;
  c.run = 1;
  c.count[0] = 7;
  c.srcStep[0] = c.dstStep[0] = 1;
  execute(c, m);
  for (int i = 1; i < 8; ++i)
    EXPECT_EQ(m.scratchpad[i], i - 1);
}

TEST_F(TransferTest, SquaresAreTransposed) {
  std::iota(m.scratchpad.begin(), m.scratchpad.begin() + 512, std::uint8_t(0));
  Transpose c;
  c.srcRowStep = 32; // two squares beside each other
  c.srcStep[0] = 16;
  c.count[0] = 2;
  c.dstAddr = 1024;
  c.dstRowStep = 16;
  c.dstStep[0] = 256;
  execute(c, m);
  for (int square = 0; square < 2; ++square)
    for (int row = 0; row < 16; ++row)
      for (int lane = 0; lane < 16; ++lane)
        EXPECT_EQ(m.scratchpad[1024 + square * 256 + row * 16 + lane],
                  m.scratchpad[lane * 32 + square * 16 + row]);
}

TEST_F(TransferTest, ChecksumsCoverWhatIsWritten) {
  Fill c;
  c.dstAddr = 100;
  c.run = 9;
  for (int i = 0; i < 9; ++i)
    m.scratchpad[100 + i] = static_cast<std::uint8_t>('1' + i);
  EXPECT_EQ(resultCrc(c, m), 0xcbf43926u); // of "123456789", well known
  m.scratchpad[109] ^= 1;
  EXPECT_EQ(resultCrc(c, m), 0xcbf43926u);
  m.scratchpad[108] ^= 1;
  EXPECT_NE(resultCrc(c, m), 0xcbf43926u);
}

TEST_F(TransferTest, ResultsHaveTheirPlaces) {
  Fill c;
  c.dstAddr = 100;
  c.run = 3;
  c.count[1] = 2;
  c.dstStep[1] = 50;
  execute(c, m);
  m.scratchpad[151] = 7;
  EXPECT_EQ(resultSize(c, m.config), 6);
  EXPECT_EQ(resultBytes(c, m), (std::vector<std::uint8_t>{0, 0, 0, 0, 7, 0}));
  const ResultPlace fifth = resultPlace(c, m.config, 4);
  EXPECT_EQ(fifth.space, Space::Scratchpad);
  EXPECT_EQ(fifth.place, 151);

  Matmul sums;
  sums.accAddr = 5;
  sums.outW = 2;
  m.accumulator[6 * m.config.arrayRows + 3] = 0x01020304;
  EXPECT_EQ(resultSize(sums, m.config), 2 * 4 * m.config.arrayRows);
  const std::int64_t index = 4 * m.config.arrayRows + 4 * 3 + 1;
  EXPECT_EQ(resultBytes(sums, m)[static_cast<std::size_t>(index)], 3);
  const ResultPlace byte = resultPlace(sums, m.config, index);
  EXPECT_EQ(byte.space, Space::Accumulator);
  EXPECT_EQ(byte.place, 6);
  EXPECT_EQ(byte.within, 4 * 3 + 1);

  c.count = {65535, 65535, 65535, 65535};
  c.run = 65535;
  EXPECT_EQ(resultSize(c, m.config), INT64_MAX / 2);
}

} // namespace
