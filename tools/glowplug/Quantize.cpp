// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// glowplug quantize: writes a model with 8-bit integers by what a profile says.

#include "core/artifact/Write.h"
#include "core/host/loops/KeepAccuracy.h"
#include "core/support/WriteFile.h"
#include "tools/glowplug/DataFile.h"
#include "tools/glowplug/Help.h"
#include "tools/glowplug/Model.h"
#include "tools/glowplug/StopSignal.h"

#include "llvm/ADT/STLExtras.h"

#include <fmt/format.h>

#include <cmath>

using namespace glowplug;
using namespace glowplug::cli;

namespace {

class QuantizeVerb : public Verb {
public:
  explicit QuantizeVerb(CLI::App &app);
  Status run() override;

private:
  ptq::QuantizeOptions parseOptions() const;
  AccurateModel quantize(const OnnxFile &file, const ptq::Profile &profile,
                         const ptq::QuantizeOptions &options,
                         const MeasureSetup &setup) const;
  void write(const ptq::QuantizeResult &result,
             const MeasureSetup &setup) const;
  Json answer(const ptq::QuantizeResult &result,
              const std::optional<Measurement> &measured, unsigned tried,
              bool wasInterrupted) const;
  std::string table(const ptq::QuantizeResult &result,
                    const std::optional<Measurement> &measured) const;
  std::string schemeText(const ptq::LayerReport &layer) const;

  ModelOptions model;
  BackendOptions backends;
  std::string profilePath, output, reportPath, inputs;
  std::string scheme = "asymmetric", calibration = "minmax";
  std::vector<std::string> keepFloat;
  std::optional<double> wantedDb;
  bool perTensor = false, noBiasCorrection = false, equalize = false;
  unsigned threads = std::max(1u, std::thread::hardware_concurrency());
};

} // namespace

QuantizeVerb::QuantizeVerb(CLI::App &app) {
  model.addModel(app, "MODEL");
  app.add_option("--profile", profilePath, "what `glowplug profile` wrote")
      ->type_name("FILE")
      ->required();
  app.add_option("-o", output,
                 "write the model here: .onnx, or .gpx to compile")
      ->type_name("FILE")
      ->required();
  app.add_option("--scheme", scheme,
                 "asymmetric, symmetric, symmetric-uint8 or power-of-two "
                 "[default: asymmetric]")
      ->type_name("NAME");
  app.add_flag("--per-tensor", perTensor,
               "one scale for all channels of a weight");
  app.add_option("--calibrate", calibration,
                 "minmax, percentile[:99.99], mse or kl [default: minmax]")
      ->type_name("METHOD");
  app.add_flag("--no-bias-correction", noBiasCorrection,
               "leave the mean error of rounded weights in");
  app.add_flag("--equalize", equalize,
               "move scale between the channels of neighbouring layers");
  app.add_option("--keep-float", keepFloat,
                 "node, or tensor it makes, to leave alone; may be repeated")
      ->type_name("NAME")
      ->allow_extra_args(false);
  app.add_option("--keep-accuracy", wantedDb,
                 "leave the worst layers in float until outputs have DB")
      ->type_name("DB");
  app.add_option("--inputs", inputs,
                 "samples to measure on: folder, or random:SEED[xCOUNT]")
      ->type_name("DIR");
  app.add_option("--report", reportPath,
                 "write a table of all layers here (- to print it)")
      ->type_name("FILE");
  backends.add(app);
  app.add_option("--threads", threads,
                 "how many to run on [default: all cores]")
      ->type_name("N")
      ->check(CLI::Range(1u, 1024u));
  model.addImport(app);
  backends.addIsolation(app);
  addJson(app, json);
  setHelp(app,
          {" MODEL.onnx --profile FILE -o OUT.onnx|OUT.gpx [options]",
           {"resnet50.onnx --profile resnet50.profile -o int8.onnx",
            "bert.onnx --profile bert.profile -o int8.gpx --keep-accuracy 30 "
            "--inputs samples"},
           "0 done, 1 the model is at fault, 2 wrong usage, 3 a backend "
           "failed, 6 --keep-accuracy was interrupted: the best so far is "
           "written"});
}

