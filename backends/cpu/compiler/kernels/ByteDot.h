// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Exact sums of products of 8-bit integers.
#pragma once

#include "backends/cpu/compiler/target/Traits.h"

#include "llvm/IR/IRBuilder.h"

namespace glowplug::cpu {

/// \p sum + the four products of the bytes of each lane, wrapping: the bytes of
/// \p left are unsigned, those of \p right signed. All three are
/// <lanes x i32>. Exact on every target: no step saturates.
llvm::Value *emitByteDot(llvm::IRBuilder<> &builder, const TargetTraits &target,
                         llvm::Value *sum, llvm::Value *left,
                         llvm::Value *right);

/// The bytes of each i32 lane as pairs of 16-bit integers: bytes 0 and 2, 1 and
/// 3.
struct WordPairs {
  llvm::Value *even = nullptr;
  llvm::Value *odd = nullptr;
};
WordPairs widenBytes(llvm::IRBuilder<> &builder, llvm::Value *bytes,
                     bool isSigned);

/// \p sum + the two products of the 16-bit integers of each lane, wrapping, for
/// ByteDot::pairs. They may be of more than 8 bits: -255 to 255.
llvm::Value *emitPairProduct(llvm::IRBuilder<> &builder,
                             const TargetTraits &target, llvm::Value *sum,
                             llvm::Value *left, llvm::Value *right);

/// \p sum + left * right per lane, all <lanes x i32>, where \p left holds 0 to
/// 255 and \p right fits 16 bits, signed.
llvm::Value *emitWordProduct(llvm::IRBuilder<> &builder,
                             const TargetTraits &target, llvm::Value *sum,
                             llvm::Value *left, llvm::Value *right);

} // namespace glowplug::cpu
