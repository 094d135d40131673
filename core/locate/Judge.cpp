// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs programs on a backend and in the interpreter.

#include "core/locate/Judge.h"

#include "core/image/Types.h"
#include "core/runtime/AlignedBytes.h"
#include "core/runtime/Session.h"
#include "core/support/FaultError.h"

#include "llvm/ADT/STLExtras.h"

#include <cstring>
#include <new>
#include <numeric>

using namespace glowplug;

namespace {

/// One program on one backend.
class Trial {
public:
  Trial(ProgramBackend &backend, const PartImage &part, unsigned threads)
      : backend(backend), part(part), threads(threads) {}

  /// The first op that the backend does not take, with the reason; or nothing.
  llvm::Expected<std::string> refusal();
  llvm::Expected<std::vector<Tensor>> run(llvm::ArrayRef<Tensor> inputs);

private:
  llvm::Error compile();

  ProgramBackend &backend;
  const PartImage &part;
  const unsigned threads;
  std::optional<InstrProgram> scheduled;
  CompiledProgram compiled;
};

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

llvm::Expected<std::vector<Tensor>> Trial::run(llvm::ArrayRef<Tensor> inputs) {
  if (llvm::Error error = compile())
    return std::move(error);
  LoadRequest request;
  request.blob = compiled.blob;
  request.requirement = compiled.requirement;
  request.threads = threads;
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
  llvm::Expected<std::unique_ptr<ProgramExecutable>> executable =
      backend.load(request);
  if (!executable)
    return executable.takeError();

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
    if (llvm::Error error = (*executable)->run(from, to, workspace.data()))
      return std::move(error);
  } catch (const std::bad_alloc &) {
    return makeFault(FaultKind::backend,
                     "not enough memory for a workspace of " +
                         llvm::Twine(compiled.workspaceBytes) + " bytes");
  }
  return outputs;
}

/// Rows of boxes past their count are undefined: makes those of \p outputs
/// what the interpreter has there. A cut gives the count with the boxes.
void forgetUndefined(const image::Body &body,
                     llvm::MutableArrayRef<Tensor> outputs,
                     llvm::ArrayRef<Tensor> expected) {
  const llvm::ArrayRef<uint32_t> values = arrayOf(body.outputs());
  for (uint32_t i = 0; body.ops() && i < body.ops()->size(); ++i) {
    const image::Op &op = *body.ops()->Get(i);
    if (op.attributes_type() != image::Attributes::NonMaxSuppression)
      continue;
    const auto *boxes = llvm::find(values, op.results()->Get(0));
    const auto *count = llvm::find(values, op.results()->Get(1));
    if (boxes == values.end() || count == values.end())
      continue;
    const size_t k = boxes - values.begin();
    const int64_t rows =
        expected[count - values.begin()].elements<int64_t>()[0];
    const auto defined = static_cast<size_t>(rows) * 3;
    llvm::copy(expected[k].elements<int64_t>().drop_front(defined),
               outputs[k].mutableElements<int64_t>().begin() + defined);
  }
}

} // namespace

/// \p inputs where plugins may read them: at multiples of 64.
static llvm::Expected<std::vector<Tensor>>
alignedInputs(llvm::ArrayRef<Tensor> inputs) {
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

llvm::Expected<Judgement> glowplug::judge(ProgramBackend &backend,
                                          const PartImage &part,
                                          llvm::ArrayRef<Tensor> given,
                                          unsigned threads) {
  llvm::Expected<std::vector<Tensor>> inputs = alignedInputs(given);
  if (!inputs)
    return inputs.takeError();
  ReferenceProgram reference;
  reference.image = part.image;
  reference.segments = part.segments;
  reference.inputs.resize(inputs->size());
  std::iota(reference.inputs.begin(), reference.inputs.end(), size_t{0});
  Judgement result;
  if (llvm::Error error =
          runReference(reference, *inputs, threads).moveInto(result.expected))
    return std::move(error);

  Trial trial(backend, part, threads);
  llvm::Expected<std::string> refusal = trial.refusal();
  if (refusal && !refusal->empty()) {
    result.verdict = Judgement::Verdict::refused;
    result.message = *refusal;
    return result;
  }
  std::vector<Tensor> outputs;
  llvm::Error error =
      refusal ? trial.run(*inputs).moveInto(outputs) : refusal.takeError();
  if (error) {
    result.verdict = Judgement::Verdict::failed;
    result.message = llvm::toString(std::move(error));
    return result;
  }
  forgetUndefined(*image::GetProgram(part.image.data())->body(), outputs,
                  result.expected.declared);
  result.comparison = compareWithReference(outputs, result.expected);
  switch (result.comparison.verdict()) {
  case CompareVerdict::pass:
    result.verdict = Judgement::Verdict::right;
    break;
  case CompareVerdict::fail:
    result.verdict = Judgement::Verdict::wrong;
    break;
  case CompareVerdict::notComparable:
    result.verdict = Judgement::Verdict::unclear;
    break;
  }
  return result;
}