ptq::QuantizeOptions QuantizeVerb::parseOptions() const {
  ptq::QuantizeOptions options;
  const std::optional<ptq::Scheme> parsed = ptq::parseScheme(scheme);
  if (!parsed)
    fail(wrongUsage, "--scheme needs asymmetric, symmetric, symmetric-uint8 or "
                     "power-of-two, but got '" +
                         scheme + "'");
  options.scheme = *parsed;
  llvm::Expected<ptq::Calibration> method =
      ptq::Calibration::parse(calibration);
  if (!method)
    fail(wrongUsage, "--calibrate: " + llvm::toString(method.takeError()));
  options.calibration = *method;
  options.perChannel = !perTensor;
  options.biasCorrection = !noBiasCorrection;
  options.equalize = equalize;
  for (const std::string &name : keepFloat)
    options.keepFloat.emplace_back(name, "--keep-float " + name);
  if (wantedDb && !std::isfinite(*wantedDb))
    fail(wrongUsage, "--keep-accuracy needs a number of decibels");
  if (wantedDb && inputs.empty())
    fail(wrongUsage, "--keep-accuracy needs --inputs to measure on");
  if (!reportPath.empty() && inputs.empty())
    fail(wrongUsage, "--report needs --inputs to measure on");
  return options;
}

Status QuantizeVerb::run() {
  const ptq::QuantizeOptions options = parseOptions();
  if (!llvm::StringRef(output).ends_with(".onnx") &&
      !llvm::StringRef(output).ends_with(".gpx"))
    fail(wrongUsage, "-o needs a name that ends in .onnx or .gpx, but got '" +
                         output + "'");
  const ptq::Profile profile =
      orFail(ptq::readProfile(profilePath), FaultKind::usage);
  std::optional<Progress> progress(std::in_place);
  // Without --inputs nothing is measured; dims of a .gpx are then set by --dim.
  const Samples samples =
      inputs.empty() ? Samples::random(0, 1) : parseSamples(inputs);
  const MeasureSetup setup{buildOptions(model, backends, threads, &*progress),
                           samples, *progress};
  const OnnxFile file = orFail(OnnxFile::read(setup.build.request.model));
  if (llvm::Error error = ptq::checkProfileModel(profile, file.sha256,
                                                 profilePath, model.model))
    fail(std::move(error), FaultKind::usage);
  const AccurateModel accurate = quantize(file, profile, options, setup);
  const ptq::QuantizeResult &result = accurate.result;
  const bool wasInterrupted = accurate.wasInterrupted;
  const unsigned tried = accurate.tried;
  std::optional<Measurement> measured;
  if (!inputs.empty())
    measured = accurate.measurement;
  write(result, setup);
  progress.reset();
  if (!reportPath.empty()) {
    const std::string text = table(result, measured);
    if (reportPath == "-")
      fmt::print(dataFile(), "{}", text);
    else if (llvm::Error error = writeFile(
                 reportPath, [&](llvm::raw_ostream &os) { os << text; }))
      fail(std::move(error), FaultKind::usage);
  }
  if (wasInterrupted)
    fmt::print(stderr, "interrupted: {} is the best of {} models tried{}\n",
               output, tried,
               measured->outputDb() >= *wantedDb
                   ? ""
                   : fmt::format(", but short of {} dB", *wantedDb));
  if (json) {
    printJson(answer(result, measured, tried, wasInterrupted));
    return wasInterrupted ? interrupted : done;
  }
  const auto kept = llvm::count_if(result.layers, [](const auto &layer) {
    return !layer.keptReason.empty();
  });
  fmt::print(dataFile(),
             "{}: {} of {} layers in integers, {} batch norms folded", output,
             result.layers.size() - static_cast<size_t>(kept),
             result.layers.size(), result.foldedBatchNorms);
  if (measured)
    fmt::print(dataFile(), ", outputs have {:.1f} dB over {} samples",
               boundedDb(measured->outputDb()), measured->samples);
  fmt::print(dataFile(), "\n");
  return wasInterrupted ? interrupted : done;
}

AccurateModel QuantizeVerb::quantize(const OnnxFile &file,
                                     const ptq::Profile &profile,
                                     const ptq::QuantizeOptions &options,
                                     const MeasureSetup &setup) const {
  if (wantedDb) {
    std::optional<StopSignal> guard;
    const StopRequest stop{[&] { guard.emplace(); },
                           [&] { return guard && StopSignal::isAsked(); }};
    return orFail(keepAccuracy(file, profile, options, *wantedDb, setup, stop));
  }
  setup.progress.begin("quantising");
  AccurateModel model;
  model.result = orFail(file.quantize(profile, options));
  if (!inputs.empty())
    model.measurement = orFail(measure(setup, model.result));
  return model;
}

