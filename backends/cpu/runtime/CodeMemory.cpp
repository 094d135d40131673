// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A relocatable object, mapped and made executable.

#include "backends/cpu/runtime/CodeMemory.h"

#include "backends/cpu/runtime/Functions.h"

#include "llvm/ExecutionEngine/RuntimeDyld.h"
#include "llvm/ExecutionEngine/SectionMemoryManager.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Support/Memory.h"
#include "llvm/Support/MemoryBufferRef.h"

namespace glowplug::cpu {
namespace {

/// Resolves the symbols of the runtime's list, and no others.
class Resolver : public llvm::JITSymbolResolver {
  void lookup(const LookupSet &symbols, OnResolvedFunction done) override {
    LookupResult result;
    for (llvm::StringRef name : symbols) {
      void *address = findFunction(name);
      if (!address)
        return done(llvm::createStringError(
            llvm::inconvertibleErrorCode(),
            "code calls '%s', which the runtime does not offer",
            name.str().c_str()));
      result[name] = {reinterpret_cast<llvm::JITTargetAddress>(address),
                      llvm::JITSymbolFlags::Callable};
    }
    done(std::move(result));
  }

  llvm::Expected<LookupSet>
  getResponsibilitySet(const LookupSet &symbols) override {
    return LookupSet();
  }
};

} // namespace

/// Whether there is address space for the sections of an object of \p bytes:
/// RuntimeDyld ends the process when it gets none for one of them.
static std::error_code probeMemory(size_t bytes) {
  constexpr size_t pages = 64 << 10; // each kind of section begins a page
  std::error_code error;
  llvm::sys::MemoryBlock block = llvm::sys::Memory::allocateMappedMemory(
      2 * bytes + pages, nullptr,
      llvm::sys::Memory::MF_READ | llvm::sys::Memory::MF_WRITE, error);
  if (!error)
    error = llvm::sys::Memory::releaseMappedMemory(block);
  return error;
}

struct CodeMemory::Mapping {
  llvm::SectionMemoryManager memory;
};

CodeMemory::CodeMemory() : mapping(std::make_unique<Mapping>()) {}
CodeMemory::~CodeMemory() = default;
CodeMemory::CodeMemory(CodeMemory &&) noexcept = default;
CodeMemory &CodeMemory::operator=(CodeMemory &&) noexcept = default;

llvm::Expected<CodeMemory> CodeMemory::load(llvm::StringRef object,
                                            uint32_t kernelCount) {
  auto fail = [](const std::string &text) {
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   "cannot map the code: " + text);
  };
  CodeMemory code;
  if (kernelCount == 0)
    return std::move(code);
  auto file = llvm::object::ObjectFile::createObjectFile(
      llvm::MemoryBufferRef(object, "kernels"));
  if (!file)
    return fail(llvm::toString(file.takeError()));
  if (const std::error_code error = probeMemory(object.size()))
    return fail(error.message());
  Resolver resolver;
  llvm::RuntimeDyld linker(code.mapping->memory, resolver);
  linker.loadObject(**file);
  if (!linker.hasError())
    linker.resolveRelocations();
  if (linker.hasError())
    return fail(linker.getErrorString().str());
  for (uint32_t i = 0; i < kernelCount; ++i) {
    std::string name = "k" + std::to_string(i);
    uint64_t address = linker.getSymbol(name).getAddress();
    if (address == 0)
      return fail("it has no kernel '" + name + "'");
    code.kernels.push_back(reinterpret_cast<KernelFunction>(address));
  }
  std::string problem;
  if (code.mapping->memory.finalizeMemory(&problem))
    return fail(problem);
  return std::move(code);
}

} // namespace glowplug::cpu
