// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Measures how far a quantised model is from the float one.

#pragma once

#include "core/host/loops/Build.h"
#include "core/host/loops/Progress.h"
#include "core/host/loops/Samples.h"
#include "core/quantize/ptq/Quantize.h"
#include "core/quantize/ptq/Sqnr.h"

namespace glowplug {

/// What decides how models are compiled and run for a measurement. It refers to
/// the samples and the listener.
struct MeasureSetup {
  BuildOptions build; ///< Of the float model.
  const Samples &samples;
  ProgressListener &progress;

  /// As `build`, for the model in \p quantized.
  BuildOptions forQuantized(const ptq::QuantizeResult &quantized) const;
};

/// Builds \p model for the first of \p samples, and makes room for its outputs.
llvm::Error buildFor(const BuildOptions &options, const Samples &samples,
                     BackendSet &set, BuiltModel &model,
                     std::vector<Tensor> &outputs);

/// Distance of a quantised model from the float model on samples.
struct Measurement {
  /// As in the result that was measured; or none, if only outputs were.
  std::vector<ptq::Sqnr> layers;
  std::vector<std::pair<std::string, ptq::Sqnr>> outputs; ///< f32 ones.
  uint64_t samples = 0;

  /// Of the worst output.
  double outputDb() const;
};

/// Runs both models on all samples, and compares what layers make.
llvm::Expected<Measurement> measure(const MeasureSetup &setup,
                                    const ptq::QuantizeResult &quantized);

/// Decibels for people and JSON, within -300 to 300.
double boundedDb(double db);

} // namespace glowplug
