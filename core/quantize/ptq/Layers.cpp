// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Groups nodes into layers.

#include "core/quantize/ptq/Layers.h"

#include "core/importer/onnx/model/Operators.h"
#include "core/support/FaultError.h"

#include "llvm/ADT/STLExtras.h"

using namespace glowplug;
using namespace glowplug::ptq;

/// A Clip whose bounds are known, so that it becomes integer bounds.
static bool isClampOfConstants(const OnnxGraph &graph,
                               const onnx::NodeProto *node) {
  if (isOp(node, "Relu"))
    return true;
  if (!isOp(node, "Clip"))
    return false;
  for (int i = 1; i < node->input_size(); ++i)
    if (!node->input(i).empty() && !graph.floats(node->input(i)))
      return false;
  return true;
}

Layers::Layers(OnnxGraph &graph) : graph(graph) {
  regions = floatRegions(graph);
  for (onnx::NodeProto &node : *graph.graph().mutable_node()) {
    if (layerOf.count(&node) || regions.count(&node))
      continue;
    if (movesValues(graph, node) && !graph.initializer(node.input(0)))
      passing.insert(&node);
    else if (computesOnIntegers(graph, node) && node.output_size() == 1)
      addLayer(node);
  }
}

void Layers::addLayer(onnx::NodeProto &anchor) {
  Layer layer;
  layer.anchor = &anchor;
  layer.nodes = {&anchor};
  std::string why;
  layer.contraction = Contraction::at(graph, anchor, &why);
  if (layer.contraction && layer.contraction->hasAdd())
    layer.nodes.push_back(&layer.contraction->last());
  const importer::Operands kind = importer::factsOf(anchor)->operands;
  if (!layer.contraction && kind == importer::Operands::weighted)
    layer.keptReason = why;

  const bool takesAll =
      !layer.contraction && (kind == importer::Operands::all ||
                             kind == importer::Operands::weightedOrValues);
  const int operands = takesAll ? anchor.input_size() : 1;
  for (int i = 0; i < operands; ++i) {
    const std::string &name = anchor.input(i);
    std::vector<std::string> &list =
        graph.initializer(name) ? layer.constants : layer.activations;
    if (!llvm::is_contained(list, name))
      list.push_back(name);
  }
  if (layer.activations.empty())
    return; // it is constant: nothing to quantise

  onnx::NodeProto *next = graph.onlyConsumer(layer.nodes.back()->output(0));
  if (next && isClampOfConstants(graph, next) && !layerOf.count(next))
    layer.nodes.push_back(next);
  layer.output = layer.nodes.back()->output(0);
  for (const onnx::NodeProto *node : layer.nodes)
    layerOf[node] = list.size();
  list.push_back(std::move(layer));
}

Role Layers::role(const onnx::NodeProto &node) const {
  if (passing.count(&node))
    return Role::passThrough;
  auto found = layerOf.find(&node);
  if (found != layerOf.end() && list[found->second].isQuantized())
    return Role::layer;
  return Role::floating;
}

const Layer *Layers::producing(llvm::StringRef name) const {
  auto found = layerOf.find(graph.producer(name));
  return found == layerOf.end() ? nullptr : &list[found->second];
}

static bool hasName(const onnx::NodeProto &node, llvm::StringRef name) {
  return node.name() == name || llvm::is_contained(node.output(), name);
}

llvm::Error Layers::keep(llvm::StringRef name, const std::string &reason) {
  bool isKnown = false;
  for (const onnx::NodeProto &node : graph.graph().node()) {
    if (!hasName(node, name))
      continue;
    isKnown = true;
    passing.erase(&node);
    auto found = layerOf.find(&node);
    if (found != layerOf.end() && list[found->second].isQuantized())
      list[found->second].keptReason = reason;
  }
  if (isKnown)
    return llvm::Error::success();
  // The nearest name, if one is near.
  std::string nearest;
  unsigned least = static_cast<unsigned>(name.size()) / 2 + 1;
  for (const onnx::NodeProto &node : graph.graph().node()) {
    const std::string candidate = nodeName(node);
    const unsigned distance = name.edit_distance(candidate, true, least);
    if (distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  return llvm::make_error<FaultError>(
      Fault{FaultKind::usage,
            "no node has the name '" + name.str() +
                "', and none makes a tensor of that name" +
                (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"),
            "",
            {SettingKind::keptFloat, {name.str()}}});
}
