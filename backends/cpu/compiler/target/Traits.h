// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// What the emitters need to know about the machine: the one record of it.
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

/// Derived from the CPU and its features in of() and nowhere else. Whoever
/// wants to know what the machine can do asks this, never the features.
struct TargetTraits {
  unsigned lanes = 4;       ///< f32 elements per vector; also the channel block
  unsigned registers = 16;  ///< architectural vector registers
  bool hasFma = false;      ///< fused multiply-add in hardware
  bool hasHalf = false;     ///< conversions from and to f16 in hardware
  bool masksMemory = false; ///< masked loads and stores of any type
  bool permutesBytes = false; ///< any order of a vector's bytes in one step
  ByteDot byteDot = ByteDot::plain;

  bool operator==(const TargetTraits &) const = default;

  /// AVX-512 (F, BW, DQ and VL) gives 16 lanes and 32 registers, AVX2 with FMA
  /// 8 and 16, NEON 4 and 32, anything else 4 and 16.
  static TargetTraits of(const llvm::TargetMachine &machine);

  unsigned vectorBytes() const { return lanes * 4; }
  /// The vector of f32.
  llvm::FixedVectorType *vectorType(llvm::LLVMContext &context) const;
};

/// Sets the attributes without which LLVM splits explicit vectors: to be called
/// on each function that holds kernel code. CPU and features are the caller's.
void setKernelAttributes(llvm::Function &function, const TargetTraits &traits);

} // namespace glowplug::cpu
