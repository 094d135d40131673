// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The vector unit: hand-made cases of each stage.

#include "simulator/device/Execute.h"

#include <glowplug/arithmetic.h>

#include <gtest/gtest.h>

#include <random>

using namespace glowplug::npu;

namespace {

class VectorTest : public testing::Test {
protected:
  static constexpr int r = 16;
  Config config;
  Memories m{config};
  std::mt19937_64 random{12};

  void SetUp() override {
    for (auto &byte : m.scratchpad)
      byte = static_cast<std::uint8_t>(random());
    for (auto &sum : m.accumulator)
      sum = static_cast<std::int32_t>(random()) >> random() % 24;
  }

  /// Writes a scale for each lane at \p address.
  void scale(int address, std::int32_t multiplier, int shift) {
    for (int n = 0; n < r; ++n) {
      m.setWord(address + 4 * n, multiplier + n);
      m.scratchpad[address + 4 * r + n] = static_cast<std::uint8_t>(shift);
    }
  }

  std::int32_t byteAt(int address) const {
    return static_cast<std::int8_t>(m.scratchpad[address]);
  }
};

TEST_F(VectorTest, SumsBecomeBytes) {
  for (const bool twice : {false, true}) {
    Vector c;
    c.dstAddr = 32768;
    c.dstStep[0] = 2 * r;
    c.bias = c.rescale = 1;
    c.doubleRound = twice ? 1 : 0;
    c.paramAddr = 4096;
    c.outZp = -3;
    c.outMin = -100;
    c.outMax = 90;
    c.count[0] = 30;
    c.aAddr = 7;
    c.aStep[0] = 2;
    for (int n = 0; n < r; ++n)
      m.setWord(4096 + 4 * n, n * 1000 - 8000);
    scale(4096 + 4 * r, 1 << 30, 36);
    execute(c, m);
    for (int row = 0; row < 30; ++row)
      for (int n = 0; n < r; ++n) {
        const std::int32_t sum =
            wrap(std::int64_t(m.accumulator[(7 + 2 * row) * r + n]) + n * 1000 -
                 8000);
        const std::int64_t scaled =
            glowplug::arithmetic::applyScale32(sum, (1 << 30) + n, 36, twice);
        EXPECT_EQ(byteAt(32768 + 2 * r * row + n),
                  std::clamp<std::int64_t>(scaled - 3, -100, 90));
      }
  }
}

TEST_F(VectorTest, AdditionScalesBothSides) {
  Vector c;
  c.dstAddr = 65536;
  c.dstStep[0] = r;
  c.op = VectorOp::Add;
  c.aKind = VectorAKind::Bytes;
  c.aUnsigned = 1;
  c.aZp = 128;
  c.aAddr = 0;
  c.aStep[0] = r;
  c.bAddr = 1024;
  c.bStep[0] = 0; // the same row again and again
  c.bZp = 5;
  c.count[0] = 4;
  c.rescale = c.aRescale = c.bRescale = 1;
  c.paramAddr = 8192;
  c.outMin = -128;
  c.outMax = 127;
  scale(8192, 1 << 30, 46); // output
  scale(8192 + 5 * r, 3 << 28, 14);
  scale(8192 + 10 * r, 5 << 27, 13);
  execute(c, m);
  using glowplug::arithmetic::applyScale32;
  for (int row = 0; row < 4; ++row)
    for (int n = 0; n < r; ++n) {
      const std::int64_t a = applyScale32(m.scratchpad[row * r + n] - 128,
                                          (3 << 28) + n, 14, false);
      const std::int64_t b =
          applyScale32(byteAt(1024 + n) - 5, (5 << 27) + n, 13, false);
      const std::int64_t out = applyScale32(static_cast<std::int32_t>(a + b),
                                            (1 << 30) + n, 46, false);
      EXPECT_EQ(byteAt(65536 + row * r + n),
                std::clamp<std::int64_t>(out, -128, 127));
    }
}

TEST_F(VectorTest, ReductionsGoOverTheInnerDimension) {
  for (const int kind :
       {VectorReduce::Sum, VectorReduce::Max, VectorReduce::Min}) {
    Vector c;
    c.dstKind = DstKind::Words;
    c.dstAddr = 65536;
    c.dstStep[1] = 4 * r;
    c.reduce = kind;
    c.aKind = VectorAKind::Bytes;
    c.aZp = -7;
    c.aStep = {r, 5 * r};
    c.count = {5, 3};
    execute(c, m);
    for (int outer = 0; outer < 3; ++outer)
      for (int n = 0; n < r; ++n) {
        std::int32_t expected = byteAt(outer * 5 * r + n) + 7;
        for (int inner = 1; inner < 5; ++inner) {
          const std::int32_t x = byteAt((outer * 5 + inner) * r + n) + 7;
          expected = kind == VectorReduce::Sum   ? expected + x
                     : kind == VectorReduce::Max ? std::max(expected, x)
                                                 : std::min(expected, x);
        }
        EXPECT_EQ(m.word(65536 + outer * 4 * r + 4 * n), expected);
      }
  }
}

TEST_F(VectorTest, TablesAreIndexedByTheByte) {
  Vector c;
  c.dstAddr = 65536;
  c.dstStep[0] = r;
  c.aKind = VectorAKind::Bytes;
  c.aStep[0] = r;
  c.count[0] = 8;
  c.outMin = -128;
  c.outMax = 127;
  c.lookup = 1;
  c.tableAddr = 16384;
  execute(c, m);
  for (int i = 0; i < 8 * r; ++i)
    EXPECT_EQ(m.scratchpad[65536 + i], m.scratchpad[16384 + m.scratchpad[i]]);
}

TEST_F(VectorTest, ProductsAndDifferencesWrap) {
  Vector c;
  c.dstKind = DstKind::Accumulator;
  c.dstAddr = 100;
  c.dstStep[0] = 1;
  c.aStep[0] = 1;
  c.bStep[0] = r;
  c.count[0] = 6;
  for (const int op : {VectorOp::Mul, VectorOp::Sub, VectorOp::Max,
                       VectorOp::Min, VectorOp::Copy}) {
    c.op = op;
    const Memories before = m;
    execute(c, m);
    for (int i = 0; i < 6 * r; ++i) {
      const std::int64_t a = before.accumulator[i], b = byteAt(i);
      const std::int64_t expected = op == VectorOp::Mul   ? a * b
                                    : op == VectorOp::Sub ? a - b
                                    : op == VectorOp::Max ? std::max(a, b)
                                    : op == VectorOp::Min ? std::min(a, b)
                                                          : a;
      EXPECT_EQ(m.accumulator[100 * r + i], wrap(expected));
    }
  }
}

} // namespace
