// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the verbs profile and quantize share.

#pragma once

#include "core/quantize/ptq/OnnxGraph.h"
#include "core/quantize/ptq/Quantize.h"
#include "core/quantize/ptq/Sqnr.h"
#include "tools/glowplug/Samples.h"

namespace glowplug::cli {

/// An ONNX file as it is, and its hash.
struct OnnxFile {
  ptq::OnnxGraph graph;
  std::string sha256;

  /// Ends the command if the importer would not read it.
  static OnnxFile read(const std::string &path);
};

/// The model in \p quantized, made from the file \p path, which messages name.
ModelSource quantizedSource(const ptq::QuantizeResult &quantized,
                            const std::string &path);

/// What decides how models are compiled and run for a measurement.
struct MeasureSetup {
  ModelOptions model;
  BackendOptions backends;
  unsigned threads = 1;
  const Samples *samples = nullptr;
};

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
Measurement measure(const MeasureSetup &setup,
                    const ptq::QuantizeResult &quantized, Progress &progress);

/// A model that is accurate enough, and how that was found.
struct AccurateModel {
  ptq::QuantizeResult result;
  Measurement measurement; ///< Without layers if it was interrupted.
  unsigned tried = 0;
  bool wasInterrupted = false; ///< It is the best so far.
};

/// Keeps layers in float until the worst output reaches \p wantedDb: those
/// first that add most noise of their own, and then no more of them than it
/// takes. Ends the command if no number of them will do. On SIGINT, SIGTERM and
/// SIGHUP it stops with the best that it has.
AccurateModel keepAccuracy(const OnnxFile &file, const ptq::Profile &profile,
                           ptq::QuantizeOptions options, double wantedDb,
                           const MeasureSetup &setup, Progress &progress);

/// The model, or the end of the command.
ptq::QuantizeResult quantizeOrFail(const OnnxFile &file,
                                   const std::string &path,
                                   const ptq::Profile &profile,
                                   const ptq::QuantizeOptions &options);

/// Decibels for people and JSON, within -300 to 300.
double boundedDb(double db);

} // namespace glowplug::cli
