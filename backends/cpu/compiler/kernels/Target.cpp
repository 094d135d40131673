// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads lanes and registers off a target machine.

#include "backends/cpu/compiler/kernels/Target.h"

#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Triple.h"

using namespace llvm;

namespace glowplug::cpu {

KernelTarget KernelTarget::of(const TargetMachine &machine) {
  const Triple &triple = machine.getTargetTriple();
  const MCSubtargetInfo &subtarget = *machine.getMCSubtargetInfo();
  KernelTarget target;
  if (triple.isX86()) {
    if (subtarget.checkFeatures("+avx512f")) {
      target.lanes = 16;
      target.registers = 32;
      target.hasFma = true;
      target.hasHalf = true;
      target.byteDot = subtarget.checkFeatures("+avx512vnni") ? ByteDot::quads
                       : subtarget.checkFeatures("+avx512bw") ? ByteDot::pairs
                                                              : ByteDot::plain;
      target.permutesBytes = subtarget.checkFeatures("+avx512vbmi");
    } else if (subtarget.checkFeatures("+avx2") &&
               subtarget.checkFeatures("+fma")) {
      target.lanes = 8;
      target.hasFma = true;
      target.hasHalf = subtarget.checkFeatures("+f16c");
      target.byteDot =
          subtarget.checkFeatures("+avxvnni") ? ByteDot::quads : ByteDot::pairs;
    } else if (subtarget.checkFeatures("+sse2")) {
      target.byteDot = ByteDot::pairs;
    }
  } else if (triple.isAArch64()) {
    target.registers = 32;
    target.hasFma = true;
    target.hasHalf = true;
  }
  return target;
}

FixedVectorType *KernelTarget::vectorType(LLVMContext &context) const {
  return FixedVectorType::get(Type::getFloatTy(context), lanes);
}

void setKernelAttributes(Function &function, const KernelTarget &target) {
  const std::string width = std::to_string(target.lanes * 32);
  // A smaller legal width makes the x86 backend split explicit vectors where
  // the tuning of the CPU prefers short ones.
  function.addFnAttr("prefer-vector-width", width);
  function.addFnAttr("min-legal-vector-width", width);
  function.addFnAttr(Attribute::NoUnwind);
}

} // namespace glowplug::cpu
