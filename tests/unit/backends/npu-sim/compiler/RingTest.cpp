// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Pieces that are loaded ahead do not lie over those before them.

#include "tests/unit/backends/npu-sim/compiler/Running.h"

#include <gtest/gtest.h>

namespace glowplug::compilertest {

namespace {

/// A convolution leaves the ring of inputs a quarter into its room; then come
/// pieces of nearly half of it, the next of which is loaded before the present
/// one is read. A piece that wraps must not reach it.
TEST(Ring, PiecesAfterAnotherLayerAreApart) {
  Random random(1);
  TestProgram program;
  const auto input = [&](const char *name, const Dims &shape) {
    program.inputs.push_back(randomTensor(random, DType::i8, shape));
    return program.b.input(name, DType::i8, shape);
  };
  const auto weights = [&](const Dims &shape) {
    const Tensor value = randomTensor(random, DType::i8, shape);
    program.segments.emplace_back(value.bytes().begin(), value.bytes().end());
    return program.b.constantSegment(
        value.dtype(), value.shape(),
        program.b.addSegment(program.segments.back()), 0);
  };
  ConvOptions plain;
  plain.strides = plain.dilations = {1, 1};
  plain.padsLow = plain.padsHigh = {0, 0};
  ConvOptions depthwise = plain;
  depthwise.strides = {2, 2};
  depthwise.padsLow = depthwise.padsHigh = {1, 1};
  depthwise.groups = 192;

  const ValueId before = program.b.conv(input("before", {1, 48, 28, 28}),
                                        weights({16, 48, 1, 1}), plain);
  const ValueId after = program.b.conv(input("after", {1, 192, 28, 28}),
                                       weights({192, 1, 3, 3}), depthwise);
  program.b.output(before);
  program.b.output(after);
  for (int banked : {0, 1}) {
    npu::Config config;
    config.dramBanked = banked;
    const Outcome outcome = compare(program, config, {});
    EXPECT_EQ(outcome.refusal, "");
    EXPECT_EQ(outcome.failure, "");
    EXPECT_GT(outcome.distinct, 8u);
  }
}

} // namespace

} // namespace glowplug::compilertest
