// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// LLVM module -> relocatable object.

#include "backends/cpu/compiler/codegen/EmitObject.h"

#include "llvm/Analysis/TargetTransformInfo.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Pass.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Transforms/Scalar.h"

namespace glowplug::cpu {

llvm::Expected<llvm::SmallVector<char, 0>> emitObject(llvm::Module &module,
                                                      const Target &target) {
  std::string problem;
  llvm::raw_string_ostream stream(problem);
  if (llvm::verifyModule(module, &stream))
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   "emitted code is malformed: " + problem);
  llvm::SmallVector<char, 0> object;
  llvm::raw_svector_ostream out(object);
  llvm::legacy::PassManager passes;
  // Added first; otherwise a pass before the code generator adds one that knows
  // no target, and masked loads of bytes become loads of each byte.
  passes.add(llvm::createTargetTransformInfoWrapperPass(
      target.machine().getTargetIRAnalysis()));
  passes.add(llvm::createEarlyCSEPass());
  if (target.machine().addPassesToEmitFile(passes, out, nullptr,
                                           llvm::CodeGenFileType::ObjectFile))
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   "no object files for this target");
  passes.run(module);
  return object;
}

} // namespace glowplug::cpu
