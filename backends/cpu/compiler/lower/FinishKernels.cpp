// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A second look at the code of the kernels, and bounds tests if wanted.

#include "backends/cpu/compiler/codegen/CheckAccesses.h"
#include "backends/cpu/compiler/lower/Lowering.h"

namespace glowplug::cpu {

static llvm::Error defect(const std::string &text) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                 "defect of the compiler: " + text);
}

llvm::Error finishKernels(Lowering &l) {
  if (!l.defect.empty())
    return defect(l.defect);
  for (size_t i = 0; i < l.kernelInfos.size(); ++i) {
    const KernelInfo &info = l.kernelInfos[i];
    llvm::Function &kernel = *l.module.getFunction("k" + std::to_string(i));
    llvm::Error error = verifyStores(kernel, info);
    if (!error && l.options.storeTooMuch)
      error = storeTooMuch(kernel);
    if (!error && l.options.checkAccesses)
      error = checkAccesses(kernel, info.elementBytes.size());
    if (error)
      return defect("kernel " + std::to_string(i) + " (" + info.name +
                    "): " + toString(std::move(error)));
  }
  return llvm::Error::success();
}

} // namespace glowplug::cpu
