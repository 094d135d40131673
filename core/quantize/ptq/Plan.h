// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Which tensors become integers, which share parameters, and what those are.

#pragma once

#include "core/quantize/ptq/Calibrate.h"
#include "core/quantize/ptq/Layers.h"

namespace glowplug::ptq {

/// The activations of a graph. Tensors that pass-through nodes connect are one
/// group, named after the tensor that the first of those nodes reads.
class Plan {
public:
  /// Decides which tensors become integers. Layers whose tensors cannot be
  /// quantised are kept in float, in \p layers, with the reason.
  Plan(OnnxGraph &graph, Layers &layers, const Profile &profile);

  /// Chooses the parameters of every group. \p clipped holds ranges of tensors
  /// that the profile does not know as they are now (after equalisation).
  void choose(const Calibration &calibration, Scheme scheme,
              const std::map<std::string, Range> &known);

  bool isQuantized(llvm::StringRef name) const {
    return groupOf.count(name.str()) != 0;
  }
  /// Of a quantised tensor.
  const std::string &group(llvm::StringRef name) const {
    return groupOf.at(name.str());
  }
  const QuantParams &params(llvm::StringRef name) const {
    return groupParams.at(group(name));
  }
  const std::map<std::string, QuantParams> &groups() const {
    return groupParams;
  }
  /// Whether \p node reads \p name, which is quantised, as integers.
  bool readsIntegers(const onnx::NodeProto &node, llvm::StringRef name) const;

private:
  void keepImpossible();
  void mark();
  void group();
  bool isQuantizable(const std::string &name, std::string *why) const;
  /// Whether anything but outputs of the graph uses \p name.
  bool isWanted(llvm::StringRef name) const;

  OnnxGraph &graph;
  Layers &layers;
  const Profile &profile;
  std::set<std::string> marked;
  std::map<std::string, std::string> groupOf;
  std::map<std::string, QuantParams> groupParams;
};

/// Every tensor of which quantisation may need the profile, once each: what
/// layers and pass-through nodes read and make, and what raiseOpset() asks for.
/// The graph is tidy, and its BatchNormalization folded.
std::vector<std::string> tensorsToProfile(OnnxGraph &graph);

} // namespace glowplug::ptq
