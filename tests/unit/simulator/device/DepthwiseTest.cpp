// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Windows over single channels, against their formula.

#include "simulator/device/Execute.h"
#include "tests/unit/simulator/support/RandomProgram.h"

#include <gtest/gtest.h>

#include <algorithm>

using namespace glowplug::npu;
using namespace glowplug::npu::test;

namespace {

TEST(Execute, DepthwiseSlidesItsWindow) {
  std::mt19937_64 random(13);
  const Config config;
  const int r = config.arrayRows;
  int seen = 0;
  while (seen < 300) {
    const Command command = randomCommand(random, config, Queue::Vector);
    const auto *drawn = std::get_if<Depthwise>(&command);
    if (!drawn)
      continue;
    // Raw sums, next to each other, away from the inputs.
    Depthwise c = *drawn;
    c.bias = c.rescale = c.lookup = c.outZp = c.outMin = c.outMax = 0;
    c.dstKind = DstKind::Accumulator;
    c.dstAddr = 0;
    c.dstStep = {1, c.outW};
    Memories m(config);
    for (auto &byte : m.scratchpad)
      byte = static_cast<std::uint8_t>(random());
    execute(c, m);
    for (int row = 0; row < c.outH * c.outW; ++row)
      for (int n = 0; n < r; ++n) {
        std::int64_t sum = 0, most = INT32_MIN;
        for (int tap = 0; tap < c.kernelH * c.kernelW; ++tap) {
          const int kh = tap / c.kernelW, kw = tap % c.kernelW;
          const int ih = row / c.outW * c.strideH + kh - c.padTop;
          const int iw = row % c.outW * c.strideW + kw - c.padLeft;
          if (ih < 0 || ih >= c.inH || iw < 0 || iw >= c.inW)
            continue;
          const std::int64_t in =
              valueOf(m.scratchpad[c.srcAddr + ih * c.stepH + iw * c.stepW + n],
                      c.inputUnsigned != 0) -
              c.inputZp;
          const std::int64_t zero =
              c.weightZpColumns != 0 ? valueOf(m.scratchpad[c.weightZpAddr + n],
                                               c.weightUnsigned != 0)
                                     : c.weightZp;
          const std::int64_t weight =
              valueOf(m.scratchpad[c.weightAddr + tap * r + n],
                      c.weightUnsigned != 0) -
              zero;
          sum += c.op == DepthwiseOp::Mac ? in * weight : in;
          most = std::max(most, in);
        }
        ASSERT_EQ(m.accumulator[row * r + n],
                  c.op == DepthwiseOp::Max ? most : sum);
      }
    ++seen;
  }
}

} // namespace
