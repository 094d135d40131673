// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the register-tiled kernels need to know about the machine.
#pragma once

#include "llvm/IR/DerivedTypes.h"
#include "llvm/IR/Function.h"

namespace llvm {
class TargetMachine;
} // namespace llvm

namespace glowplug::cpu {

/// How a target forms sums of 8-bit products.
enum class ByteDot {
  plain, ///< by 32-bit multiplications
  pairs, ///< two 16-bit products per 32-bit lane (x86: pmaddwd)
  quads, ///< four 8-bit products per lane (x86: vpdpbusd)
};

/// Vector unit of the target, for f32.
struct KernelTarget {
  unsigned lanes = 4;      ///< f32 elements per vector; also the channel block
  unsigned registers = 16; ///< architectural vector registers
  bool hasFma = false;     ///< fused multiply-add in hardware
  bool hasHalf = false;    ///< conversions from and to f16 in hardware
  ByteDot byteDot = ByteDot::plain;
  bool permutesBytes = false; ///< any order of a vector's bytes in one step

  /// Reads the features of \p machine: AVX-512 gives 16 lanes and 32
  /// registers, AVX2 with FMA 8 and 16, NEON 4 and 32, anything else 4 and 16.
  static KernelTarget of(const llvm::TargetMachine &machine);

  /// The most accumulators that leave room for \p others live registers.
  unsigned accumulators(unsigned others) const { return registers - others; }

  llvm::FixedVectorType *vectorType(llvm::LLVMContext &context) const;
};

/// Sets the attributes without which LLVM splits explicit vectors: to be called
/// on each function that holds kernel code. CPU and features are the caller's.
void setKernelAttributes(llvm::Function &function, const KernelTarget &target);

} // namespace glowplug::cpu
