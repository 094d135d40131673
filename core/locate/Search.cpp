// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Searches one part for the smallest program that is wrong.

#include "core/locate/Search.h"

#include "core/image/Types.h"
#include "core/reference/Interpreter.h"

#include <algorithm>

using namespace glowplug;

llvm::Expected<std::unique_ptr<Search>>
Search::create(ProgramBackend &backend, const PartImage &part,
               llvm::ArrayRef<Tensor> inputs, unsigned threads) {
  std::unique_ptr<Search> search(new Search(backend, part, threads));
  const image::Program &program = search->cuts.program();
  const image::Body &body = *program.body();
  search->values.resize(body.values() ? body.values()->size() : 0);
  for (auto [value, input] : llvm::zip_equal(arrayOf(body.inputs()), inputs))
    search->values[value] = input;
  InterpreterOptions options;
  options.threads = threads;
  options.observe = [&](const image::Body &in, uint32_t op,
                        llvm::ArrayRef<Tensor>, llvm::ArrayRef<Tensor> made) {
    if (&in != &body) // inside a composite
      return;
    for (auto [value, result] :
         llvm::zip_equal(arrayOf(body.ops()->Get(op)->results()), made))
      search->values[value] = result;
  };
  llvm::Expected<std::vector<Tensor>> outputs =
      interpret(program, inputs, part.segments, options);
  if (!outputs)
    return outputs.takeError();
  return search;
}

llvm::Expected<Case> Search::judgeOps(llvm::ArrayRef<uint32_t> ops,
                                      llvm::ArrayRef<uint32_t> outputs) {
  if (progress)
    progress(ops.size() == 1 ? "judging op " + std::to_string(ops[0]) + " alone"
                             : "judging ops " + std::to_string(ops.front()) +
                                   " to " + std::to_string(ops.back()));
  llvm::Expected<Cut> cut = cuts.cut(ops, outputs);
  if (!cut)
    return cut.takeError();
  Case result;
  result.program = std::move(cut->program);
  for (uint32_t value : cut->inputs)
    result.inputs.push_back(values[value]);
  ++count;
  if (llvm::Error error = judge(backend, result.program, result.inputs, threads)
                              .moveInto(result.judgement))
    return std::move(error);
  return result;
}

/// Of the ops up to number \p last, together with which the part is wrong: the
/// fewest that are so without those before them.
llvm::Expected<std::optional<Case>>
Search::shortestRunTo(size_t last, std::vector<uint32_t> &ops) {
  // Short runs one by one, then longer steps: long runs are seldom the answer,
  // and dear.
  size_t length = 1, tooShort = 0;
  std::optional<Case> found;
  while (!found) {
    llvm::Expected<Case> judged = judgeRun(last + 1 - length, length);
    if (!judged)
      return judged.takeError();
    if (judged->judgement.isBad()) {
      found = std::move(*judged);
      break;
    }
    tooShort = length;
    if (length == last + 1)
      return std::optional<Case>();
    length = std::min(last + 1, length < 8 ? length + 1 : length * 2);
  }
  while (length - tooShort > 1) {
    const size_t middle = (length + tooShort) / 2;
    llvm::Expected<Case> judged = judgeRun(last + 1 - middle, middle);
    if (!judged)
      return judged.takeError();
    if (judged->judgement.isBad()) {
      found = std::move(*judged);
      length = middle;
    } else {
      tooShort = middle;
    }
  }
  const llvm::ArrayRef<uint32_t> run =
      cuts.ops().slice(last + 1 - length, length);
  ops.assign(run.begin(), run.end());
  return found;
}

llvm::Expected<std::optional<Case>> Search::bisect(std::vector<uint32_t> &ops) {
  if (cuts.ops().empty())
    return std::optional<Case>();
  // The first `right` ops are not wrong, the first `wrong` ones are.
  size_t right = 0, wrong = cuts.ops().size();
  llvm::Expected<Case> whole = judgeRun(0, wrong);
  if (!whole)
    return whole.takeError();
  if (!whole->judgement.isBad())
    return std::optional<Case>();
  while (wrong - right > 1) {
    const size_t middle = (right + wrong) / 2;
    llvm::Expected<Case> judged = judgeRun(0, middle);
    if (!judged)
      return judged.takeError();
    (judged->judgement.isBad() ? wrong : right) = middle;
  }
  return shortestRunTo(wrong - 1, ops);
}

llvm::Expected<std::optional<Case>> Search::scan(std::vector<uint32_t> &ops) {
  for (size_t i = 0; i < cuts.ops().size(); ++i) {
    llvm::Expected<Case> judged = judgeRun(i, 1);
    if (!judged)
      return judged.takeError();
    if (!judged->judgement.isBad())
      continue;
    ops = {cuts.ops()[i]};
    return std::optional<Case>(std::move(*judged));
  }
  return std::optional<Case>();
}
