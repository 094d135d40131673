// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Convolutions and matrix products with constant weights, seen alike: output
/// channels, input channels, one bias per output channel.

#pragma once

#include "core/quantize/ptq/OnnxGraph.h"

namespace glowplug::ptq {

/// Whether \p node, which may be null, is an operator that may have weights.
bool isContraction(const onnx::NodeProto *node);

/// Conv, ConvTranspose, Gemm, or MatMul with the constant Add after it, whose
/// weights are an f32 initialiser. Valid until nodes are removed.
class Contraction {
public:
  /// The contraction at \p anchor; nothing if it is not one, or if \p why
  /// (unless null) says what is in the way.
  static std::optional<Contraction>
  at(OnnxGraph &graph, onnx::NodeProto &anchor, std::string *why = nullptr);
  /// The contraction whose result, bias included, is \p name.
  static std::optional<Contraction> endingAt(OnnxGraph &graph,
                                             const std::string &name);

  onnx::NodeProto &anchor() const { return *node; }
  /// The node that makes the result: the anchor, or the Add.
  onnx::NodeProto &last() const { return add ? *add : *node; }
  bool hasAdd() const { return add != nullptr; }
  const std::string &input() const { return node->input(0); }
  const std::string &weightName() const { return node->input(1); }
  /// The initialiser of the bias; empty without a bias.
  llvm::StringRef biasName() const;
  int biasIndex() const { return add ? addIndex : 2; }

  /// Output channels.
  int64_t channels() const { return outChannels; }
  int64_t inputChannels() const { return inChannels; }
  int64_t groups() const { return group; }
  /// Channels of the weight at a flat index.
  int64_t channelOf(int64_t index) const;
  int64_t inputChannelOf(int64_t index) const;
  /// The axis along which weights may have scales of their own; nothing where
  /// output channels are no axis of the weights.
  std::optional<int64_t> weightAxis() const;

  const std::vector<int64_t> &weightDims() const { return dims; }
  std::vector<float> weights() const;
  /// One value per output channel; zeros where there is no bias.
  std::vector<float> bias() const;

  /// Each puts new values into an initialiser that nobody else uses.
  void setWeights(llvm::ArrayRef<float> values);
  /// Adds a bias to a node without one; false if the node has no place for it.
  bool setBias(llvm::ArrayRef<float> values);

private:
  Contraction(OnnxGraph &graph, onnx::NodeProto &node)
      : graph(&graph), node(&node) {}
  bool readShape(std::string &why);
  bool readBias(std::string &why);

  OnnxGraph *graph;
  onnx::NodeProto *node;
  onnx::NodeProto *add = nullptr;
  int addIndex = 0; ///< Of the bias among the inputs of `add`.
  std::vector<int64_t> dims;
  int64_t outChannels = 0, inChannels = 0, group = 1;
  int64_t inner = 1; ///< Weights per pair of channels.
};

} // namespace glowplug::ptq
