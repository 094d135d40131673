// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Folds BatchNormalization into the weights before it.

#include "core/quantize/ptq/Contraction.h"
#include "core/quantize/ptq/Prepare.h"
#include "core/semantics/BatchNorm.h"

using namespace glowplug;
using namespace glowplug::ptq;

static std::optional<Affine> affineOf(const OnnxGraph &graph,
                                      const onnx::NodeProto &node) {
  if (node.input_size() != 5 || node.output_size() != 1 ||
      intAttribute(node, "training_mode", 0) != 0 ||
      intAttribute(node, "spatial", 1) != 1)
    return std::nullopt;
  BatchNormNumbers numbers;
  int input = 1;
  for (std::vector<double> *part :
       {&numbers.scale, &numbers.bias, &numbers.mean, &numbers.variance}) {
    std::optional<std::vector<float>> values =
        graph.floats(node.input(input++));
    if (!values ||
        (part != &numbers.scale && values->size() != numbers.scale.size()))
      return std::nullopt;
    part->assign(values->begin(), values->end());
  }
  return batchNormAffine(numbers, floatAttribute(node, "epsilon", 1e-5F));
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
        before->channels() != static_cast<int64_t>(affine->factor.size()))
      continue;
    std::vector<float> weights = before->weights();
    for (size_t i = 0; i < weights.size(); ++i)
      weights[i] = static_cast<float>(
          weights[i] * affine->factor[size_t(before->channelOf(int64_t(i)))]);
    std::vector<float> bias = before->bias();
    for (size_t c = 0; c < bias.size(); ++c)
      bias[c] =
          static_cast<float>(bias[c] * affine->factor[c] + affine->offset[c]);
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
