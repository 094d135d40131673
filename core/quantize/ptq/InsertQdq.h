// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Writes the plan into the model: QuantizeLinear and DequantizeLinear.

#pragma once

#include "core/quantize/ptq/Plan.h"

namespace glowplug::ptq {

struct QdqOptions {
  Scheme scheme = Scheme::asymmetric;
  bool perChannel = true;
  bool biasCorrection = true;
};

/// The new names of the tensors of a model.
struct QdqResult {
  /// The float tensor that each quantised tensor is read back as.
  std::map<std::string, std::string> dequantized;
};

/// Rewrites \p graph, which \p layers and \p plan are of; both are stale after
/// that. \p means: of the channels of tensors that contractions read, in
/// their order; for bias correction.
QdqResult insertQdq(OnnxGraph &graph, const Layers &layers, const Plan &plan,
                    const Profile &profile,
                    const std::map<std::string, std::vector<double>> &means,
                    const QdqOptions &options);

} // namespace glowplug::ptq
