// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Objects are made with the target's own idea of what is cheap.

#include "backends/cpu/compiler/codegen/EmitObject.h"
#include "backends/cpu/compiler/kernels/Conv.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/Object/ObjectFile.h"

#include <gtest/gtest.h>

using namespace llvm;

namespace glowplug::cpu::test {
namespace {

uint64_t codeBytes(ArrayRef<char> object) {
  const auto file = cantFail(object::ObjectFile::createObjectFile(
      MemoryBufferRef(StringRef(object.data(), object.size()), "object")));
  uint64_t bytes = 0;
  for (const object::SectionRef &section : file->sections())
    if (section.isText())
      bytes += section.getSize();
  return bytes;
}

/// A depthwise convolution of 3 x 3 bytes, as wide as a tile. Each row of taps
/// is a masked load of neighbouring pixels, of which the next output reads some
/// again.
uint64_t bytesOfDepthwise(const cpu::Target &target) {
  LLVMContext context;
  Module module("depthwise", context);
  module.setTargetTriple(target.machine().getTargetTriple().str());
  module.setDataLayout(target.machine().createDataLayout());
  IRBuilder<> builder(context);
  auto *pointer = builder.getPtrTy();
  auto *number = builder.getInt64Ty();
  auto *function = Function::Create(
      FunctionType::get(builder.getVoidTy(),
                        {pointer, pointer, pointer, number, number}, false),
      Function::ExternalLinkage, "depthwise", module);
  builder.SetInsertPoint(BasicBlock::Create(context, "", function));
  setKernelAttributes(*function, target.traits());

  ConvSpec spec;
  spec.inChannels = spec.outChannels = spec.groups = 64;
  spec.rows = {14, 14, 3, 1, 1, 1};
  spec.columns = spec.rows;
  const ConvPlan plan =
      planConv(target.traits(), spec, ConvKind::depthwise, Arithmetic::int8);
  Epilogue epilogue;
  epilogue.emit = [](IRBuilder<> &builder, Value *sum,
                     const EpilogueContext &) {
    return builder.CreateTrunc(
        sum,
        VectorType::get(builder.getInt8Ty(), cast<VectorType>(sum->getType())));
  };
  emitConv(
      builder, plan,
      {function->getArg(0), function->getArg(1), function->getArg(2), nullptr},
      epilogue, function->getArg(3), function->getArg(4));
  builder.CreateRetVoid();
  return codeBytes(cantFail(emitObject(module, target)));
}

TEST(EmitObject, MaskedBytesAreOneLoad) {
  // Code is only made, not run, so a machine without the instructions will do.
  const auto target = cantFail(cpu::Target::create("znver4", ""));
  const uint64_t bytes = bytesOfDepthwise(target);
  EXPECT_GT(bytes, 0u);
  EXPECT_LT(bytes, 4096u) << "is each byte loaded alone?";
}

} // namespace
} // namespace glowplug::cpu::test