void QuantizeVerb::write(const ptq::QuantizeResult &result,
                         const MeasureSetup &setup) const {
  setup.progress.begin("writing " + output);
  if (llvm::StringRef(output).ends_with(".onnx")) {
    if (llvm::Error error = writeFile(
            output, [&](llvm::raw_ostream &os) { os << result.bytes; }))
      fail(std::move(error), FaultKind::usage);
    return;
  }
  BackendSet set(setup.build.plugins);
  // Samples fix the sizes of symbolic dims.
  const InputSource first = orFail(setup.samples.first());
  const BuiltModel built =
      orFail(glowplug::compileModel(setup.forQuantized(result), set, &first));
  setup.progress.begin("writing " + output);
  if (llvm::Error error = writeArtifact(built.compiled.artifact, output))
    fail(std::move(error), FaultKind::usage);
}

std::string QuantizeVerb::schemeText(const ptq::LayerReport &layer) const {
  return layer.keptReason.empty() ? scheme : "float";
}

Json QuantizeVerb::answer(const ptq::QuantizeResult &result,
                          const std::optional<Measurement> &measured,
                          unsigned tried, bool wasInterrupted) const {
  Json json = {{"file", output},
               {"scheme", scheme},
               {"calibration", calibration},
               {"folded_batch_norms", result.foldedBatchNorms},
               {"equalized_tensors", result.equalizedTensors},
               {"layers", Json::array()}};
  for (auto [index, layer] : llvm::enumerate(result.layers)) {
    Json entry = {{"layer", layer.name},
                  {"op", layer.op},
                  {"output", layer.output},
                  {"sqnr_db", nullptr},
                  {"scheme", schemeText(layer)}};
    if (measured && !measured->layers.empty())
      entry["sqnr_db"] = boundedDb(measured->layers[index].db());
    if (!layer.keptReason.empty())
      entry["reason"] = layer.keptReason;
    if (layer.params) {
      entry["dtype"] = dtypeName(layer.params->dtype).str();
      entry["scale"] = layer.params->scale;
      entry["zero_point"] = layer.params->zp;
    }
    json["layers"].push_back(std::move(entry));
  }
  if (!measured)
    return json;
  json["samples"] = measured->samples;
  json["output_sqnr_db"] = boundedDb(measured->outputDb());
  json["outputs"] = Json::array();
  for (const auto &[name, sqnr] : measured->outputs)
    json["outputs"].push_back(
        {{"name", name}, {"sqnr_db", boundedDb(sqnr.db())}});
  if (wantedDb) {
    json["models_tried"] = tried;
    json["interrupted"] = wasInterrupted;
  }
  return json;
}

std::string
QuantizeVerb::table(const ptq::QuantizeResult &result,
                    const std::optional<Measurement> &measured) const {
  size_t nameWidth = 5, opWidth = 2;
  for (const ptq::LayerReport &layer : result.layers) {
    nameWidth = std::max(nameWidth, layer.name.size());
    opWidth = std::max(opWidth, layer.op.size());
  }
  std::string text = fmt::format("{:<{}}  {:<{}}  {:>7}  {}\n", "layer",
                                 nameWidth, "op", opWidth, "sqnr_db", "scheme");
  for (auto [index, layer] : llvm::enumerate(result.layers))
    text += fmt::format(
        "{:<{}}  {:<{}}  {:>7}  {}{}\n", layer.name, nameWidth, layer.op,
        opWidth,
        measured->layers.empty()
            ? "-"
            : fmt::format("{:.1f}", boundedDb(measured->layers[index].db())),
        schemeText(layer),
        layer.keptReason.empty() ? "" : ": " + layer.keptReason);
  for (const auto &[name, sqnr] : measured->outputs)
    text += fmt::format("{:<{}}  {:<{}}  {:>7.1f}\n", name, nameWidth, "output",
                        opWidth, boundedDb(sqnr.db()));
  return text;
}

std::unique_ptr<Verb> cli::addQuantize(CLI::App &app) {
  return std::make_unique<QuantizeVerb>(*app.add_subcommand(
      "quantize", "turn a float model into one of 8-bit integers"));
}
