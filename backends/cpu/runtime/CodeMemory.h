// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A relocatable object, mapped and made executable.
#pragma once

#include "backends/cpu/runtime/Blob.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <vector>

namespace glowplug::cpu {

class CodeMemory {
public:
  /// Maps \p object and finds the kernels "k0" to "k<kernelCount - 1>" in it.
  /// Code is not writable afterwards. Nothing of \p object is kept.
  static llvm::Expected<CodeMemory> load(llvm::StringRef object,
                                         uint32_t kernelCount);
  ~CodeMemory();
  CodeMemory(CodeMemory &&) noexcept;
  CodeMemory &operator=(CodeMemory &&) noexcept;

  KernelFunction kernel(uint32_t index) const { return kernels[index]; }

private:
  struct Mapping;
  CodeMemory();

  std::unique_ptr<Mapping> mapping;
  std::vector<KernelFunction> kernels;
};

} // namespace glowplug::cpu
