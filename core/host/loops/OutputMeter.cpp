// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Measures many quantised models of one float model by their outputs.

#include "core/host/loops/OutputMeter.h"

#include "core/support/FaultError.h"

#include "llvm/ADT/STLExtras.h"

using namespace glowplug;

/// Room for outputs of the float model; the others are computed again.
static constexpr size_t roomBytes = size_t(256) << 20;

llvm::Expected<std::unique_ptr<OutputMeter>>
OutputMeter::create(const MeasureSetup &setup, std::vector<std::string> outputs,
                    std::function<bool()> interrupted) {
  std::unique_ptr<OutputMeter> meter(
      new OutputMeter(setup, std::move(outputs), std::move(interrupted)));
  if (llvm::Error error = meter->load())
    return error;
  return meter;
}

llvm::Error OutputMeter::load() {
  return buildFor(setup.build, setup.samples, set, wanted, scratch);
}

/// What the float model makes of sample number \p sample.
llvm::Expected<llvm::ArrayRef<Tensor>>
OutputMeter::wantedOutputs(size_t sample, llvm::ArrayRef<Tensor> inputs) {
  if (sample < kept.size())
    return llvm::ArrayRef<Tensor>(kept[sample]);
  size_t bytes = 0;
  for (const Tensor &tensor : scratch)
    bytes += tensor.byteCount();
  const bool keep = sample == kept.size() && keptBytes + bytes <= roomBytes;
  if (!keep) {
    if (llvm::Error error = wanted.session->run(inputs, scratch))
      return error;
    counted = scratch;
    if (llvm::Error error = wanted.session->trim(counted))
      return error;
    return llvm::ArrayRef<Tensor>(counted);
  }
  llvm::Expected<std::vector<Tensor>> fresh = wanted.session->run(inputs);
  if (!fresh)
    return fresh.takeError();
  keptBytes += bytes;
  kept.push_back(std::move(*fresh));
  return llvm::ArrayRef<Tensor>(kept.back());
}

llvm::Expected<Measurement>
OutputMeter::measure(const ptq::QuantizeResult &quantized) {
  BackendSet ownSet(setup.build.plugins);
  llvm::Expected<InputSource> first = setup.samples.first();
  if (!first)
    return first.takeError();
  llvm::Expected<BuiltModel> got =
      buildModel(setup.forQuantized(quantized), ownSet, &*first);
  if (!got)
    return got.takeError();
  llvm::Expected<std::vector<Tensor>> made = got->session->makeOutputs();
  if (!made)
    return made.takeError();
  // Both models have the outputs of the file, in its order.
  Measurement result;
  std::vector<size_t> positions;
  for (auto [index, port] : llvm::enumerate(wanted.session->outputs()))
    if (port.dtype == DType::f32 && llvm::is_contained(outputs, port.name)) {
      positions.push_back(index);
      result.outputs.emplace_back(port.name, ptq::Sqnr());
    }
  setup.progress.begin("measuring");
  size_t sample = 0;
  llvm::Expected<uint64_t> samples = setup.samples.forEach(
      wanted.session->inputs(),
      [&](llvm::ArrayRef<Tensor> inputs) -> llvm::Error {
        if (interrupted())
          return makeFault(FaultKind::interrupted, "interrupted");
        llvm::Expected<llvm::ArrayRef<Tensor>> right =
            wantedOutputs(sample++, inputs);
        if (!right)
          return right.takeError();
        if (llvm::Error error = got->session->run(inputs, *made))
          return error;
        std::vector<Tensor> seen = *made;
        if (llvm::Error error = got->session->trim(seen))
          return error;
        for (auto [position, output] :
             llvm::zip_equal(positions, result.outputs))
          // The models may choose other elements; those do not compare.
          if ((*right)[position].shape() == seen[position].shape())
            output.second.add((*right)[position].elements<float>(),
                              seen[position].elements<float>());
        return llvm::Error::success();
      });
  if (!samples)
    return samples.takeError();
  result.samples = *samples;
  setup.progress.end();
  return result;
}
