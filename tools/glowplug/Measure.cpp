// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Measures how far a quantised model is from the float one.

#include "core/support/FaultError.h"
#include "core/support/Sha256.h"
#include "tools/glowplug/Quantization.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

#include <algorithm>
#include <cmath>

using namespace glowplug;
using namespace glowplug::cli;

OnnxFile OnnxFile::read(const std::string &path) {
  checkModelFile(path);
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                          /*RequiresNullTerminator=*/false);
  if (!file)
    fail(wrongUsage,
         "cannot read '" + path + "': " + file.getError().message());
  const llvm::StringRef bytes = (*file)->getBuffer();
  return {orFail(ptq::OnnxGraph::parse(bytes, path)),
          sha256Text(glowplug::sha256({bytes.bytes_begin(), bytes.size()}))};
}

ptq::QuantizeResult cli::quantizeOrFail(const OnnxFile &file,
                                        const std::string &path,
                                        const ptq::Profile &profile,
                                        const ptq::QuantizeOptions &options) {
  llvm::Expected<ptq::QuantizeResult> result =
      ptq::quantizeModel(file.graph.model(), profile, options);
  if (result)
    return std::move(*result);
  Fault fault = faultOf(result.takeError(), FaultKind::model);
  // What the user got wrong is no fault of the file.
  if (fault.kind != FaultKind::usage)
    fault = inFile(path, std::move(fault));
  fail(fault);
}

ModelSource cli::quantizedSource(const ptq::QuantizeResult &quantized,
                                 const std::string &path) {
  return ModelSource::onnx(
      {reinterpret_cast<const uint8_t *>(quantized.bytes.data()),
       quantized.bytes.size()},
      path + " (quantised)");
}

double cli::boundedDb(double db) { return std::clamp(db, -300., 300.); }

double Measurement::outputDb() const {
  double least = std::numeric_limits<double>::infinity();
  for (const auto &[name, sqnr] : outputs)
    least = std::min(least, sqnr.db());
  return least;
}

namespace {

/// A session with extra outputs, found by name.
class Probe {
public:
  Probe(const MeasureSetup &setup, std::optional<ModelSource> source,
        std::vector<std::string> names, Progress &progress)
      : set(setup.backends.makeSet()) {
    const InputSource first = setup.samples->first();
    LoadOptions load;
    load.inputs = &first;
    load.source = std::move(source);
    load.extraOutputs = std::move(names);
    loaded = loadModel(setup.model, setup.backends, set, setup.threads, load,
                       &progress);
    outputs = orFail(loaded.session->makeOutputs());
    for (auto [index, port] : llvm::enumerate(loaded.session->outputs()))
      positions.emplace(port.name, index);
  }

  const Session &session() const { return *loaded.session; }
  void run(llvm::ArrayRef<Tensor> inputs) {
    if (llvm::Error error = loaded.session->run(inputs, outputs))
      fail(std::move(error));
  }
  /// The output \p name; no tensor if that is not of f32.
  const Tensor *find(const std::string &name) const {
    auto at = positions.find(name);
    if (at == positions.end() || outputs[at->second].dtype() != DType::f32)
      return nullptr;
    return &outputs[at->second];
  }

private:
  BackendSet set;
  LoadedModel loaded;
  std::vector<Tensor> outputs;
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

Measurement cli::measure(const MeasureSetup &setup,
                         const ptq::QuantizeResult &quantized,
                         Progress &progress) {
  std::vector<std::string> floatNames, quantizedNames;
  for (const ptq::LayerReport &layer : quantized.layers) {
    floatNames.push_back(layer.output);
    quantizedNames.push_back(layer.quantizedOutput);
  }
  Probe wanted(setup, std::nullopt, std::move(floatNames), progress);
  Probe got(setup, quantizedSource(quantized, setup.model.model),
            std::move(quantizedNames), progress);
  Measurement result;
  result.layers.resize(quantized.layers.size());
  const size_t declared = quantized.outputs.size();
  for (const std::string &name : quantized.outputs)
    if (wanted.find(name))
      result.outputs.emplace_back(name, ptq::Sqnr());
  if (declared != 0 && result.outputs.empty())
    fail(modelFault,
         "'" + setup.model.model + "' has no output of f32 to measure");
  progress.begin("measuring");
  result.samples = setup.samples->forEach(
      wanted.session(), [&](llvm::ArrayRef<Tensor> inputs) {
        wanted.run(inputs);
        got.run(inputs);
        for (auto [layer, sqnr] :
             llvm::zip_equal(quantized.layers, result.layers))
          compare(wanted, layer.output, got, layer.quantizedOutput, sqnr);
        for (auto &[name, sqnr] : result.outputs)
          compare(wanted, name, got, name, sqnr);
      });
  progress.end();
  return result;
}
