// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Measures many quantised models of one float model by their outputs.

#pragma once

#include "core/host/loops/Measure.h"

#include <functional>

namespace glowplug {

/// Compiles the float model once, and runs it once per sample, as far as its
/// outputs find room in memory. Of each quantised model only the outputs count,
/// so its layers are fused as they will be.
class OutputMeter {
public:
  /// \p interrupted tells whether to stop; asked before each sample. \p setup
  /// has to outlive the meter.
  static llvm::Expected<std::unique_ptr<OutputMeter>>
  create(const MeasureSetup &setup, std::vector<std::string> outputs,
         std::function<bool()> interrupted);

  /// A measurement without layers. A fault of kind `interrupted` if it was.
  llvm::Expected<Measurement> measure(const ptq::QuantizeResult &quantized);

private:
  OutputMeter(const MeasureSetup &setup, std::vector<std::string> outputs,
              std::function<bool()> interrupted)
      : setup(setup), outputs(std::move(outputs)),
        interrupted(std::move(interrupted)), set(setup.build.plugins) {}
  llvm::Error load();
  llvm::Expected<llvm::ArrayRef<Tensor>>
  wantedOutputs(size_t sample, llvm::ArrayRef<Tensor> inputs);

  const MeasureSetup &setup;
  const std::vector<std::string> outputs;
  const std::function<bool()> interrupted;
  BackendSet set;
  BuiltModel wanted;
  std::vector<Tensor> scratch;           ///< What is not kept.
  std::vector<Tensor> counted;           ///< What counts of it.
  std::vector<std::vector<Tensor>> kept; ///< Per sample.
  size_t keptBytes = 0;
};

} // namespace glowplug
