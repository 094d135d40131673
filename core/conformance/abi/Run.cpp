// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs of a loaded program between pages that cannot be touched.

#include "core/conformance/abi/Run.h"

#include "llvm/ADT/STLExtras.h"

#include <cstring>

namespace glowplug::conformance {

namespace wire = isolation::wire;

/// A lack of memory ends the case as such.
static void need(llvm::Error error) {
  if (!error)
    return;
  AbiOutcome outcome;
  outcome.result = AbiResult::resources;
  outcome.reason = llvm::toString(std::move(error));
  throw Ended{std::move(outcome)};
}

RunBuffers::RunBuffers(const Sample &sample, uint64_t workspaceBytes,
                       const RunSettings &settings)
    : sample(sample), settings(settings) {
  isolation::BufferLayout layout;
  for (const SampleTensor &tensor : sample.inputs)
    layout.add(tensor.bytes);
  for (const SampleTensor &tensor : sample.outputs)
    layout.add(tensor.bytes);
  const llvm::ArrayRef<wire::Range> ranges = layout.ranges;
  inputRanges = ranges.take_front(sample.inputs.size()).vec();
  outputRanges = ranges.drop_front(sample.inputs.size()).vec();
  auto made = isolation::HostBuffers::make(layout);
  need(made.takeError());
  host = std::move(*made);
  for (size_t i = 0; i < inputRanges.size(); ++i) {
    const AlignedBytes data = sample.inputData(i, settings.seed);
    if (data.size() != 0)
      std::memcpy(host->at(inputRanges[i]), data.data(), data.size());
  }
  auto mapped = isolation::WorkerBuffers::map(host->file(), inputRanges,
                                              outputRanges, workspaceBytes);
  need(mapped.takeError());
  worker = std::move(*mapped);
  worker->open(false);
  for (llvm::ArrayRef<uint8_t> input : worker->inputs())
    inputs.push_back({input.data(), input.size()});
  for (llvm::MutableArrayRef<uint8_t> output : worker->outputs()) {
    std::fill(output.begin(), output.end(), settings.outputPattern);
    outputPlaces.push_back(output.data());
  }
  if (workspaceBytes != 0)
    std::memset(worker->workspace(), settings.workspacePattern, workspaceBytes);
}

gp_run_args RunBuffers::args() const {
  gp_run_args made = {};
  made.struct_size = sizeof made;
  made.inputs = inputs.data();
  made.input_count = inputs.size();
  made.outputs = outputPlaces.data();
  made.output_count = outputPlaces.size();
  made.workspace = worker->workspace();
  return made;
}

void RunBuffers::expectIntact() {
  if (const std::optional<std::string> problem = worker->close(false))
    Probe::fail("run: writes to outputs and workspace only", *problem);
  for (size_t i = 0; i < inputRanges.size(); ++i) {
    const AlignedBytes data = sample.inputData(i, settings.seed);
    const llvm::ArrayRef<uint8_t> now(
        static_cast<const uint8_t *>(inputs[i].data), inputs[i].size);
    Probe::expect(now == llvm::ArrayRef<uint8_t>(data),
                  "run: input " + std::to_string(i) + " as it was",
                  "other bytes");
  }
}

Outputs RunBuffers::outputs() const {
  Outputs result;
  for (const llvm::MutableArrayRef<uint8_t> output : worker->outputs())
    result.emplace_back(output.begin(), output.end());
  return result;
}

bool RunBuffers::outputsAreUntouched() const {
  return llvm::all_of(worker->outputs(),
                      [&](llvm::MutableArrayRef<uint8_t> output) {
                        return llvm::all_of(output, [&](uint8_t byte) {
                          return byte == settings.outputPattern;
                        });
                      });
}

Outputs runOnce(Probe &probe, const LoadedProgram &program,
                const Sample &sample, const RunSettings &settings) {
  RunBuffers buffers(sample, program.workspaceBytes(), settings);
  const gp_run_args args = buffers.args();
  Probe::expectOk(
      probe.call("run",
                 [&] { return probe.plugin().run(program.get(), &args); }),
      "run of " + sample.name);
  buffers.expectIntact();
  return buffers.outputs();
}

Outputs runFresh(Probe &probe, const Sample &sample,
                 const RunSettings &settings) {
  const OpenBackend backend(probe);
  const LoadedProgram program(probe, backend, backend.compile(sample), sample);
  return runOnce(probe, program, sample, settings);
}

void expectSame(const Outputs &want, const Outputs &got,
                const std::string &what) {
  for (size_t i = 0; i < want.size(); ++i) {
    if (want[i] == got[i])
      continue;
    const auto at =
        std::mismatch(want[i].begin(), want[i].end(), got[i].begin());
    const auto number = at.first - want[i].begin();
    Probe::fail(what + ": output " + std::to_string(i) + " with byte " +
                    std::to_string(number) + " = " + std::to_string(*at.first),
                std::to_string(*at.second));
  }
}

} // namespace glowplug::conformance
