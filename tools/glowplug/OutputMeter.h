// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Measures many quantised models of one float model by their outputs.

#pragma once

#include "tools/glowplug/Quantization.h"

namespace glowplug::cli {

/// Compiles the float model once, and runs it once per sample, as far as its
/// outputs find room in memory. Of each quantised model only the outputs count,
/// so its layers are fused as they will be.
class OutputMeter {
public:
  /// \p interrupted tells whether to stop; asked before each sample.
  OutputMeter(const MeasureSetup &setup, std::vector<std::string> outputs,
              std::function<bool()> interrupted, Progress &progress);

  /// A measurement without layers; nothing if it was interrupted.
  std::optional<Measurement> measure(const ptq::QuantizeResult &quantized);

private:
  LoadedModel load(const std::string &path);
  llvm::ArrayRef<Tensor> wantedOutputs(size_t sample,
                                       llvm::ArrayRef<Tensor> inputs);

  const MeasureSetup &setup;
  const std::vector<std::string> outputs;
  const std::function<bool()> interrupted;
  Progress &progress;
  BackendSet set;
  LoadedModel wanted;
  std::vector<Tensor> scratch;           ///< What is not kept.
  std::vector<std::vector<Tensor>> kept; ///< Per sample.
  size_t keptBytes = 0;
};

} // namespace glowplug::cli
