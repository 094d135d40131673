// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs programs on a backend and in the interpreter.

#include "core/locate/Judge.h"

#include "core/image/Types.h"
#include "core/locate/Trial.h"

#include "llvm/ADT/STLExtras.h"

#include <numeric>

using namespace glowplug;

namespace {

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
