// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Makes cases smaller.

#include "core/locate/Reduce.h"

#include "core/image/Types.h"
#include "core/image/Verify.h"
#include "core/locate/Sizes.h"

#include "llvm/ADT/STLExtras.h"

using namespace glowplug;

namespace {

/// A case while it shrinks. Each step returns whether it did.
class Shrinker {
public:
  Shrinker(ProgramBackend &backend, Case wrong, unsigned threads,
           const Search::Progress &progress)
      : backend(backend), wrong(std::move(wrong)), threads(threads),
        progress(progress) {}

  llvm::Expected<ReducedCase> run();

private:
  llvm::Expected<std::unique_ptr<Search>> search();
  llvm::Expected<bool> dropOp();
  llvm::Expected<bool> dropOutputs();
  llvm::Expected<bool> dropEpilogue();
  llvm::Expected<bool> dropEntries();
  /// Takes \p smaller in place of the case if it is wrong, too.
  bool take(Case smaller);
  /// As take(), for a program that need not be valid.
  llvm::Expected<bool> tryProgram(const image::ProgramT &program,
                                  std::vector<Tensor> inputs);
  const image::Body &body() const {
    return *image::GetProgram(wrong.program.image.data())->body();
  }
  llvm::Expected<bool> tryResized(llvm::ArrayRef<NewSize> sizes, bool takeLast);
  size_t opCount() const { return Cutter(wrong.program).ops().size(); }

  ProgramBackend &backend;
  Case wrong;
  const unsigned threads;
  const Search::Progress &progress;
  uint32_t programs = 0;
};

} // namespace

llvm::Expected<std::unique_ptr<Search>> Shrinker::search() {
  llvm::Expected<std::unique_ptr<Search>> made =
      Search::create(backend, wrong.program, wrong.inputs, threads);
  if (made)
    (*made)->progress = progress;
  return made;
}

bool Shrinker::take(Case smaller) {
  ++programs;
  // A number that is wrong must not become a refusal by another name.
  if (smaller.judgement.verdict != wrong.judgement.verdict)
    return false;
  wrong = std::move(smaller);
  return true;
}

llvm::Expected<bool> Shrinker::dropOp() {
  llvm::Expected<std::unique_ptr<Search>> made = search();
  if (!made)
    return made.takeError();
  const llvm::ArrayRef<uint32_t> all = (*made)->cutter().ops();
  for (size_t i = 0; all.size() > 1 && i < all.size(); ++i) {
    std::vector<uint32_t> rest(all.begin(), all.end());
    rest.erase(rest.begin() + static_cast<ptrdiff_t>(i));
    llvm::Expected<Case> judged = (*made)->judgeOps(rest);
    if (!judged)
      return judged.takeError();
    if (take(std::move(*judged)))
      return true;
  }
  return false;
}

/// All outputs but the first wrong one.
llvm::Expected<bool> Shrinker::dropOutputs() {
  const llvm::ArrayRef<uint32_t> outputs = arrayOf(body().outputs());
  if (outputs.size() < 2 ||
      wrong.judgement.verdict != Judgement::Verdict::wrong)
    return false;
  llvm::Expected<std::unique_ptr<Search>> made = search();
  if (!made)
    return made.takeError();
  llvm::Expected<Case> judged =
      (*made)->judgeOps((*made)->cutter().ops(),
                        outputs[wrong.judgement.comparison.firstWrong()]);
  if (!judged)
    return judged.takeError();
  return take(std::move(*judged));
}

llvm::Expected<bool> Shrinker::tryProgram(const image::ProgramT &program,
                                          std::vector<Tensor> inputs) {
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(image::Program::Pack(builder, &program),
                 image::ProgramIdentifier());
  const uint8_t *bytes = builder.GetBufferPointer();
  PartImage edited = {wrong.program.backend,
                      {bytes, bytes + builder.GetSize()},
                      wrong.program.segments};
  if (llvm::Error error = verifyImage(edited.image)) {
    llvm::consumeError(std::move(error)); // the step does not fit this op
    return false;
  }
  // The edit may have left inputs and constants that nothing reads.
  const Cutter cutter(edited);
  llvm::Expected<Cut> cut = cutter.cut(cutter.ops());
  if (!cut)
    return cut.takeError();
  Case smaller;
  smaller.program = std::move(cut->program);
  const llvm::ArrayRef<uint32_t> values =
      arrayOf(cutter.program().body()->inputs());
  for (uint32_t value : cut->inputs)
    smaller.inputs.push_back(
        inputs[llvm::find(values, value) - values.begin()]);
  if (llvm::Error error =
          judge(backend, smaller.program, smaller.inputs, threads)
              .moveInto(smaller.judgement))
    return std::move(error);
  return take(std::move(smaller));
}

