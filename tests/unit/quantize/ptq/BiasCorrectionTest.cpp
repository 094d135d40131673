// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Bias correction removes the mean error.

#include "core/quantize/ptq/BiasCorrection.h"

#include "core/quantize/ptq/Weights.h"
#include "tests/unit/quantize/ptq/ModelBuilder.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace glowplug;
using namespace glowplug::ptq;

namespace {

constexpr int64_t size = 9;

/// Means over places of each channel of [1, C, H, W].
std::vector<double> channelMeans(const Values &values) {
  std::vector<double> means(size_t(values.dims[1]), 0);
  const size_t inner = values.data.size() / means.size();
  for (size_t i = 0; i < values.data.size(); ++i)
    means[i / inner] += double(values.data[i]) / double(inner);
  return means;
}

ModelBuilder convolution(int64_t group, bool pads) {
  ModelBuilder b;
  b.input("x", {1, 4, size, size}).output("y");
  b.random("w", {6, 4 / group, 3, 3}).random("b", {6});
  onnx::NodeProto &conv = b.node("Conv", {"x", "w", "b"}, "y");
  setIntAttribute(conv, "group", group);
  setInts(conv, "strides", {2, 1});
  if (pads)
    setInts(conv, "pads", {1, 1, 0, 1});
  return b;
}

TEST(BiasCorrectionTest, FindsTheMeanShiftOfAConstantInputExactly) {
  for (int64_t group : {1, 2})
    for (bool pads : {false, true}) {
      const ModelBuilder b = convolution(group, pads);
      OnnxGraph graph = llvm::cantFail(OnnxGraph::adopt(b.model));
      Contraction conv = *Contraction::endingAt(graph, "y");
      const std::vector<float> weights = conv.weights();
      const IntegerWeights integers = quantizeWeights(
          conv, weights, conv.bias(), 0.01F, Scheme::symmetric, true);
      const std::vector<float> rounded = dequantizeWeights(conv, integers);
      // Every channel is constant, so its mean is all there is to know.
      Values x{{1, 4, size, size}, {}};
      for (int64_t i = 0; i < 4 * size * size; ++i)
        x.data.push_back(0.25F * float(i / (size * size)) + 0.5F);
      const std::vector<double> shift =
          meanOutputShift(conv, weights, rounded, channelMeans(x), x.dims);
      const auto before = channelMeans(evaluate(graph, {{"x", x}})["y"]);
      conv.setWeights(rounded);
      const auto after = channelMeans(evaluate(graph, {{"x", x}})["y"]);
      for (size_t c = 0; c < before.size(); ++c)
        EXPECT_NEAR(after[c] - before[c], shift[c], 1e-6) << pads;
    }
}

TEST(BiasCorrectionTest, ReducesTheMeanErrorOfRandomInputs) {
  const ModelBuilder b = convolution(1, true);
  OnnxGraph graph = llvm::cantFail(OnnxGraph::adopt(b.model));
  Contraction conv = *Contraction::endingAt(graph, "y");
  const std::vector<float> weights = conv.weights();
  IntegerWeights integers = quantizeWeights(conv, weights, conv.bias(), 0.01F,
                                            Scheme::powerOfTwo, true);
  const std::vector<float> rounded = dequantizeWeights(conv, integers);
  const Values x = randomValues({1, 4, size, size}, 5, 0, 2);
  const auto wanted = channelMeans(evaluate(graph, {{"x", x}})["y"]);
  conv.setWeights(rounded);
  graph.index();
  const auto plain = channelMeans(evaluate(graph, {{"x", x}})["y"]);
  const std::vector<double> shift =
      meanOutputShift(conv, weights, rounded, channelMeans(x), x.dims);
  std::vector<float> bias = conv.bias();
  for (size_t c = 0; c < bias.size(); ++c)
    bias[c] = float(bias[c] - shift[c]);
  ASSERT_TRUE(conv.setBias(bias));
  graph.index();
  const auto corrected = channelMeans(evaluate(graph, {{"x", x}})["y"]);
  double plainError = 0, correctedError = 0;
  for (size_t c = 0; c < wanted.size(); ++c) {
    plainError += std::fabs(plain[c] - wanted[c]);
    correctedError += std::fabs(corrected[c] - wanted[c]);
  }
  EXPECT_GT(plainError, 0.01);
  EXPECT_LT(correctedError, plainError / 4);
}

TEST(WeightsTest, EveryChannelUsesItsRange) {
  const ModelBuilder b = convolution(1, false);
  OnnxGraph graph = llvm::cantFail(OnnxGraph::adopt(b.model));
  const Contraction conv = *Contraction::endingAt(graph, "y");
  const std::vector<float> weights = conv.weights();
  const IntegerWeights integers = quantizeWeights(
      conv, weights, conv.bias(), 0.01F, Scheme::asymmetric, true);
  EXPECT_EQ(integers.axis, 0);
  for (size_t c = 0; c < 6; ++c) {
    int largest = 0;
    for (size_t i = 0; i < 36; ++i)
      largest = std::max(largest, std::abs(int(integers.values[c * 36 + i])));
    EXPECT_EQ(largest, 127);
  }
  const std::vector<float> rounded = dequantizeWeights(conv, integers);
  for (size_t i = 0; i < weights.size(); ++i)
    EXPECT_LE(std::fabs(rounded[i] - weights[i]),
              integers.channelScales[i / 36] * 0.5001F);
}

TEST(WeightsTest, OneScaleServesAllChannelsPerTensor) {
  const ModelBuilder b = convolution(1, false);
  OnnxGraph graph = llvm::cantFail(OnnxGraph::adopt(b.model));
  const Contraction conv = *Contraction::endingAt(graph, "y");
  const IntegerWeights integers = quantizeWeights(
      conv, conv.weights(), conv.bias(), 0.01F, Scheme::asymmetric, false);
  EXPECT_EQ(integers.axis, std::nullopt);
  for (float scale : integers.channelScales)
    EXPECT_EQ(scale, integers.channelScales[0]);
}

TEST(WeightsTest, AScaleGrowsWhereTheBiasWouldNotFit) {
  ModelBuilder b;
  b.input("x", {1, 1, 2, 2}).output("y").constant("b", {2}, {1e6F, 1});
  b.constant("w", {2, 1, 1, 1}, {1e-8F, 1e-8F});
  b.node("Conv", {"x", "w", "b"}, "y");
  OnnxGraph graph = llvm::cantFail(OnnxGraph::adopt(b.model));
  const Contraction conv = *Contraction::endingAt(graph, "y");
  const std::vector<float> bias = conv.bias();
  const IntegerWeights integers = quantizeWeights(
      conv, conv.weights(), bias, 1e-3F, Scheme::asymmetric, true);
  const std::vector<int32_t> rounded = quantizeBias(integers, bias, 1e-3F);
  for (size_t c = 0; c < 2; ++c)
    EXPECT_NEAR(double(rounded[c]) * biasScale(integers, 1e-3F, c), bias[c],
                double(bias[c]) * 1e-6);
}

} // namespace
