// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Profile-guided quantisation, from an ONNX model to an ONNX model.

#pragma once

#include "core/quantize/ptq/Calibrate.h"
#include "core/quantize/ptq/InsertQdq.h"
#include "core/quantize/ptq/OnnxGraph.h"

namespace glowplug::ptq {

struct QuantizeOptions {
  Scheme scheme = Scheme::asymmetric;
  bool perChannel = true;
  Calibration calibration;
  bool biasCorrection = true;
  bool equalize = false;
  /// Nodes, or tensors they make, that stay in float, with the reason.
  std::vector<std::pair<std::string, std::string>> keepFloat;
};

/// The result for one layer.
struct LayerReport {
  std::string name, op;
  std::string output; ///< The tensor that it makes, in the float model.
  /// The tensor of the quantised model that stands for it.
  std::string quantizedOutput;
  /// Outputs of the layers that it computes on, in the float model.
  std::vector<std::string> sources;
  std::string keptReason;            ///< Empty: it is in integers.
  std::optional<QuantParams> params; ///< Of its output, if that is integers.
};

struct QuantizeResult {
  std::string bytes; ///< Of the ONNX file.
  std::vector<LayerReport> layers;
  std::vector<std::string> outputs; ///< Of the model.
  unsigned foldedBatchNorms = 0;
  unsigned equalizedTensors = 0;
};

/// Quantises \p model. \p profile is one of this model. The same arguments
/// give the same bytes.
llvm::Expected<QuantizeResult> quantizeModel(const onnx::ModelProto &model,
                                             const Profile &profile,
                                             const QuantizeOptions &options);

/// A tensor to profile.
struct ProfiledTensor {
  enum class Channels : uint8_t { none, second, last };
  std::string name;
  Channels channels = Channels::none; ///< Which axis has them.

  /// The axis in a tensor of \p rank; -1 for none.
  int64_t channelAxis(int64_t rank) const;
};

/// Every f32 tensor of which quantising \p model may need the profile, and
/// perhaps others of other types. \p model is as it was read.
llvm::Expected<std::vector<ProfiledTensor>>
profiledTensors(const onnx::ModelProto &model);

} // namespace glowplug::ptq
