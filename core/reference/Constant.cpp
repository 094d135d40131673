// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Values of constants.

#include "core/reference/Constant.h"

#include "core/reference/Call.h"
#include "core/support/Dispatch.h"

#include <cstring>

using namespace glowplug;

llvm::Error reference::checkBooleans(const Tensor &tensor) {
  if (tensor.dtype() != DType::boolean)
    return llvm::Error::success();
  for (uint8_t byte : tensor.bytes())
    if (byte > 1)
      return llvm::createStringError("a boolean is 0 or 1, but got %d", byte);
  return llvm::Error::success();
}

llvm::Expected<Tensor>
reference::readConstant(const image::Constant &op, const TensorType &type,
                        llvm::ArrayRef<llvm::ArrayRef<uint8_t>> segments) {
  const unsigned elementBytes = dtypeBytes(type.dtype);
  if (op.splat()) {
    alignas(uint64_t) uint8_t element[sizeof(uint64_t)];
    std::memcpy(element, op.data()->data(), elementBytes);
    llvm::Expected<Tensor> result =
        Tensor::uninitialized(type.dtype, type.shape);
    if (result) // a stride of 0 repeats the one element
      copyStrided(result->elementCount(), elementBytes, element, 0,
                  result->mutableBytes().data(), 1);
    return result;
  }
  const auto size =
      static_cast<size_t>(byteCount(type.dtype, type.shape).value_or(0));
  llvm::ArrayRef<uint8_t> bytes =
      op.segment() < 0 ? arrayOf(op.data())
                       : segments[op.segment()].slice(op.offset(), size);
  const bool aligned =
      reinterpret_cast<uintptr_t>(bytes.data()) % elementBytes == 0;
  llvm::Expected<Tensor> result =
      aligned ? Tensor::borrow(type.dtype, type.shape, bytes)
              : Tensor::uninitialized(type.dtype, type.shape);
  if (!result)
    return result;
  if (!aligned)
    std::memcpy(result->mutableBytes().data(), bytes.data(), size);
  if (llvm::Error error = checkBooleans(*result))
    return error;
  return result;
}
