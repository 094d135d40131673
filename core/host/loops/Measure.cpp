// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Measures how far a quantised model is from the float one.

#include "core/host/loops/Measure.h"

#include "core/host/loops/OnnxFile.h"
#include "core/support/FaultError.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

using namespace glowplug;

double glowplug::boundedDb(double db) { return std::clamp(db, -300., 300.); }

double Measurement::outputDb() const {
  double least = std::numeric_limits<double>::infinity();
  for (const auto &[name, sqnr] : outputs)
    least = std::min(least, sqnr.db());
  return least;
}

BuildOptions
MeasureSetup::forQuantized(const ptq::QuantizeResult &quantized) const {
  BuildOptions options = build;
  options.request.model = quantizedSource(quantized, build.request.model.name);
  return options;
}

namespace {

/// A session with extra outputs, found by name.
class Probe {
public:
  explicit Probe(const BackendSetOptions &plugins) : set(plugins) {}

  llvm::Error load(BuildOptions options, const Samples &samples,
                   std::vector<std::string> names);

  llvm::ArrayRef<PortInfo> inputs() const { return model.session->inputs(); }
  llvm::Error run(llvm::ArrayRef<Tensor> given) {
    if (llvm::Error error = model.session->run(given, outputs))
      return error;
    counted = outputs;
    return model.session->trim(counted);
  }
  /// The output \p name; no tensor if that is not of f32.
  const Tensor *find(const std::string &name) const {
    auto at = positions.find(name);
    if (at == positions.end() || counted[at->second].dtype() != DType::f32)
      return nullptr;
    return &counted[at->second];
  }

private:
  BackendSet set;
  BuiltModel model;
  std::vector<Tensor> outputs; // as large as they may be
  std::vector<Tensor> counted; // of the last run
  std::map<std::string, size_t> positions;
};

void compare(const Probe &wanted, const std::string &wantedName,
             const Probe &got, const std::string &gotName, ptq::Sqnr &sqnr) {
  const Tensor *reference = wanted.find(wantedName);
  const Tensor *tensor = got.find(gotName);
  if (reference && tensor && reference->shape() == tensor->shape())
    sqnr.add(reference->elements<float>(), tensor->elements<float>());
}

} // namespace

llvm::Error glowplug::buildFor(const BuildOptions &options,
                               const Samples &samples, BackendSet &set,
                               BuiltModel &model,
                               std::vector<Tensor> &outputs) {
  llvm::Expected<InputSource> first = samples.first();
  if (!first)
    return first.takeError();
  if (llvm::Error error = buildModel(options, set, &*first).moveInto(model))
    return error;
  return model.session->makeOutputs().moveInto(outputs);
}

llvm::Error Probe::load(BuildOptions options, const Samples &samples,
                        std::vector<std::string> names) {
  options.request.extraOutputs = std::move(names);
  if (llvm::Error error = buildFor(options, samples, set, model, outputs))
    return error;
  counted = outputs; // what is asked for before a run are their types
  for (auto [index, port] : llvm::enumerate(model.session->outputs()))
    positions.emplace(port.name, index);
  return llvm::Error::success();
}

llvm::Expected<Measurement>
glowplug::measure(const MeasureSetup &setup,
                  const ptq::QuantizeResult &quantized) {
  std::vector<std::string> floatNames, quantizedNames;
  for (const ptq::LayerReport &layer : quantized.layers) {
    floatNames.push_back(layer.output);
    quantizedNames.push_back(layer.quantizedOutput);
  }
  Probe wanted(setup.build.plugins), got(setup.build.plugins);
  if (llvm::Error error =
          wanted.load(setup.build, setup.samples, std::move(floatNames)))
    return error;
  if (llvm::Error error = got.load(setup.forQuantized(quantized), setup.samples,
                                   std::move(quantizedNames)))
    return error;
  Measurement result;
  result.layers.resize(quantized.layers.size());
  for (const std::string &name : quantized.outputs)
    if (wanted.find(name))
      result.outputs.emplace_back(name, ptq::Sqnr());
  const std::string &model = setup.build.request.model.name;
  if (!quantized.outputs.empty() && result.outputs.empty())
    return makeFault(FaultKind::model,
                     "'" + model + "' has no output of f32 to measure", model);
  setup.progress.begin("measuring");
  llvm::Expected<uint64_t> samples = setup.samples.forEach(
      wanted.inputs(), [&](llvm::ArrayRef<Tensor> inputs) -> llvm::Error {
        if (llvm::Error error = wanted.run(inputs))
          return error;
        if (llvm::Error error = got.run(inputs))
          return error;
        for (auto [layer, sqnr] :
             llvm::zip_equal(quantized.layers, result.layers))
          compare(wanted, layer.output, got, layer.quantizedOutput, sqnr);
        for (auto &[name, sqnr] : result.outputs)
          compare(wanted, name, got, name, sqnr);
        return llvm::Error::success();
      });
  if (!samples)
    return samples.takeError();
  result.samples = *samples;
  setup.progress.end();
  return result;
}
