// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which parts of memory a command touches.

#include "simulator/isa/Access.h"

#include <fmt/ranges.h>
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

/// What a command touches, one line for each access.
std::string textOf(const Command &command) {
  std::string text;
  for (const Access &a : accessesOf(command, Config{}))
    text += fmt::format("{} {} {} base {} at {} run {} count {} step {}\n",
                        a.write ? "write" : "read", static_cast<int>(a.space),
                        a.field, a.base, a.begin, a.run,
                        fmt::join(a.count, ","), fmt::join(a.step, ","));
  return text;
}

TEST(Access, TransfersTouchBothSides) {
  Load load;
  load.dramBase = 3;
  load.dramOffset = std::int64_t(1) << 39;
  load.spadAddr = 70;
  load.run = 5;
  load.count = {2, 3, 4, 6};
  load.dramStep = {-10, 20, 30, 40};
  load.spadStep = {1, -2, 3, 4};
  EXPECT_EQ(textOf(load),
            "read 2 dram_offset base 3 at 549755813888 run 5 count 2,3,4,6 "
            "step -10,20,30,40\n"
            "write 0 spad_addr base 0 at 70 run 5 count 2,3,4,6 step "
            "1,-2,3,4\n");
  Store store;
  store.dramBase = 1;
  store.dramOffset = 9;
  store.spadAddr = 8;
  store.count = {1, 1, 1, 7};
  store.dramStep[3] = 100;
  store.spadStep[3] = -1;
  EXPECT_EQ(textOf(store),
            "write 2 dram_offset base 1 at 9 run 1 count 1,1,1,7 step "
            "0,0,0,100\n"
            "read 0 spad_addr base 0 at 8 run 1 count 1,1,1,7 step "
            "0,0,0,-1\n");
  Copy copy;
  copy.srcAddr = 5;
  copy.dstAddr = 6;
  copy.srcStep[1] = 7;
  copy.dstStep[2] = 8;
  EXPECT_EQ(textOf(copy),
            "read 0 src_addr base 0 at 5 run 1 count 1,1,1,1 step 0,7,0,0\n"
            "write 0 dst_addr base 0 at 6 run 1 count 1,1,1,1 step "
            "0,0,8,0\n");
}

TEST(Access, SquaresAreRRowsOfRBytes) {
  Transpose c;
  c.srcAddr = 16;
  c.srcRowStep = 32;
  c.srcStep = {512, 1024};
  c.dstAddr = 4096;
  c.dstRowStep = 48;
  c.dstStep = {-16, 64};
  c.count = {2, 3};
  EXPECT_EQ(textOf(c), "read 0 src_addr base 0 at 16 run 16 count 16,2,3,1 "
                       "step 32,512,1024,0\n"
                       "write 0 dst_addr base 0 at 4096 run 16 count "
                       "16,2,3,1 step 48,-16,64,0\n");
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
