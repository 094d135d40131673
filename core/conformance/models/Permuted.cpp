// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The last layer with its channels in another order.

#include "core/conformance/models/Variants.h"

#include "core/quantize/ptq/OnnxGraph.h"
#include "core/support/Random.h"

#include "llvm/ADT/STLExtras.h"

#include <cstring>

namespace glowplug::models {

using ptq::OnnxGraph;

/// \p tensor with element \p order[i] of \p axis where element i was.
static Tensor reordered(const Tensor &tensor, int64_t axis,
                        llvm::ArrayRef<int64_t> order) {
  Tensor result = llvm::cantFail(Tensor::zeros(tensor.dtype(), tensor.shape()));
  const int64_t outer = graphs::elementsOf(tensor.shape().take_front(axis));
  const int64_t size = tensor.shape()[axis];
  const size_t bytes = tensor.byteCount() / (outer * size);
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t i = 0; i < size; ++i)
      std::memcpy(result.mutableBytes().data() + (o * size + i) * bytes,
                  tensor.bytes().data() + (o * size + order[i]) * bytes, bytes);
  return result;
}

/// The layer whose sums the output \p name is, after conversions and
/// activations.
static const onnx::NodeProto *layerOf(const OnnxGraph &graph,
                                      llvm::StringRef name) {
  const onnx::NodeProto *node = graph.producer(name);
  while (ptq::isOp(node, "QuantizeLinear") ||
         ptq::isOp(node, "DequantizeLinear") || ptq::isOp(node, "Relu"))
    node = graph.producer(node->input(0));
  for (const char *op : {"Conv", "Gemm"})
    if (ptq::isOp(node, op) && ptq::intAttribute(*node, "group", 1) == 1 &&
        ptq::intAttribute(*node, "transB", 0) == 0)
      return node;
  return nullptr;
}

/// The initialisers with one entry per channel that \p name comes from, and
/// the axis of the channels in the first.
static std::vector<onnx::TensorProto *> parametersOf(const OnnxGraph &graph,
                                                     llvm::StringRef name) {
  std::vector<onnx::TensorProto *> found;
  if (onnx::TensorProto *direct = graph.initializer(name))
    return {direct};
  const onnx::NodeProto *node = graph.producer(name);
  if (ptq::isOp(node, "DequantizeLinear"))
    for (const std::string &input : node->input())
      if (onnx::TensorProto *one = graph.initializer(input))
        found.push_back(one);
  return found;
}

std::optional<Related> permuted(const graphs::Case &model, uint64_t seed) {
  Related related;
  related.whole = model;
  if (model.model.graph().output_size() != 1)
    return std::nullopt;
  llvm::Expected<OnnxGraph> graph = OnnxGraph::adopt(model.model);
  if (!graph) {
    llvm::consumeError(graph.takeError());
    return std::nullopt;
  }
  const onnx::NodeProto *layer =
      layerOf(*graph, model.model.graph().output(0).name());
  if (!layer)
    return std::nullopt;
  const int64_t axis = layer->op_type() == "Conv" ? 0 : 1;
  const std::vector<onnx::TensorProto *> weights =
      parametersOf(*graph, layer->input(1));
  if (weights.empty() || weights.front()->dims_size() <= axis)
    return std::nullopt;
  const int64_t channels = weights.front()->dims(static_cast<int>(axis));
  std::vector<int64_t> order(channels);
  for (int64_t i = 0; i < channels; ++i)
    order[i] = i;
  Random random(seed);
  for (int64_t i = channels - 1; i > 0; --i)
    std::swap(order[i], order[random.range(0, i)]);
  for (const std::string &input : layer->input()) {
    if (input == layer->input(0))
      continue;
    for (onnx::TensorProto *tensor : parametersOf(*graph, input)) {
      const int64_t along = tensor == weights.front() ? axis : 0;
      if (tensor->dims_size() > along &&
          tensor->dims(static_cast<int>(along)) == channels)
        *tensor = graphs::protoOf(
            reordered(graphs::tensorOf(*tensor), along, order), tensor->name());
    }
  }
  related.other = graph->model();
  related.runs = {model.inputs};
  related.join = [order](const std::vector<std::vector<Tensor>> &runs) {
    std::vector<int64_t> back(order.size());
    for (size_t i = 0; i < order.size(); ++i)
      back[order[i]] = static_cast<int64_t>(i);
    return std::vector<Tensor>{reordered(runs.front().front(), 1, back)};
  };
  return related;
}

} // namespace glowplug::models
