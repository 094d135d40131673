// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolutions and matrix products with constant weights.

#include "core/quantize/ptq/Contraction.h"

#include "core/importer/onnx/model/Operators.h"

using namespace glowplug;
using namespace glowplug::ptq;

static bool isConv(const onnx::NodeProto &node) { return isOp(&node, "Conv"); }
static bool isTransposed(const onnx::NodeProto &node) {
  return isOp(&node, "ConvTranspose");
}

bool ptq::isContraction(const onnx::NodeProto *node) {
  const importer::OperatorFacts *facts =
      node ? importer::factsOf(*node) : nullptr;
  return facts && (facts->operands == importer::Operands::weighted ||
                   facts->operands == importer::Operands::weightedOrValues);
}

bool Contraction::readShape(std::string &why) {
  dims = graph->dims(weightName());
  if (isConv(*node) || isTransposed(*node)) {
    group = intAttribute(*node, "group", 1);
    if (dims.size() < 3 || group < 1) {
      why = "its weights have rank " + std::to_string(dims.size());
      return false;
    }
    for (size_t i = 2; i < dims.size(); ++i)
      inner *= dims[i];
    outChannels = isConv(*node) ? dims[0] : dims[1] * group;
    inChannels = isConv(*node) ? dims[1] * group : dims[0];
    return true;
  }
  if (dims.size() != 2) {
    why = "its weights have rank " + std::to_string(dims.size());
    return false;
  }
  if (isOp(node, "Gemm")) {
    if (intAttribute(*node, "transA", 0) != 0) {
      why = "transA is set";
      return false;
    }
    if (floatAttribute(*node, "alpha", 1) != 1 ||
        floatAttribute(*node, "beta", 1) != 1) {
      why = "alpha or beta is not 1";
      return false;
    }
  }
  const bool transposed = intAttribute(*node, "transB", 0) != 0;
  outChannels = dims[transposed ? 0 : 1];
  inChannels = dims[transposed ? 1 : 0];
  return true;
}

/// Finds the Add of a MatMul; checks that the bias has one value per channel.
bool Contraction::readBias(std::string &why) {
  if (isOp(node, "MatMul")) {
    onnx::NodeProto *user = graph->onlyConsumer(node->output(0));
    if (!isOp(user, "Add") || user->input_size() != 2)
      return true;
    const int index = user->input(0) == node->output(0) ? 1 : 0;
    if (graph->dims(user->input(index)) == std::vector{outChannels} &&
        graph->floats(user->input(index))) {
      add = user;
      addIndex = index;
    }
    return true;
  }
  if (inputName(*node, 2).empty())
    return true;
  const std::optional<std::vector<float>> values =
      graph->floats(node->input(2));
  const std::vector<int64_t> shape = graph->dims(node->input(2));
  if (!values) {
    why = "its bias is not a constant of f32";
    return false;
  }
  const bool lastDimOnly =
      shape.empty() || static_cast<int64_t>(values->size()) == shape.back();
  if (!lastDimOnly || (static_cast<int64_t>(values->size()) != outChannels &&
                       values->size() != 1)) {
    why = "its bias does not have one value per channel";
    return false;
  }
  return true;
}

std::optional<Contraction>
Contraction::at(OnnxGraph &graph, onnx::NodeProto &anchor, std::string *why) {
  std::string reason;
  Contraction result(graph, anchor);
  bool ok = isContraction(&anchor) && anchor.input_size() >= 2 &&
            anchor.output_size() == 1;
  if (!ok)
    reason = "it is not a convolution or matrix product";
  if (ok && !graph.floats(anchor.input(1))) {
    reason = "its weights are not a constant of f32";
    ok = false;
  }
  ok = ok && result.readShape(reason) && result.readBias(reason);
  if (ok && (result.outChannels < 1 || result.inChannels < 1)) {
    reason = "it has no channels";
    ok = false;
  }
  if (why)
    *why = reason;
  if (!ok)
    return std::nullopt;
  return result;
}

std::optional<Contraction> Contraction::endingAt(OnnxGraph &graph,
                                                 const std::string &name) {
  onnx::NodeProto *producer = graph.producer(name);
  if (!producer)
    return std::nullopt;
  if (isOp(producer, "Add"))
    for (const std::string &input : producer->input())
      if (onnx::NodeProto *matmul = graph.producer(input);
          isOp(matmul, "MatMul"))
        if (auto result = at(graph, *matmul); result && result->add == producer)
          return result;
  std::optional<Contraction> result = at(graph, *producer);
  if (result && result->add)
    return std::nullopt; // it ends after the Add
  return result;
}

llvm::StringRef Contraction::biasName() const {
  if (add)
    return add->input(addIndex);
  return isOp(node, "MatMul") ? llvm::StringRef() : inputName(*node, 2);
}

int64_t Contraction::channelOf(int64_t index) const {
  if (isConv(*node))
    return index / (dims[1] * inner);
  if (isTransposed(*node)) {
    const int64_t in = index / (dims[1] * inner);
    return in / (inChannels / group) * dims[1] + index / inner % dims[1];
  }
  return intAttribute(*node, "transB", 0) != 0 ? index / dims[1]
                                               : index % dims[1];
}

int64_t Contraction::inputChannelOf(int64_t index) const {
  if (isConv(*node)) {
    const int64_t out = index / (dims[1] * inner);
    return out / (outChannels / group) * dims[1] + index / inner % dims[1];
  }
  if (isTransposed(*node))
    return index / (dims[1] * inner);
  return intAttribute(*node, "transB", 0) != 0 ? index % dims[1]
                                               : index / dims[1];
}

std::optional<int64_t> Contraction::weightAxis() const {
  if (isConv(*node))
    return 0;
  if (isTransposed(*node))
    return group == 1 ? std::optional<int64_t>(1) : std::nullopt;
  return intAttribute(*node, "transB", 0) != 0 ? 0 : 1;
}

std::vector<float> Contraction::weights() const {
  return *graph->floats(weightName());
}

std::vector<float> Contraction::bias() const {
  const llvm::StringRef name = biasName();
  if (name.empty())
    return std::vector<float>(size_t(outChannels), 0.0F);
  std::vector<float> values = *graph->floats(name);
  if (values.size() == 1)
    values.resize(size_t(outChannels), values[0]);
  return values;
}

void Contraction::setWeights(llvm::ArrayRef<float> values) {
  const std::string name = graph->addFloats(weightName(), dims, values);
  node->set_input(1, name);
}

bool Contraction::setBias(llvm::ArrayRef<float> values) {
  const llvm::StringRef old = biasName();
  if (old.empty() && isOp(node, "MatMul"))
    return false;
  const std::string base = old.empty() ? nodeName(*node) + "_bias" : old.str();
  const std::string name = graph->addFloats(base, {outChannels}, values);
  if (add) {
    add->set_input(addIndex, name);
    return true;
  }
  while (node->input_size() < 3)
    node->add_input("");
  node->set_input(2, name);
  return true;
}
