// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The closed forms equal the recurrences of the contract, step by step.

#include "simulator/timing/DmaTiming.h"
#include "simulator/timing/VectorTiming.h"

#include "tests/unit/simulator/support/RandomProgram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

using namespace glowplug::npu;
using namespace glowplug::npu::test;

namespace {

/// load(n) and multiply(n), block by block.
struct SlowArray {
  Cycle r, mesh, pipe, loadEnd = 0, multiply = 0, rows = 0;

  Span begin(const Matmul &c, Cycle at) {
    for (Cycle block = 0; block < Cycle(c.blocks) * c.kernelH * c.kernelW;
         ++block) {
      const Cycle load = std::max({at, loadEnd, multiply});
      loadEnd = load + r + (block == 0 ? c.weightZpColumns : 0);
      multiply = std::max(loadEnd, multiply + rows);
      rows = Cycle(c.outH) * c.outW;
    }
    return {loadEnd, multiply + rows + mesh * r + pipe};
  }
};

TEST(Contract, TheArrayFollowsItsRecurrence) {
  std::mt19937_64 random(6);
  for (int round = 0; round < 200; ++round) {
    const Config config = randomConfig(random);
    ArrayTiming array(config);
    SlowArray slow{config.arrayRows, config.arrayMeshCycles,
                   config.arrayPipeCycles};
    Cycle at = 0;
    for (int n = 0; n < 50; ++n) {
      const Command command = randomCommand(random, config, Queue::Matrix);
      const auto *matmul = std::get_if<Matmul>(&command);
      if (!matmul)
        continue;
      at += static_cast<Cycle>(random() % 200);
      const Span span = array.begin(*matmul, at);
      const Span expected = slow.begin(*matmul, at);
      ASSERT_EQ(span.frontFree, expected.frontFree);
      ASSERT_EQ(span.end, expected.end);
      at = std::max(at, span.frontFree);
    }
  }
}

TEST(Contract, RunsInWholeLinesAreCountedAsOneByOne) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 2000; ++round) {
    const Config config = randomConfig(random);
    const Command command = randomCommand(random, config, Queue::Store);
    const auto *copy = std::get_if<Copy>(&command);
    if (!copy)
      continue;
    const int line = lineBytes(config);
    const auto lines = [&](std::int64_t at) {
      return (at + copy->run - 1) / line - at / line + 1;
    };
    Cycle expected = 0;
    std::array<std::int64_t, 4> i{};
    for (i[3] = 0; i[3] < copy->count[3]; ++i[3])
      for (i[2] = 0; i[2] < copy->count[2]; ++i[2])
        for (i[1] = 0; i[1] < copy->count[1]; ++i[1])
          for (i[0] = 0; i[0] < copy->count[0]; ++i[0]) {
            std::int64_t source = copy->srcAddr, target = copy->dstAddr;
            for (int d = 0; d < 4; ++d) {
              source += i[d] * copy->srcStep[d];
              target += i[d] * copy->dstStep[d];
            }
            expected += std::max(lines(source), lines(target));
          }
    ASSERT_EQ(localCycles(*copy, config), expected);
  }
}

TEST(Contract, TransfersWithinTheScratchpadFollowEachOther) {
  DmaTiming dma(Config{}, {});
  const auto expect = [&](const Command &command, Cycle start, Cycle frontFree,
                          Cycle end) {
    const auto span = dma.begin(command, start);
    ASSERT_TRUE(span);
    EXPECT_EQ(span->frontFree, frontFree);
    EXPECT_EQ(span->end, end);
  };
  Copy copy; // twice three lines, which are read and then written
  copy.run = 33;
  copy.dstAddr = 8;
  copy.count[0] = 2;
  copy.srcStep[0] = copy.dstStep[0] = 64;
  expect(copy, 10, 16, 19);
  Fill fill; // two lines, once the port is free, after the copy in its pipe
  fill.dstAddr = 8;
  fill.run = 16;
  expect(fill, 12, 18, 21);
  expect(Sync(), 12, 13, 13);
  expect(fill, 20, 22, 25);
  EXPECT_FALSE(dma.begin(Load(), 30)) << "the bus decides";
}

TEST(Contract, BurstsCoverTheRunsInOrder) {
  std::mt19937_64 random(8);
  Bases bases{};
  for (int i = 0; i < baseRegisters; ++i)
    bases[i] = std::uint64_t(i) << 30;
  for (int round = 0; round < 2000; ++round) {
    const Config config = randomConfig(random);
    const Command command = randomCommand(random, config, Queue::LoadA);
    const auto *load = std::get_if<Load>(&command);
    if (!load)
      continue;
    BurstWalker walker(*load, bases, config);
    std::array<std::int64_t, 4> i{};
    for (i[3] = 0; i[3] < load->count[3]; ++i[3])
      for (i[2] = 0; i[2] < load->count[2]; ++i[2])
        for (i[1] = 0; i[1] < load->count[1]; ++i[1])
          for (i[0] = 0; i[0] < load->count[0]; ++i[0]) {
            std::int64_t at = static_cast<std::int64_t>(bases[load->dramBase]) +
                              load->dramOffset;
            for (int d = 0; d < 4; ++d)
              at += i[d] * load->dramStep[d];
            for (std::int64_t left = load->run; left > 0;) {
              ASSERT_FALSE(walker.done());
              const Burst burst = walker.next();
              ASSERT_EQ(static_cast<std::int64_t>(burst.address), at);
              ASSERT_GT(burst.bytes, 0);
              ASSERT_LE(burst.address % 64 + burst.bytes, 64u);
              at += burst.bytes;
              left -= burst.bytes;
              ASSERT_GE(left, 0);
            }
          }
    EXPECT_TRUE(walker.done());
  }
}

