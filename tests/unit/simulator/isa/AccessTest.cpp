// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which parts of memory a command touches.

#include "simulator/isa/Access.h"

#include <gtest/gtest.h>

using namespace glowplug::npu;

namespace {

TEST(Access, StepsOfBothSignsWidenTheRange) {
  Access access;
  access.begin = 100;
  access.run = 10;
  access.count = {3, 2, 1, 4};
  access.step = {-20, 1000, 77, 5};
  EXPECT_EQ(access.low(), 60);
  EXPECT_EQ(access.high(), 100 + 10 + 1000 + 15);
}

TEST(Access, SpansEqualACountOfTaps) {
  for (int out = 1; out <= 4; ++out)
    for (int in = 1; in <= 5; ++in)
      for (int pad = 0; pad <= 4; ++pad)
        for (int stride = 1; stride <= 3; ++stride)
          for (int kernel = 1; kernel <= 3; ++kernel)
            for (int dilation = 1; dilation <= 2; ++dilation) {
              int first = -1, last = -1;
              for (int o = 0; o < out; ++o)
                for (int k = 0; k < kernel; ++k) {
                  const int at = o * stride + k * dilation - pad;
                  if (at < 0 || at >= in)
                    continue;
                  first = first < 0 ? at : std::min(first, at);
                  last = std::max(last, at);
                }
              const WindowSpan span =
                  windowSpan(out, in, pad, stride, kernel, dilation);
              if (first < 0)
                continue; // all padding, or none of it is hit by the strides
              EXPECT_LE(span.first, first);
              EXPECT_GE(span.first + span.count - 1, last);
              EXPECT_GE(span.first, 0);
              EXPECT_LE(span.first + span.count, in);
            }
}

TEST(Access, PaddingAloneTouchesNothing) {
  Depthwise command;
  command.header.queue = static_cast<int>(Queue::Vector);
  command.padTop = 3;
  command.op = DepthwiseOp::Max;
  for (const Access &access : accessesOf(command, Config{}))
    EXPECT_NE(access.field, "src_addr");
}

} // namespace
