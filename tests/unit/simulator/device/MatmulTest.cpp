// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The systolic array's command against a convolution written from its formula.

#include "simulator/device/Execute.h"
#include "tests/unit/simulator/support/RandomProgram.h"

#include <gtest/gtest.h>

using namespace glowplug::npu;
using namespace glowplug::npu::test;

namespace {

/// One sum of the tile, straight from the page of the instruction set.
std::int32_t sumOf(const Matmul &c, const Memories &m, int oh, int ow, int n) {
  const int r = m.config.arrayRows;
  std::int64_t sum = 0;
  for (int kc = 0; kc < c.blocks; ++kc)
    for (int kh = 0; kh < c.kernelH; ++kh)
      for (int kw = 0; kw < c.kernelW; ++kw) {
        const int b = (kc * c.kernelH + kh) * c.kernelW + kw;
        const int ih = oh * c.strideH + kh * c.dilationH - c.padTop;
        const int iw = ow * c.strideW + kw * c.dilationW - c.padLeft;
        if (ih < 0 || ih >= c.inH || iw < 0 || iw >= c.inW)
          continue;
        for (int k = 0; k < (kc == c.blocks - 1 ? c.lastRows : r); ++k) {
          const auto byte = m.scratchpad[c.srcAddr + kc * c.stepC +
                                         ih * c.stepH + iw * c.stepW + k];
          const auto weight =
              m.scratchpad[c.weightAddr + b * c.weightBlockStep +
                           k * c.weightRowStep + n];
          const std::int64_t zero =
              c.weightZpColumns != 0 ? valueOf(m.scratchpad[c.weightZpAddr + n],
                                               c.weightUnsigned != 0)
                                     : c.weightZp;
          sum +=
              (std::int64_t(valueOf(byte, c.inputUnsigned != 0)) - c.inputZp) *
              (valueOf(weight, c.weightUnsigned != 0) - zero);
        }
      }
  return wrap(sum);
}

TEST(Execute, MatmulIsAConvolution) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 600; ++round) {
    Config config;
    config.arrayRows = 4 << round % 4;
    Memories m(config);
    for (auto &byte : m.scratchpad)
      byte = static_cast<std::uint8_t>(random());
    for (auto &sum : m.accumulator)
      sum = static_cast<std::int32_t>(random());
    const Command command = randomCommand(random, config, Queue::Matrix);
    const auto *c = std::get_if<Matmul>(&command);
    if (!c)
      continue;
    const Memories before = m;
    execute(command, m);
    EXPECT_EQ(m.scratchpad, before.scratchpad);
    const int r = config.arrayRows, rows = c->outH * c->outW;
    for (std::int64_t i = 0; i < std::int64_t(m.accumulator.size()); ++i) {
      const std::int64_t row = i / r - c->accAddr;
      std::int32_t expected = before.accumulator[i];
      if (row >= 0 && row < rows)
        expected = wrap((c->accumulate != 0 ? std::int64_t(expected) : 0) +
                        sumOf(*c, before, static_cast<int>(row / c->outW),
                              static_cast<int>(row % c->outW),
                              static_cast<int>(i % r)));
      ASSERT_EQ(m.accumulator[i], expected) << round << " " << i;
    }
  }
}

} // namespace
