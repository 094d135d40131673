// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Derives the record of a target from its features.

#include "backends/cpu/compiler/target/Traits.h"

#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Triple.h"

using namespace llvm;

namespace glowplug::cpu {

static TargetTraits traitsOfX86(const MCSubtargetInfo &subtarget) {
  const auto has = [&](StringRef features) {
    return subtarget.checkFeatures(features.str());
  };
  // The emitters mask bytes and shorten vectors, which AVX-512F alone cannot
  // do.
  const bool hasAvx512 = has("+avx512f,+avx512bw,+avx512dq,+avx512vl");
  const bool hasAvx2 = has("+avx2,+fma");
  TargetTraits traits;
  traits.lanes = hasAvx512 ? 16 : hasAvx2 ? 8 : 4;
  traits.registers = hasAvx512 ? 32 : 16;
  traits.hasFma = has("+fma");
  traits.hasHalf = has("+f16c");
  traits.masksMemory = hasAvx512;
  traits.permutesBytes = hasAvx512 && has("+avx512vbmi");
  if ((hasAvx512 && has("+avx512vnni")) ||
      (hasAvx2 && !hasAvx512 && has("+avxvnni")))
    traits.byteDot = ByteDot::quads;
  else if (has("+sse2"))
    traits.byteDot = ByteDot::pairs;
  return traits;
}

TargetTraits TargetTraits::of(const TargetMachine &machine) {
  const Triple &triple = machine.getTargetTriple();
  if (triple.isX86())
    return traitsOfX86(*machine.getMCSubtargetInfo());
  TargetTraits traits;
  if (triple.isAArch64()) {
    traits.registers = 32;
    traits.hasFma = true;
    traits.hasHalf = true;
  }
  return traits;
}

FixedVectorType *TargetTraits::vectorType(LLVMContext &context) const {
  return FixedVectorType::get(Type::getFloatTy(context), lanes);
}

void setKernelAttributes(Function &function, const TargetTraits &traits) {
  const std::string width = std::to_string(traits.vectorBytes() * 8);
  // A smaller legal width makes the x86 backend split explicit vectors where
  // the tuning of the CPU prefers short ones.
  function.addFnAttr("prefer-vector-width", width);
  function.addFnAttr("min-legal-vector-width", width);
  function.addFnAttr(Attribute::NoUnwind);
}

} // namespace glowplug::cpu
