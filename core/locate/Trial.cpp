// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs programs on a backend.

#include "core/locate/Trial.h"

#include "core/image/Types.h"
#include "core/runtime/AlignedBytes.h"
#include "core/runtime/Session.h"
#include "core/support/FaultError.h"

#include <cassert>
#include <cstring>
#include <new>

using namespace glowplug;

llvm::Expected<std::string> Trial::refusal() {
  llvm::Expected<std::vector<Verdict>> verdicts = backend.check(part.image);
  if (!verdicts)
    return verdicts.takeError();
  for (auto [index, verdict] : llvm::enumerate(*verdicts))
    if (!verdict.supported)
      return "op " + std::to_string(index) + ": " + verdict.reason;
  return std::string();
}

llvm::Error Trial::compile() {
  if (llvm::Error error =
          backend.schedule(part.image, part.segments).moveInto(scheduled))
    return error;
  llvm::Expected<CompiledProgram> made =
      scheduled ? backend.encode(*scheduled)
                : backend.compile(part.image, part.segments);
  return std::move(made).moveInto(compiled);
}

llvm::Error Trial::prepare() {
  if (llvm::Error error = compile())
    return error;
  return load();
}

llvm::Error Trial::prepareDirectly() {
  scheduled.reset();
  if (llvm::Error error =
          backend.compile(part.image, part.segments).moveInto(compiled))
    return error;
  return load();
}

llvm::Error Trial::prepareEncoded(InstrProgram program) {
  scheduled = std::move(program);
  if (llvm::Error error = backend.encode(*scheduled).moveInto(compiled))
    return error;
  return load();
}

llvm::Error Trial::load() {
  LoadRequest request;
  request.blob = compiled.blob;
  request.requirement = compiled.requirement;
  request.threads = threads;
  request.workspaceBytes = compiled.workspaceBytes;
  for (const AlignedBytes &segment : compiled.segments)
    request.segments.push_back(segment);
  for (uint32_t kept : compiled.keptSegments) {
    const size_t known =
        scheduled ? scheduled->segments.size() : part.segments.size();
    if (kept >= known)
      return makeFault(FaultKind::backend,
                       "compile keeps segment " + llvm::Twine(kept) +
                           ", but there are " + llvm::Twine(known));
    request.segments.push_back(
        scheduled ? llvm::ArrayRef<uint8_t>(scheduled->segments[kept])
                  : part.segments[kept]);
  }
  return backend.load(request).moveInto(executable);
}

llvm::Expected<std::vector<Tensor>> Trial::run(llvm::ArrayRef<Tensor> inputs) {
  if (!executable)
    if (llvm::Error error = prepare())
      return std::move(error);
  const image::Body &body = *image::GetProgram(part.image.data())->body();
  llvm::SmallVector<llvm::ArrayRef<uint8_t>> from;
  for (const Tensor &input : inputs)
    from.push_back(input.bytes());
  std::vector<Tensor> outputs;
  llvm::SmallVector<llvm::MutableArrayRef<uint8_t>> to;
  for (uint32_t index : arrayOf(body.outputs())) {
    const image::Value &value = *body.values()->Get(index);
    llvm::Expected<Tensor> output =
        Tensor::uninitialized(fromImage(value.dtype()), arrayOf(value.shape()));
    if (!output)
      return output.takeError();
    // What is not written is a NaN, or a number that is seldom right.
    std::memset(output->mutableBytes().data(), 0xff, output->byteCount());
    outputs.push_back(std::move(*output));
    to.push_back(outputs.back().mutableBytes());
  }
  try {
    const ScratchMemory workspace(compiled.workspaceBytes);
    if (llvm::Error error = executable->run(from, to, workspace.data()))
      return std::move(error);
  } catch (const std::bad_alloc &) {
    return makeFault(FaultKind::backend,
                     "not enough memory for a workspace of " +
                         llvm::Twine(compiled.workspaceBytes) + " bytes");
  }
  return outputs;
}

llvm::Expected<std::optional<Simulation>>
Trial::lastRun(const SimulationRequest &request) {
  assert(executable && "nothing has run");
  return executable->lastRun(request);
}

llvm::Expected<std::vector<Tensor>>
glowplug::alignedInputs(llvm::ArrayRef<Tensor> inputs) {
  std::vector<Tensor> result;
  for (const Tensor &input : inputs) {
    result.push_back(input);
    if (reinterpret_cast<uintptr_t>(input.bytes().data()) %
            AlignedBytes::alignment ==
        0)
      continue;
    if (llvm::Error error = input.clone().moveInto(result.back()))
      return std::move(error);
  }
  return result;
}
