// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Profile-guided quantisation, from ONNX to ONNX.

#include "core/host/Quantize.h"

#include "core/host/Convert.h"
#include "core/host/loops/KeepAccuracy.h"
#include "core/host/loops/ProfileModel.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace glowplug;
using host::Result;

namespace {

class WatchListener : public ProgressListener {
public:
  explicit WatchListener(const host::Watch &watch) : watch(watch) {}
  void begin(const std::string &stage) override {
    if (watch.stage)
      watch.stage(stage);
  }
  void task(const std::string &text) override {
    if (watch.task)
      watch.task(text);
  }

private:
  const host::Watch &watch;
};

} // namespace

static llvm::Expected<Samples> samplesOf(const host::SampleSource &source) {
  if (!source.folder.empty())
    return Samples::inFolder(source.folder);
  if (source.count == 0)
    return makeFault(FaultKind::usage, "needs at least 1 sample, but got 0");
  return Samples::random(source.seed, source.count);
}

static BuildOptions measuredBuild(const ModelSource &source,
                                  const host::CompileOptions &options,
                                  unsigned threads) {
  BuildOptions build = host::buildOptions(source, options);
  build.request.wantReference = false;
  build.threads = std::max(1u, threads);
  return build;
}

static llvm::Expected<std::string>
profileOf(const ModelSource &source, const host::CompileOptions &options,
          const host::SampleSource &where, unsigned threads,
          ProgressListener &listener) {
  llvm::Expected<Samples> samples = samplesOf(where);
  if (!samples)
    return samples.takeError();
  llvm::Expected<OnnxFile> file = OnnxFile::read(source);
  if (!file)
    return file.takeError();
  llvm::Expected<ProfiledModel> profiled = profileModel(
      *file, {measuredBuild(source, options, threads), *samples, listener});
  if (!profiled)
    return profiled.takeError();
  profiled->profile.inputs = where.folder.empty()
                                 ? "random:" + std::to_string(where.seed) +
                                       "x" + std::to_string(where.count)
                                 : where.folder;
  return ptq::profileText(profiled->profile);
}

Result<std::string> host::profile(const ModelSource &source,
                                  const CompileOptions &options,
                                  const SampleSource &samples, unsigned threads,
                                  const Watch &watch) {
  WatchListener listener(watch);
  return resultOf<std::string>(
      profileOf(source, options, samples, threads, listener), FaultKind::model,
      [](std::string &text) { return std::move(text); });
}

static llvm::Expected<ptq::QuantizeOptions>
coreOptions(const host::QuantizeOptions &options) {
  ptq::QuantizeOptions result;
  const std::optional<ptq::Scheme> scheme = ptq::parseScheme(options.scheme);
  if (!scheme)
    return makeFault(FaultKind::usage,
                     "there is no scheme '" + options.scheme + "'", "scheme");
  result.scheme = *scheme;
  llvm::Expected<ptq::Calibration> calibration =
      ptq::Calibration::parse(options.calibration);
  if (!calibration)
    return blame(FaultKind::usage, calibration.takeError());
  result.calibration = *calibration;
  result.perChannel = options.isPerChannel;
  result.biasCorrection = options.correctsBias;
  result.equalize = options.equalizes;
  for (const std::string &name : options.keepFloat)
    result.keepFloat.emplace_back(name, "kept by name");
  if (options.wantedDb && !std::isfinite(*options.wantedDb))
    return makeFault(FaultKind::usage, "an accuracy is a number of decibels");
  if (options.wantedDb && !options.samples)
    return makeFault(FaultKind::usage,
                     "an accuracy needs samples to measure on");
  return result;
}

/// Quantises, and measures if there are samples.
static llvm::Expected<AccurateModel>
makeModel(const OnnxFile &file, const ptq::Profile &profile,
          const ptq::QuantizeOptions &options, std::optional<double> wantedDb,
          const MeasureSetup *setup, const StopRequest &stop) {
  if (wantedDb)
    return keepAccuracy(file, profile, options, *wantedDb, *setup, stop);
  AccurateModel model;
  llvm::Expected<ptq::QuantizeResult> result = file.quantize(profile, options);
  if (!result)
    return result.takeError();
  model.result = std::move(*result);
  if (!setup)
    return model;
  llvm::Expected<Measurement> measured = measure(*setup, model.result);
  if (!measured)
    return measured.takeError();
  model.measurement = std::move(*measured);
  return model;
}

static host::QuantizedModel resultOf(const AccurateModel &model,
                                     bool isMeasured) {
  host::QuantizedModel result;
  result.bytes.assign(model.result.bytes.begin(), model.result.bytes.end());
  for (auto [index, layer] : llvm::enumerate(model.result.layers)) {
    host::QuantizedLayer one{layer.name, layer.op, layer.output,
                             layer.keptReason, std::nullopt};
    if (!model.measurement.layers.empty())
      one.noiseDb = boundedDb(model.measurement.layers[index].db());
    result.layers.push_back(std::move(one));
  }
  if (isMeasured)
    result.outputDb = boundedDb(model.measurement.outputDb());
  result.samples = model.measurement.samples;
  result.modelsTried = model.tried;
  result.wasInterrupted = model.wasInterrupted;
  return result;
}

static llvm::Expected<host::QuantizedModel>
quantizeModel(const ModelSource &source, const std::string &profileText,
              const host::QuantizeOptions &options,
              const host::CompileOptions &compile, unsigned threads,
              const host::Watch &watch) {
  llvm::Expected<ptq::QuantizeOptions> wanted = coreOptions(options);
  if (!wanted)
    return wanted.takeError();
  llvm::Expected<ptq::Profile> profile =
      ptq::parseProfile(profileText, "profile");
  if (!profile)
    return blame(FaultKind::usage, profile.takeError());
  llvm::Expected<OnnxFile> file = OnnxFile::read(source);
  if (!file)
    return file.takeError();
  if (llvm::Error error = ptq::checkProfileModel(*profile, file->sha256,
                                                 "profile", source.name))
    return blame(FaultKind::usage, std::move(error));
  WatchListener listener(watch);
  std::optional<Samples> samples;
  std::optional<MeasureSetup> setup;
  if (options.samples) {
    llvm::Expected<Samples> made = samplesOf(*options.samples);
    if (!made)
      return made.takeError();
    samples = std::move(*made);
    setup.emplace(MeasureSetup{measuredBuild(source, compile, threads),
                               *samples, listener});
  }
  const StopRequest stop{{}, watch.isStopAsked};
  llvm::Expected<AccurateModel> model =
      makeModel(*file, *profile, *wanted, options.wantedDb,
                setup ? &*setup : nullptr, stop);
  if (!model)
    return model.takeError();
  return resultOf(*model, setup.has_value());
}

Result<host::QuantizedModel>
host::quantize(const ModelSource &source, const std::string &profileText,
               const QuantizeOptions &options, const CompileOptions &compile,
               unsigned threads, const Watch &watch) {
  return resultOf<QuantizedModel>(
      quantizeModel(source, profileText, options, compile, threads, watch),
      FaultKind::model, [](QuantizedModel &model) { return std::move(model); });
}
