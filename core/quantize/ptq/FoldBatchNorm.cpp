// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Folds BatchNormalization into the weights before it.

#include "core/quantize/ptq/Contraction.h"
#include "core/quantize/ptq/Prepare.h"

#include <cmath>

using namespace glowplug;
using namespace glowplug::ptq;

namespace {

/// y = scale * x + shift, per channel.
struct Affine {
  std::vector<double> scale, shift;
};

} // namespace

static std::optional<Affine> affineOf(const OnnxGraph &graph,
                                      const onnx::NodeProto &node) {
  if (node.input_size() != 5 || node.output_size() != 1 ||
      intAttribute(node, "training_mode", 0) != 0 ||
      intAttribute(node, "spatial", 1) != 1)
    return std::nullopt;
  std::vector<std::vector<float>> parts;
  for (int i = 1; i < 5; ++i) {
    std::optional<std::vector<float>> values = graph.floats(node.input(i));
    if (!values || (i > 1 && values->size() != parts[0].size()))
      return std::nullopt;
    parts.push_back(std::move(*values));
  }
  const double epsilon = floatAttribute(node, "epsilon", 1e-5F);
  Affine affine;
  for (size_t i = 0; i < parts[0].size(); ++i) {
    const double root = std::sqrt(double(parts[3][i]) + epsilon);
    const double scale = parts[0][i] / root;
    const double shift = parts[1][i] - parts[2][i] * scale;
    if (!std::isfinite(scale) || !std::isfinite(shift))
      return std::nullopt;
    affine.scale.push_back(scale);
    affine.shift.push_back(shift);
  }
  return affine;
}

unsigned ptq::foldBatchNorm(OnnxGraph &graph) {
  std::set<const onnx::NodeProto *> dead;
  for (onnx::NodeProto &node : *graph.graph().mutable_node()) {
    if (!isOp(&node, "BatchNormalization"))
      continue;
    const std::string input = node.input(0);
    if (graph.onlyConsumer(input) != &node)
      continue;
    std::optional<Contraction> before = Contraction::endingAt(graph, input);
    std::optional<Affine> affine = affineOf(graph, node);
    if (!before || !affine ||
        before->channels() != static_cast<int64_t>(affine->scale.size()))
      continue;
    std::vector<float> weights = before->weights();
    for (size_t i = 0; i < weights.size(); ++i)
      weights[i] = static_cast<float>(
          weights[i] * affine->scale[size_t(before->channelOf(int64_t(i)))]);
    std::vector<float> bias = before->bias();
    for (size_t c = 0; c < bias.size(); ++c)
      bias[c] =
          static_cast<float>(bias[c] * affine->scale[c] + affine->shift[c]);
    if (!before->setBias(bias))
      continue; // a MatMul alone has no place for it
    before->setWeights(weights);
    before->last().set_output(0, node.output(0));
    dead.insert(&node);
    graph.index();
  }
  graph.removeNodes(dead);
  graph.removeUnused();
  return static_cast<unsigned>(dead.size());
}
