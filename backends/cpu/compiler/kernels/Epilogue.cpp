// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loads of an epilogue's extra operands.

#include "backends/cpu/compiler/kernels/Epilogue.h"

using namespace llvm;

namespace glowplug::cpu {

bool isSplat(const ExtraOperand &extra, const EpilogueContext &context) {
  return !extra.likeResult && extra.strides[context.laneDim] == 0;
}

Value *extraAddress(IRBuilder<> &builder, Type *elementType,
                    const ExtraOperand &extra, const EpilogueContext &context) {
  Value *offset = context.resultOffset;
  if (!extra.likeResult) {
    offset = builder.getInt64(0);
    for (auto [coord, stride] : zip_equal(context.coords, extra.strides)) {
      if (stride == 0)
        continue;
      Value *step = builder.CreateMul(coord, builder.getInt64(stride));
      offset = builder.CreateAdd(offset, step);
    }
  }
  return builder.CreateGEP(elementType, extra.base, offset);
}

Value *loadExtra(IRBuilder<> &builder, Type *elementType,
                 const ExtraOperand &extra, const EpilogueContext &context) {
  Value *pointer = extraAddress(builder, elementType, extra, context);
  const Align align(elementType->getPrimitiveSizeInBits().getFixedValue() / 8);
  const unsigned lanes = context.target.lanes;
  if (isSplat(extra, context)) {
    Value *scalar = builder.CreateAlignedLoad(elementType, pointer, align);
    return builder.CreateVectorSplat(lanes, scalar);
  }
  assert((extra.likeResult || extra.strides[context.laneDim] == 1) &&
         "lanes of an extra operand must be neighbours");
  auto *type = FixedVectorType::get(elementType, lanes);
  if (!context.mask)
    return builder.CreateAlignedLoad(type, pointer, align);
  return builder.CreateMaskedLoad(type, pointer, align, context.mask,
                                  Constant::getNullValue(type));
}

} // namespace glowplug::cpu
