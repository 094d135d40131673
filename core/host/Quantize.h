// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Profile-guided quantisation, from ONNX to ONNX.

#pragma once

#include "core/host/Model.h"

#include <optional>

namespace glowplug::host {

/// What a model is run on: the samples in a folder, as `glowplug profile
/// --inputs` reads them, or random ones.
struct SampleSource {
  std::string folder; ///< Empty: random.
  uint64_t seed = 0, count = 1;
};

/// Told how long work goes on; all may be empty. Called by the thread that
/// called the library.
struct Watch {
  std::function<void(const std::string &stage)> stage;
  std::function<void(const std::string &task)> task;
  /// Whether to stop.
  std::function<bool()> isStopAsked;
};

/// Runs a model on samples and gathers what its values look like: the text of a
/// profile, which does not depend on \p threads.
Result<std::string> profile(const ModelSource &source,
                            const CompileOptions &options,
                            const SampleSource &samples, unsigned threads = 1,
                            const Watch &watch = {});

struct QuantizeOptions {
  std::string scheme = "asymmetric";  ///< As `--scheme`.
  std::string calibration = "minmax"; ///< As `--calibrate`.
  bool isPerChannel = true;
  bool correctsBias = true;
  bool equalizes = false;
  std::vector<std::string> keepFloat; ///< Nodes, or tensors that they make.
  /// Measure on these; needed by wantedDb.
  std::optional<SampleSource> samples;
  /// Keep layers in float until the worst output has so many decibels.
  std::optional<double> wantedDb;
};

/// What became of one layer.
struct QuantizedLayer {
  std::string name, op, output;
  std::string keptReason;        ///< Empty: it is in integers.
  std::optional<double> noiseDb; ///< Signal to noise, if it was measured.
};

struct QuantizedModel {
  std::vector<uint8_t> bytes; ///< Of an ONNX file.
  std::vector<QuantizedLayer> layers;
  std::optional<double> outputDb; ///< Of the worst output, if measured.
  uint64_t samples = 0;           ///< That it was measured on.
  unsigned modelsTried = 0;       ///< For wantedDb.
  bool wasInterrupted = false;    ///< It is the best so far.
};

/// Quantises by \p profileText, which is of this model. \p compile says how
/// models are compiled and run for measurements. A search for wantedDb that is
/// told to stop ends with the best that it has.
Result<QuantizedModel> quantize(const ModelSource &source,
                                const std::string &profileText,
                                const QuantizeOptions &options,
                                const CompileOptions &compile,
                                unsigned threads = 1, const Watch &watch = {});

} // namespace glowplug::host