/// The one op of \p program that is no constant.
static image::OpT &onlyOp(image::ProgramT &program) {
  return **llvm::find_if(program.body->ops, [](const auto &op) {
    return op->attributes.type != image::Attributes::Constant;
  });
}

/// The epilogue of an op of \p operands operands; null if it can have none.
static std::unique_ptr<image::RegionT> *
epilogueOf(image::AttributesUnion &attributes, size_t &operands) {
  operands = 2;
  if (auto *conv = attributes.AsConv())
    return &conv->epilogue;
  if (auto *conv = attributes.AsConvTranspose())
    return &conv->epilogue;
  if (auto *matmul = attributes.AsMatMul())
    return &matmul->epilogue;
  operands = 1;
  if (auto *reduce = attributes.AsReduce())
    return &reduce->epilogue;
  if (auto *window = attributes.AsWindow())
    return &window->epilogue;
  return nullptr;
}

llvm::Expected<bool> Shrinker::dropEpilogue() {
  if (opCount() != 1)
    return false;
  std::unique_ptr<image::ProgramT> program(
      image::GetProgram(wrong.program.image.data())->UnPack());
  image::OpT &op = onlyOp(*program);
  size_t operands = 0;
  std::unique_ptr<image::RegionT> *epilogue =
      epilogueOf(op.attributes, operands);
  if (!epilogue || !*epilogue)
    return false;
  // Floats keep the type of the operands, integers that of the accumulator.
  image::ValueT &result = *program->body->values[op.results[0]];
  const image::DType operand = program->body->values[op.operands[0]]->dtype;
  result.dtype =
      isFloat(fromImage(operand)) ? operand : (*epilogue)->parameters[0];
  epilogue->reset();
  op.operands.resize(operands);
  return tryProgram(*program, wrong.inputs);
}

/// Whether the value \p index has one element that fills it.
static bool isSplat(const image::BodyT &body, uint32_t index) {
  return llvm::any_of(body.ops, [&](const auto &op) {
    const image::ConstantT *constant = op->attributes.AsConstant();
    return constant && constant->splat && op->results[0] == index;
  });
}

/// The case in sizes \p sizes, if only splats and inputs get smaller.
llvm::Expected<bool> Shrinker::tryResized(llvm::ArrayRef<NewSize> sizes,
                                          bool takeLast) {
  std::unique_ptr<image::ProgramT> program(
      image::GetProgram(wrong.program.image.data())->UnPack());
  image::BodyT &body = *program->body;
  const image::OpT &op = onlyOp(*program);
  std::vector<Tensor> inputs = wrong.inputs;
  for (const NewSize &size : sizes) {
    body.values[size.value]->shape[size.dim] = size.size;
    const auto input = llvm::find(body.inputs, size.value);
    if (input == body.inputs.end()) {
      if (llvm::is_contained(op.results, size.value) ||
          isSplat(body, size.value))
        continue;
      return false;
    }
    Tensor &tensor = inputs[input - body.inputs.begin()];
    if (tensor.shape()[size.dim] == size.size)
      continue; // an operand that stands twice
    if (llvm::Error error =
            cropped(tensor, size.dim, size.size, takeLast).moveInto(tensor))
      return std::move(error);
  }
  return tryProgram(*program, std::move(inputs));
}

/// Half of the entries along a dim.
llvm::Expected<bool> Shrinker::dropEntries() {
  if (opCount() != 1)
    return false;
  const std::unique_ptr<image::ProgramT> program(
      image::GetProgram(wrong.program.image.data())->UnPack());
  for (const std::vector<NewSize> &sizes :
       halvedSizes(*program, onlyOp(*program)))
    for (bool takeLast : {false, true}) {
      llvm::Expected<bool> shrank = tryResized(sizes, takeLast);
      if (!shrank || *shrank)
        return shrank;
    }
  return false;
}

llvm::Expected<ReducedCase> Shrinker::run() {
  using Step = llvm::Expected<bool> (Shrinker::*)();
  for (Step step : {&Shrinker::dropOp, &Shrinker::dropOutputs,
                    &Shrinker::dropEpilogue, &Shrinker::dropEntries}) {
    bool shrank = true;
    while (shrank)
      if (llvm::Error error = (this->*step)().moveInto(shrank))
        return std::move(error);
  }
  ReducedCase result;
  result.ops = static_cast<uint32_t>(opCount());
  result.wrong = std::move(wrong);
  result.programs = programs;
  return result;
}

llvm::Expected<ReducedCase> glowplug::reduce(ProgramBackend &backend,
                                             Case wrong, unsigned threads,
                                             const Search::Progress &progress) {
  return Shrinker(backend, std::move(wrong), threads, progress).run();
}
