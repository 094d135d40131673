// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loads and stores of elements.

#include "backends/cpu/compiler/emit/Elements.h"

#include "backends/cpu/compiler/emit/Convert.h"

namespace glowplug::cpu {
namespace {

llvm::Value *toRegister(Kernel &k, DType type, llvm::Value *value) {
  if (type == gp_image_dtype_boolean)
    return k.b.CreateICmpNE(value,
                            llvm::Constant::getNullValue(value->getType()));
  return isShortFloat(type) ? extendShortFloat(k, type, value) : value;
}

} // namespace

llvm::Value *toMemory(Kernel &k, DType type, llvm::Value *value) {
  if (type == gp_image_dtype_boolean)
    return k.b.CreateZExt(value, k.widen(k.b.getInt8Ty(), laneCount(value)));
  return isShortFloat(type) ? truncateToShortFloat(k, type, value) : value;
}

llvm::Value *loadElements(Kernel &k, DType type, llvm::Value *pointer,
                          int64_t stride, Lanes lanes) {
  llvm::IRBuilder<> &b = k.b;
  llvm::Type *scalar = k.memoryType(type);
  llvm::Align align(byteSize(type));
  if (lanes.count == 1)
    return toRegister(k, type, b.CreateAlignedLoad(scalar, pointer, align));
  if (stride == 0)
    return k.splat(
        toRegister(k, type, b.CreateAlignedLoad(scalar, pointer, align)),
        lanes.count);
  llvm::Type *vector = k.widen(scalar, lanes.count);
  llvm::Value *value;
  if (stride == 1) {
    value = lanes.mask
                ? b.CreateMaskedLoad(vector, pointer, align, lanes.mask,
                                     llvm::Constant::getNullValue(vector))
                : static_cast<llvm::Value *>(
                      b.CreateAlignedLoad(vector, pointer, align));
  } else {
    value = llvm::PoisonValue::get(vector);
    for (unsigned i = 0; i < lanes.count; ++i)
      value = b.CreateInsertElement(
          value,
          b.CreateAlignedLoad(scalar, k.advance(pointer, type, i * stride),
                              align),
          i);
  }
  return toRegister(k, type, value);
}

void storeElements(Kernel &k, DType type, llvm::Value *value,
                   llvm::Value *pointer, int64_t stride, Lanes lanes) {
  llvm::IRBuilder<> &b = k.b;
  llvm::Align align(byteSize(type));
  value = toMemory(k, type, value);
  if (lanes.count == 1 || (stride == 1 && !lanes.mask)) {
    b.CreateAlignedStore(value, pointer, align);
    return;
  }
  if (stride == 1) {
    b.CreateMaskedStore(value, pointer, align, lanes.mask);
    return;
  }
  for (unsigned i = 0; i < lanes.count; ++i)
    b.CreateAlignedStore(b.CreateExtractElement(value, i),
                         k.advance(pointer, type, i * stride), align);
}

} // namespace glowplug::cpu
