// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Which nodes are quantised, and how they are grouped into layers.

#pragma once

#include "core/quantize/ptq/Contraction.h"

namespace glowplug::ptq {

/// What a node is to quantisation.
enum class Role : uint8_t {
  floating,    ///< Computes in float, on any input.
  layer,       ///< Part of a layer: 8-bit integers in and out.
  passThrough, ///< Moves values: its outputs have its input's parameters.
};

/// One step of integers: an anchor and what runs in its tail, namely the bias
/// Add of a MatMul and a Relu or Clip, which become its clamp.
struct Layer {
  onnx::NodeProto *anchor = nullptr;
  std::vector<onnx::NodeProto *> nodes; ///< Anchor first.
  std::string output;                   ///< Of the last node.
  std::vector<std::string> activations; ///< Inputs that are computed.
  std::vector<std::string> constants;   ///< f32 operands that are not weights.
  std::optional<Contraction> contraction; ///< With constant weights.
  std::string keptReason;                 ///< Why it stays in float; or empty.
  bool isOfOtherType = false;             ///< Computes on integers already.

  std::string name() const { return nodeName(*anchor); }
  bool isQuantized() const { return keptReason.empty(); }
};

/// The layers of a graph in the order of its nodes, and the role of each node.
class Layers {
public:
  explicit Layers(OnnxGraph &graph);

  std::vector<Layer> list;
  Role role(const onnx::NodeProto &node) const;
  /// Leaves a pass-through node alone.
  void keepFloating(const onnx::NodeProto &node) { passing.erase(&node); }
  /// The layer that makes \p name, or null.
  const Layer *producing(llvm::StringRef name) const;

  /// Keeps the layers or pass-through nodes that have \p name: a node's, or a
  /// tensor's that they make. Fails if nothing has it.
  llvm::Error keep(llvm::StringRef name, const std::string &reason);

private:
  void addLayer(onnx::NodeProto &anchor);

  OnnxGraph &graph;
  std::set<const onnx::NodeProto *> passing, regions;
  std::map<const onnx::NodeProto *, size_t> layerOf;
};

/// Whether \p node is of a kind that moves values without changing them.
bool movesValues(const OnnxGraph &graph, const onnx::NodeProto &node);
/// Whether \p node is of a kind that computes on 8-bit integers.
bool computesOnIntegers(const OnnxGraph &graph, const onnx::NodeProto &node);
/// Nodes that belong to a formula written out in elementary steps, such as a
/// layer normalisation: they stay in float together.
std::set<const onnx::NodeProto *> floatRegions(OnnxGraph &graph);

} // namespace glowplug::ptq
