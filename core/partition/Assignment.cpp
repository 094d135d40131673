// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Asks the backends about every op of a function.

#include "core/partition/Assignment.h"

#include "core/image/Verify.h"
#include "core/lowering/ExpandPools.h"
#include "core/lowering/InlineComposites.h"
#include "core/lowering/SplitEpilogue.h"
#include "core/prim/Epilogue.h"
#include "core/support/FaultError.h"

#include "llvm/ADT/SmallVectorExtras.h"

using namespace glowplug;
using namespace mlir;

bool glowplug::isControl(Operation *op) {
  return isa<prim::ControlInterface>(op);
}

bool glowplug::isFree(Operation *op) {
  return isa<prim::ConstantOp, prim::ReshapeOp>(op);
}

Value glowplug::byteSource(Value value) {
  while (auto reshape = value.getDefiningOp<prim::ReshapeOp>())
    value = reshape.getInput();
  return value;
}

std::string glowplug::kindOf(Operation *op) {
  if (auto composite = dyn_cast<prim::CompositeOp>(op))
    return "composite " + composite.getName().str() + "@" +
           std::to_string(composite.getVersion());
  return op->getName().stripDialect().str();
}

std::string glowplug::describeOp(Operation *op) {
  const std::string name = locationName(op->getLoc());
  return kindOf(op) + (name.empty() ? "" : " '" + name + "'");
}

llvm::Expected<std::vector<Verdict>>
glowplug::checkImage(ProgramBackend &backend, const Image &image) {
  if (llvm::Error error = verifyImage(image.bytes))
    return llvm::createStringError(
        "internal error: the compiler wrote a program that is not valid: " +
        llvm::toString(std::move(error)));
  llvm::Expected<std::vector<Verdict>> verdicts = backend.check(image.bytes);
  if (!verdicts) // the class of the error may be that of another library
    return makeFault(FaultKind::backend, llvm::toString(verdicts.takeError()),
                     backend.name());
  return verdicts;
}

bool Assigner::canSplitEpilogue(Operation *op) {
  return prim::epilogueOf(op) && !isMinimalEpilogue(op);
}

llvm::Expected<Assigner::Verdicts> Assigner::ask(ArrayRef<Operation *> ops) {
  WriterOptions writer;
  writer.name = options.name;
  writer.hashes = options.hashes;
  // What the host makes is given to the program, what it takes is wanted of it.
  Block &block = function.getBody().front();
  auto inputs = llvm::to_vector_of<Value>(block.getArguments());
  auto outputs =
      llvm::to_vector_of<Value>(block.getTerminator()->getOperands());
  for (Operation &op : block)
    if (isControl(&op)) {
      llvm::append_range(inputs, op.getResults());
      llvm::append_range(outputs, op.getOperands());
    }
  llvm::Expected<Image> image = writeImage(ops, inputs, outputs, writer);
  if (!image)
    return image.takeError();
  Verdicts verdicts;
  for (ProgramBackend *backend : options.backends) {
    llvm::Expected<std::vector<Verdict>> answer = checkImage(*backend, *image);
    if (!answer)
      return answer.takeError();
    if (answer->size() != ops.size())
      return llvm::createStringError(
          "backend '" + backend->name() + "' answered for " +
          llvm::Twine(answer->size()) + " ops, but was asked for " +
          llvm::Twine(ops.size()));
    verdicts.push_back(std::move(*answer));
  }
  // What was refused about a cut piece stays refused.
  for (auto [index, op] : llvm::enumerate(ops))
    if (auto found = vetoes.find(op); found != vetoes.end())
      for (const Veto &veto : found->second)
        verdicts[veto.backend][index] = veto.verdict;
  return verdicts;
}

void Assigner::inlineComposite(Operation *op) {
  rewritten.push_back("inlined " + describeOp(op) +
                      ", which no backend takes whole");
  forget(op);
  glowplug::inlineComposite(cast<prim::CompositeOp>(op));
}