TEST(Contract, WordsTakeFourCyclesARow) {
  const Config config;
  Vector c;
  c.count = {10, 3};
  EXPECT_EQ(vectorCycles(c, config).stream, 30);
  c.dstKind = DstKind::Words;
  EXPECT_EQ(vectorCycles(c, config).stream, 120);
  c.reduce = VectorReduce::Sum;
  EXPECT_EQ(vectorCycles(c, config).stream, 33);
  c.count[0] = 2;
  EXPECT_EQ(vectorCycles(c, config).stream, 15);
  c.aKind = VectorAKind::Words;
  EXPECT_EQ(vectorCycles(c, config).stream, 24);
  c.dstKind = DstKind::Bytes;
  EXPECT_EQ(vectorCycles(c, config).stream, 24);
}

TEST(Contract, DepthwiseReadsEachInputOnce) {
  const Config config;
  Depthwise c;
  c.inH = c.outH = c.inW = c.outW = 14;
  c.kernelH = c.kernelW = 3;
  c.padTop = c.padLeft = 1;
  // A row of padding, and the last output after it.
  EXPECT_EQ(vectorCycles(c, config).stream, 4 + 15 * 14 + 1);
  EXPECT_EQ(vectorCycles(c, config).parameters, 9);
  c.dstKind = DstKind::Words;
  EXPECT_EQ(vectorCycles(c, config).stream, 4 + 15 * 14 + 1 + 3 * 14 * 14);
  c.dstKind = DstKind::Bytes;
  c.strideH = c.strideW = 2;
  c.outH = c.outW = 7;
  EXPECT_EQ(vectorCycles(c, config).stream, 4 + 14 * 14);
  c.padTop = c.padLeft = 0;
  EXPECT_EQ(vectorCycles(c, config).stream, 4 + 15 * 14 + 1);
}

/// What a line buffer does in each cycle of one pass over a window of 3 x 3 or
/// less.
struct LineBuffer {
  std::vector<int> inputs, outputs; ///< of each cycle

  explicit LineBuffer(const Depthwise &c) {
    const int bottom = c.kernelH - 1 - c.padTop,
              right = c.kernelW - 1 - c.padLeft;
    const int top = std::min(std::max(-c.padTop, 0), bottom);
    const int left = std::min(std::max(-c.padLeft, 0), right);
    const int lastRow = bottom + (c.outH - 1) * c.strideH;
    const int lastColumn = right + (c.outW - 1) * c.strideW;
    const auto completes = [](int at, int first, int stride) {
      return at >= first && (at - first) % stride == 0;
    };
    int at = 0;
    for (int row = top; row <= lastRow; ++row) {
      for (int column = left; column <= lastColumn; ++column, ++at) {
        grow(at);
        inputs[at] += row >= 0 && row < c.inH && column >= 0 && column < c.inW;
        outputs[at] += completes(row, bottom, c.strideH) &&
                       completes(column, right, c.strideW);
      }
      // The next row goes as far back as it has no output yet, and this one no
      // input any more.
      if (row != lastRow)
        at -=
            std::min(right - left,
                     lastColumn + 1 - std::clamp(c.inW, left, lastColumn + 1));
    }
  }

  void grow(int at) {
    if (static_cast<std::size_t>(at) >= inputs.size()) {
      inputs.resize(at + 1);
      outputs.resize(at + 1);
    }
  }
};

TEST(Contract, DepthwiseHasOneInputAndOneOutputACycle) {
  std::mt19937_64 random(11);
  const Config config;
  const auto pick = [&](int low, int high) {
    return low + static_cast<int>(random() % (high - low + 1));
  };
  for (int round = 0; round < 5000; ++round) {
    Depthwise c;
    c.inH = pick(1, 9);
    c.inW = pick(1, 9);
    c.kernelH = pick(1, 3);
    c.kernelW = pick(1, 3);
    c.strideH = pick(1, 4);
    c.strideW = pick(1, 4);
    c.padTop = pick(0, 4);
    c.padLeft = pick(0, 4);
    c.outH = pick(1, 9);
    c.outW = pick(1, 9);
    const LineBuffer buffer(c);
    ASSERT_EQ(vectorCycles(c, config).stream,
              4 + static_cast<Cycle>(buffer.inputs.size()))
        << "round " << round;
    ASSERT_LE(*std::max_element(buffer.inputs.begin(), buffer.inputs.end()), 1);
    ASSERT_LE(*std::max_element(buffer.outputs.begin(), buffer.outputs.end()),
              1);
    ASSERT_EQ(std::accumulate(buffer.outputs.begin(), buffer.outputs.end(), 0),
              c.outH * c.outW);
  }
}

} // namespace
