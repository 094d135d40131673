// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cross-layer equalisation.

#include "core/quantize/ptq/Equalize.h"

#include "core/quantize/ptq/Contraction.h"

#include <algorithm>
#include <cmath>

using namespace glowplug;
using namespace glowplug::ptq;

namespace {

/// Two contractions, and the tensors between them.
struct Pair {
  Contraction first, second;
  std::vector<std::string> tensors;
};

} // namespace

/// f(a x) = a f(x) for every a above 0.
static bool isHomogeneous(const onnx::NodeProto *node) {
  return isOp(node, "Relu") || isOp(node, "LeakyRelu") ||
         isOp(node, "Identity");
}

static std::optional<Pair> pairEndingAt(OnnxGraph &graph,
                                        onnx::NodeProto &node) {
  std::optional<Contraction> second = Contraction::at(graph, node);
  if (!second)
    return std::nullopt;
  // In a group, the channels of the weights are not those of the tensor,
  // unless each has its own.
  const bool depthwise = second->groups() == second->inputChannels() &&
                         second->groups() == second->channels();
  if (second->groups() != 1 && !depthwise)
    return std::nullopt;
  std::vector<std::string> tensors;
  std::string name = second->input();
  for (;;) {
    if (!graph.onlyConsumer(name))
      return std::nullopt;
    tensors.push_back(name);
    if (std::optional<Contraction> first = Contraction::endingAt(graph, name)) {
      if (first->channels() != second->inputChannels())
        return std::nullopt;
      return Pair{std::move(*first), std::move(*second), std::move(tensors)};
    }
    onnx::NodeProto *producer = graph.producer(name);
    if (!isHomogeneous(producer))
      return std::nullopt;
    name = producer->input(0);
  }
}

/// Equalises one pair; returns the factors by which its tensors are divided.
static std::vector<double> equalizePair(Pair &pair) {
  std::vector<float> before = pair.first.weights();
  std::vector<float> after = pair.second.weights();
  const auto channels = static_cast<size_t>(pair.first.channels());
  std::vector<double> made(channels, 0), read(channels, 0);
  for (size_t i = 0; i < before.size(); ++i) {
    double &range = made[size_t(pair.first.channelOf(int64_t(i)))];
    range = std::max<double>(range, std::fabs(before[i]));
  }
  for (size_t i = 0; i < after.size(); ++i) {
    double &range = read[size_t(pair.second.inputChannelOf(int64_t(i)))];
    range = std::max<double>(range, std::fabs(after[i]));
  }
  // sqrt(made / read) makes both ranges sqrt(made * read).
  std::vector<double> factors(channels, 1);
  for (size_t c = 0; c < channels; ++c)
    if (made[c] > 0 && read[c] > 0)
      factors[c] = std::ldexp(1.0, static_cast<int>(std::nearbyint(
                                       std::log2(made[c] / read[c]) / 2)));
  if (std::all_of(factors.begin(), factors.end(),
                  [](double factor) { return factor == 1; }))
    return {};
  std::vector<float> bias = pair.first.bias();
  for (size_t c = 0; c < channels; ++c)
    bias[c] = static_cast<float>(bias[c] / factors[c]);
  for (size_t i = 0; i < before.size(); ++i)
    before[i] = static_cast<float>(
        before[i] / factors[size_t(pair.first.channelOf(int64_t(i)))]);
  for (size_t i = 0; i < after.size(); ++i)
    after[i] = static_cast<float>(
        after[i] * factors[size_t(pair.second.inputChannelOf(int64_t(i)))]);
  if (!pair.first.biasName().empty())
    (void)pair.first.setBias(bias); // there is a place for it
  pair.first.setWeights(before);
  pair.second.setWeights(after);
  return factors;
}

ChannelFactors ptq::equalize(OnnxGraph &graph) {
  ChannelFactors result;
  // A layer belongs to two pairs, so the ranges settle over some rounds.
  constexpr int rounds = 8;
  for (int round = 0; round < rounds; ++round) {
    bool changed = false;
    for (onnx::NodeProto &node : *graph.graph().mutable_node()) {
      std::optional<Pair> pair = pairEndingAt(graph, node);
      if (!pair)
        continue;
      const std::vector<double> factors = equalizePair(*pair);
      changed |= !factors.empty();
      for (const std::string &name : pair->tensors) {
        std::vector<double> &total = result[name];
        total.resize(size_t(pair->first.channels()), 1);
        for (size_t c = 0; c < factors.size(); ++c)
          total[c] *= factors[c];
      }
      graph.removeUnused();
    }
    if (!changed)
      break;
  }
  return result;
}
