// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Measures many quantised models of one float model by their outputs.

#include "tools/glowplug/OutputMeter.h"

#include "llvm/ADT/STLExtras.h"

using namespace glowplug;
using namespace glowplug::cli;

/// Room for outputs of the float model; the others are computed again.
static constexpr size_t roomBytes = size_t(256) << 20;

namespace {

/// Ends the walk over the samples.
struct Interrupted {};

} // namespace

OutputMeter::OutputMeter(const MeasureSetup &setup,
                         std::vector<std::string> outputs,
                         std::function<bool()> interrupted, Progress &progress)
    : setup(setup), outputs(std::move(outputs)),
      interrupted(std::move(interrupted)), progress(progress),
      set(setup.backends.makeSet()) {
  const InputSource first = setup.samples->first();
  LoadOptions load;
  load.inputs = &first;
  wanted = loadModel(setup.model, setup.backends, set, setup.threads, load,
                     &progress);
  scratch = orFail(wanted.session->makeOutputs());
}

/// What the float model makes of sample number \p sample.
llvm::ArrayRef<Tensor>
OutputMeter::wantedOutputs(size_t sample, llvm::ArrayRef<Tensor> inputs) {
  if (sample < kept.size())
    return kept[sample];
  size_t bytes = 0;
  for (const Tensor &tensor : scratch)
    bytes += tensor.byteCount();
  const bool keep = sample == kept.size() && keptBytes + bytes <= roomBytes;
  std::vector<Tensor> fresh;
  if (keep)
    fresh = orFail(wanted.session->makeOutputs());
  std::vector<Tensor> &place = keep ? fresh : scratch;
  if (llvm::Error error = wanted.session->run(inputs, place))
    fail(std::move(error));
  if (!keep)
    return scratch;
  keptBytes += bytes;
  kept.push_back(std::move(fresh));
  return kept.back();
}

std::optional<Measurement>
OutputMeter::measure(const ptq::QuantizeResult &quantized) {
  BackendSet ownSet = setup.backends.makeSet();
  const InputSource first = setup.samples->first();
  LoadOptions load;
  load.inputs = &first;
  load.source = quantizedSource(quantized, setup.model.model);
  LoadedModel got = loadModel(setup.model, setup.backends, ownSet,
                              setup.threads, load, &progress);
  std::vector<Tensor> made = orFail(got.session->makeOutputs());
  // Both models have the outputs of the file, in its order.
  Measurement result;
  std::vector<size_t> positions;
  for (auto [index, port] : llvm::enumerate(wanted.session->outputs()))
    if (port.dtype == DType::f32 && llvm::is_contained(outputs, port.name)) {
      positions.push_back(index);
      result.outputs.emplace_back(port.name, ptq::Sqnr());
    }
  progress.begin("measuring");
  size_t sample = 0;
  try {
    result.samples = setup.samples->forEach(
        *wanted.session, [&](llvm::ArrayRef<Tensor> inputs) {
          if (interrupted())
            throw Interrupted();
          const llvm::ArrayRef<Tensor> right = wantedOutputs(sample++, inputs);
          if (llvm::Error error = got.session->run(inputs, made))
            fail(std::move(error));
          for (auto [position, output] :
               llvm::zip_equal(positions, result.outputs))
            output.second.add(right[position].elements<float>(),
                              made[position].elements<float>());
        });
  } catch (const Interrupted &) {
    return std::nullopt;
  }
  progress.end();
  return result;
}