void Assigner::splitEpilogue(Operation *op, unsigned backend) {
  rewritten.push_back("split the epilogue of " + describeOp(op) + " for '" +
                      options.backends[backend]->name() + "'");
  forget(op);
  cutEpilogue(op);
}

bool Assigner::giveConstants(Operation *op, unsigned backend,
                             const Assignment &assignment) {
  bool isLacking = false;
  for (Value operand : op->getOperands())
    if (auto constant = operand.getDefiningOp<prim::ConstantOp>();
        constant && !assignment.freeTaken.at(constant)[backend]) {
      given.insert({constant, backend});
      isLacking = true;
    }
  return isLacking;
}

bool Assigner::choose(Operation *op, const Verdicts &verdicts, size_t index,
                      Assignment::Choice &choice) {
  const auto last = static_cast<unsigned>(options.backends.size() - 1);
  for (unsigned i = 0; i <= last; ++i) {
    const Verdict &verdict = verdicts[i][index];
    if (i == last && isa<prim::CompositeOp>(op) && last != 0) {
      inlineComposite(op);
      return true;
    }
    if (verdict.supported) {
      choice.backend = i;
      return false;
    }
    if (verdict.splitEpilogue && canSplitEpilogue(op)) {
      splitEpilogue(op, i);
      return true;
    }
    choice.refusals.push_back({i, verdict.reason});
  }
  choice.backend = last;
  return false;
}

llvm::SmallVector<Operation *> Assigner::ops() {
  llvm::SmallVector<Operation *> result;
  for (Operation &op : function.getBody().front().without_terminator())
    if (!isControl(&op))
      result.push_back(&op);
  return result;
}

llvm::Error Assigner::inlineRefused() {
  if (options.backends.size() < 2)
    return llvm::Error::success(); // the interpreter takes them as they are
  bool any = false;
  while (true) {
    const auto ops = this->ops();
    if (llvm::none_of(ops, llvm::IsaPred<prim::CompositeOp>))
      break;
    llvm::Expected<Verdicts> verdicts = ask(ops);
    if (!verdicts)
      return verdicts.takeError();
    bool changed = false;
    for (auto [index, op] : llvm::enumerate(ops)) {
      if (!isa<prim::CompositeOp>(op))
        continue;
      const size_t at = index;
      if (llvm::any_of(
              llvm::ArrayRef(*verdicts).drop_back(),
              [&](const auto &answer) { return answer[at].supported; }))
        continue;
      inlineComposite(op);
      changed = any = true;
    }
    if (!changed)
      break;
  }
  if (any && options.fuse)
    return options.fuse(function);
  return llvm::Error::success();
}

llvm::Expected<Assignment> Assigner::assign() {
  while (true) {
    const auto ops = this->ops();
    llvm::Expected<Verdicts> verdicts = ask(ops);
    if (!verdicts)
      return verdicts.takeError();

    if (!options.recipe) {
      llvm::Expected<bool> rewritten = changeRecipes(ops, *verdicts);
      if (!rewritten)
        return rewritten.takeError();
      if (*rewritten)
        continue;
    }
    if (expandPools(function)) {
      if (options.fuse)
        if (llvm::Error error = options.fuse(function))
          return std::move(error);
      continue;
    }

    Assignment result;
    bool changed = false;
    for (auto [index, op] : llvm::enumerate(ops)) {
      if (isFree(op)) {
        auto &taken = result.freeTaken[op];
        for (auto [backend, answer] : llvm::enumerate(*verdicts))
          taken.push_back(answer[index].supported || isGiven(op, backend));
        continue;
      }
      Assignment::Choice choice;
      if (choose(op, *verdicts, index, choice)) {
        changed = true; // op is gone
        continue;
      }
      const Verdict &verdict = (*verdicts)[choice.backend][index];
      if (!verdict.supported)
        return llvm::createStringError(
            "backend '" + options.backends.back()->name() + "' refuses " +
            describeOp(op) + ": " + verdict.reason);
      result.choices[op] = std::move(choice);
    }
    if (!changed)
      return result;
  }
}
