// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A backend that takes what a test wants, and IR from text.

#include "tests/unit/partition/Testing.h"

#include "core/image/Types.h"
#include "core/image/Verify.h"
#include "core/prim/Prim.h"

#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

using namespace glowplug;
using namespace glowplug::testing;

std::string glowplug::testing::message(llvm::Error error) {
  return llvm::toString(std::move(error));
}

Verdict glowplug::testing::yes() {
  Verdict verdict;
  verdict.supported = true;
  return verdict;
}

Verdict glowplug::testing::no(std::string reason, bool splitEpilogue) {
  Verdict verdict;
  verdict.reason = std::move(reason);
  verdict.splitEpilogue = splitEpilogue;
  return verdict;
}

FakeBackend::Judge glowplug::testing::takes(std::vector<std::string> kinds) {
  return [kinds = std::move(kinds)](const Question &question) {
    if (llvm::is_contained(kinds, question.kind))
      return yes();
    return no("no " + question.kind);
  };
}

static bool hasEpilogue(const image::Op &op) {
  switch (op.attributes_type()) {
  case image::Attributes::MatMul:
    return op.attributes_as_MatMul()->epilogue() != nullptr;
  case image::Attributes::Reduce:
    return op.attributes_as_Reduce()->epilogue() != nullptr;
  default:
    return false;
  }
}

static const image::Region *regionOf(const image::Op &op) {
  switch (op.attributes_type()) {
  case image::Attributes::Map:
    return op.attributes_as_Map()->region();
  case image::Attributes::Conv:
    return op.attributes_as_Conv()->epilogue();
  case image::Attributes::MatMul:
    return op.attributes_as_MatMul()->epilogue();
  default:
    return nullptr;
  }
}

static std::vector<std::string> scalarsOf(const image::Op &op) {
  std::vector<std::string> names;
  if (const image::Region *region = regionOf(op))
    for (const image::Instruction *scalar : *region->instructions())
      names.push_back(image::EnumNameScalarOp(scalar->op()));
  return names;
}

llvm::Expected<std::vector<Verdict>>
FakeBackend::check(llvm::ArrayRef<uint8_t> image) {
  EXPECT_EQ(message(verifyImage(image)), "");
  const auto *ops = image::GetProgram(image.data())->body()->ops();
  std::vector<Verdict> verdicts;
  for (uint32_t i = 0; ops && i < ops->size(); ++i) {
    const image::Op *op = ops->Get(i);
    Question question;
    question.kind = image::EnumNameAttributes(op->attributes_type());
    if (const image::Composite *composite = op->attributes_as_Composite())
      question.kind += " " + composite->name()->str();
    question.name = textOf(op->name()).str();
    question.hasEpilogue = hasEpilogue(*op);
    question.scalars = scalarsOf(*op);
    for (const image::Op *other : *ops)
      question.imageKinds.push_back(
          image::EnumNameAttributes(other->attributes_type()));
    verdicts.push_back(judge(question));
  }
  return verdicts;
}

llvm::Expected<CompiledProgram>
FakeBackend::compile(llvm::ArrayRef<uint8_t> image,
                     llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments) {
  // check() said yes to all of it, or the partitioner is wrong.
  llvm::Expected<std::vector<Verdict>> verdicts = check(image);
  if (!verdicts)
    return verdicts.takeError();
  const auto *ops = image::GetProgram(image.data())->body()->ops();
  for (auto [index, verdict] : llvm::enumerate(*verdicts))
    // A refused constant may be given all the same.
    EXPECT_TRUE(verdict.supported || ops->Get(index)->attributes_type() ==
                                         image::Attributes::Constant)
        << name() << ": " << verdict.reason;
  return inner->compile(image, segments);
}

Program::Program(const std::string &text) {
  context.loadDialect<prim::PrimDialect, mlir::func::FuncDialect>();
  module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  EXPECT_TRUE(module);
}

mlir::func::FuncOp Program::main() {
  return module->lookupSymbol<mlir::func::FuncOp>("main");
}

llvm::Expected<PartitionResult>
Program::partition(std::vector<std::shared_ptr<ProgramBackend>> backends) {
  backends.push_back(referenceBackend());
  PartitionOptions options;
  for (const auto &backend : backends)
    options.backends.push_back(backend.get());
  return glowplug::partition(main(), options);
}
