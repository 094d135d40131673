// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernel compilation in process.

#include "tests/unit/backends/cpu/compiler/kernels/Jit.h"

#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Transforms/Utils/Cloning.h"

using namespace llvm;

namespace glowplug::cpu::test {

Machine::Machine(const std::string &cpu, const std::string &features)
    : made(cantFail(cpu::Target::create(cpu, features))),
      target(made.traits()) {
  // Marks what the compiler spilled.
  made.machine().Options.MCOptions.AsmVerbose = true;
}

Machine &Machine::host() {
  static Machine machine("host");
  return machine;
}

Machine &Machine::avx512() {
  // A CPU, not a level: without its tuning, LLVM moves loads until they spill.
  static Machine machine("znver4");
  return machine;
}

Machine &Machine::avx2() {
  static Machine machine("x86-64-v3");
  return machine;
}

Machine &Machine::generic() {
  static Machine machine("x86-64");
  return machine;
}

bool Machine::canRun() const {
  return compareRequirement(made.requirement()).empty();
}

struct Kernel::Impl {
  std::unique_ptr<orc::LLJIT> jit;
};

static SmallVector<char, 0> emitFile(Machine &machine, Module &module,
                                     CodeGenFileType type) {
  SmallVector<char, 0> bytes;
  raw_svector_ostream stream(bytes);
  legacy::PassManager passes;
  if (machine.machine().addPassesToEmitFile(passes, stream, nullptr, type))
    report_fatal_error("target cannot emit this kind of file");
  passes.run(module);
  return bytes;
}

Kernel::Kernel(Machine &machine, unsigned bufferCount, EmitFn emit)
    : impl(std::make_unique<Impl>()) {
  LLVMContext context;
  Module module("kernel", context);
  module.setDataLayout(machine.machine().createDataLayout());
  module.setTargetTriple(machine.machine().getTargetTriple().str());
  IRBuilder<> builder(context);
  Type *i64 = builder.getInt64Ty();
  auto *function = llvm::Function::Create(
      FunctionType::get(builder.getVoidTy(), {builder.getPtrTy(), i64, i64},
                        false),
      GlobalValue::ExternalLinkage, "kernel", module);
  setKernelAttributes(*function, machine.target);
  builder.SetInsertPoint(BasicBlock::Create(context, "entry", function));
  std::vector<Value *> buffers;
  for (unsigned i = 0; i < bufferCount; ++i) {
    Value *slot =
        builder.CreateConstGEP1_64(builder.getPtrTy(), function->getArg(0), i);
    buffers.push_back(builder.CreateLoad(builder.getPtrTy(), slot));
  }
  emit(builder, buffers, function->getArg(1), function->getArg(2));
  builder.CreateRetVoid();
  if (verifyModule(module, &errs()))
    report_fatal_error("invalid kernel");

  const std::unique_ptr<Module> copy = CloneModule(module);
  const auto text = emitFile(machine, *copy, CodeGenFileType::AssemblyFile);
  assemblyText.assign(text.begin(), text.end());
  if (!machine.canRun())
    return;
  auto object = emitFile(machine, module, CodeGenFileType::ObjectFile);
  impl->jit = cantFail(orc::LLJITBuilder().create());
  impl->jit->getMainJITDylib().addGenerator(
      cantFail(orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(
          impl->jit->getDataLayout().getGlobalPrefix())));
  cantFail(impl->jit->addObjectFile(MemoryBuffer::getMemBufferCopy(
      StringRef(object.data(), object.size()), "kernel")));
  this->function =
      cantFail(impl->jit->lookup("kernel")).toPtr<Kernel::Function>();
}

Kernel::~Kernel() = default;

/// Code made at run time has no type in front of it for the sanitizer to read.
__attribute__((no_sanitize("function"))) void
Kernel::run(const std::vector<void *> &buffers, int64_t begin,
            int64_t end) const {
  function(buffers.data(), begin, end);
}

} // namespace glowplug::cpu::test
