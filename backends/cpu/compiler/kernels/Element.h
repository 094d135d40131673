// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Element types of blocked tensors.
#pragma once

#include "llvm/IR/DerivedTypes.h"
#include "llvm/IR/IRBuilder.h"

namespace glowplug::cpu {

enum class Element { f32, i32, u8, i8 };

inline unsigned elementBytes(Element element) {
  return element == Element::f32 || element == Element::i32 ? 4 : 1;
}

/// True if a blocked tensor holds x + 128 for x.
inline bool isBiased(Element element) { return element == Element::i8; }

/// Type of an element in memory.
inline llvm::Type *elementLane(llvm::LLVMContext &context, Element element) {
  if (element == Element::f32)
    return llvm::Type::getFloatTy(context);
  return llvm::Type::getIntNTy(context, elementBytes(element) * 8);
}

/// Between the biased form of an i8 value, scalar or vector, and the plain one:
/// either way the same.
inline llvm::Value *flipBias(llvm::IRBuilder<> &builder, llvm::Value *value) {
  return builder.CreateXor(value,
                           llvm::ConstantInt::get(value->getType(), 0x80));
}

} // namespace glowplug::cpu
