// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Equalisation keeps what a model computes, to the bit.

#include "core/quantize/ptq/Equalize.h"

#include "core/quantize/ptq/Contraction.h"
#include "tests/unit/quantize/ptq/ModelBuilder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

using namespace glowplug;
using namespace glowplug::ptq;

namespace {

/// Weights whose channels (of the first axis) differ by powers of ten.
std::vector<float> unequal(llvm::ArrayRef<int64_t> dims, unsigned seed) {
  Values values = randomValues(dims, seed);
  const size_t inner = values.data.size() / size_t(dims[0]);
  for (size_t i = 0; i < values.data.size(); ++i)
    values.data[i] *= std::pow(10.F, float(i / inner % 5) - 2);
  return values.data;
}

/// conv -> activation -> depthwise conv -> Relu -> conv
ModelBuilder chain(const std::string &activation) {
  ModelBuilder b;
  b.input("x", {1, 3, 6, 6}).output("y");
  b.constant("w1", {5, 3, 1, 1}, unequal({5, 3, 1, 1}, 1)).random("b1", {5});
  b.constant("w2", {5, 1, 3, 3}, unequal({5, 1, 3, 3}, 2)).random("b2", {5});
  b.constant("w3", {4, 5, 1, 1}, unequal({4, 5, 1, 1}, 3));
  b.constant("low", {}, {0}).constant("high", {}, {6});
  b.node("Conv", {"x", "w1", "b1"}, "c1");
  if (activation == "Clip")
    b.node("Clip", {"c1", "low", "high"}, "r1");
  else
    b.node(activation, {"c1"}, "r1");
  onnx::NodeProto &depthwise = b.node("Conv", {"r1", "w2", "b2"}, "c2");
  setIntAttribute(depthwise, "group", 5);
  setInts(depthwise, "pads", {1, 1, 1, 1});
  b.node("Relu", {"c2"}, "r2");
  b.node("Conv", {"r2", "w3"}, "y");
  return b;
}

TEST(EqualizeTest, KeepsTheFunctionToTheBit) {
  for (const std::string activation : {"Relu", "LeakyRelu"}) {
    const ModelBuilder b = chain(activation);
    OnnxGraph before = llvm::cantFail(OnnxGraph::adopt(b.model));
    OnnxGraph after = llvm::cantFail(OnnxGraph::adopt(b.model));
    const ChannelFactors factors = equalize(after);
    EXPECT_EQ(factors.size(), 4U); // c1, r1, c2, r2
    const Values x = randomValues({1, 3, 6, 6}, 4);
    auto wanted = evaluate(before, {{"x", x}});
    auto got = evaluate(after, {{"x", x}});
    EXPECT_EQ(wanted["y"].data, got["y"].data);
    // What lies between is divided by the factors, and by nothing else.
    for (const auto &[name, divisors] : factors)
      for (size_t i = 0; i < wanted[name].data.size(); ++i)
        EXPECT_EQ(got[name].data[i],
                  float(wanted[name].data[i] / divisors[i / 36 % 5]));
  }
}

/// Largest magnitude of the weights of each channel.
template <typename ChannelOf>
std::vector<double> rangesOf(const Contraction &contraction, size_t channels,
                             ChannelOf channelOf) {
  const std::vector<float> weights = contraction.weights();
  std::vector<double> ranges(channels, 0);
  for (size_t i = 0; i < weights.size(); ++i) {
    double &range = ranges[size_t(channelOf(contraction, int64_t(i)))];
    range = std::max<double>(range, std::fabs(weights[i]));
  }
  return ranges;
}

/// By how much the range of a channel differs where it is made and read.
double worstRatio(OnnxGraph &graph, const std::string &made,
                  const std::string &read) {
  const auto out =
      rangesOf(*Contraction::endingAt(graph, made), 5,
               [](const Contraction &c, int64_t i) { return c.channelOf(i); });
  const auto in = rangesOf(
      *Contraction::endingAt(graph, read), 5,
      [](const Contraction &c, int64_t i) { return c.inputChannelOf(i); });
  double worst = 1;
  for (size_t c = 0; c < 5; ++c)
    worst = std::max({worst, out[c] / in[c], in[c] / out[c]});
  return worst;
}

TEST(EqualizeTest, BringsTheRangesOnBothSidesOfATensorTogether) {
  const ModelBuilder b = chain("Relu");
  OnnxGraph graph = llvm::cantFail(OnnxGraph::adopt(b.model));
  EXPECT_GT(worstRatio(graph, "c2", "y"), 50);
  equalize(graph);
  // Powers of two leave a factor of two, and one pair moves the other.
  EXPECT_LT(worstRatio(graph, "c1", "c2"), 4.1);
  EXPECT_LT(worstRatio(graph, "c2", "y"), 4.1);
}

TEST(EqualizeTest, StopsAtABoundThatWouldMove) {
  const ModelBuilder b = chain("Clip");
  OnnxGraph graph = llvm::cantFail(OnnxGraph::adopt(b.model));
  const ChannelFactors factors = equalize(graph);
  EXPECT_EQ(factors.count("c1"), 0U);
  EXPECT_EQ(factors.count("r2"), 1U);
}

TEST(EqualizeTest, StopsAtATensorThatOthersSee) {
  ModelBuilder b = chain("Relu");
  b.output("r1");
  OnnxGraph graph = llvm::cantFail(OnnxGraph::adopt(b.model));
  const ChannelFactors factors = equalize(graph);
  EXPECT_EQ(factors.count("r1"), 0U);
  EXPECT_EQ(factors.count("r2"), 1U);
}

} // namespace
