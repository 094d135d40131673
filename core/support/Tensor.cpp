// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Storage of host tensors.

#include "core/support/Tensor.h"

#include "core/support/Dispatch.h"

#include <cstdlib>
#include <cstring>

using namespace glowplug;

/// Alignment of allocated storage; the program image asks for it at every
/// partition boundary.
static constexpr size_t storageAlignment = 64;

llvm::Expected<Tensor> Tensor::uninitialized(DType type,
                                             llvm::ArrayRef<int64_t> shape) {
  std::optional<int64_t> bytes = glowplug::byteCount(type, shape);
  if (!bytes)
    return llvm::createStringError("type %s is not valid or too large",
                                   glowplug::typeString(type, shape).c_str());
  Tensor tensor;
  tensor.type = type;
  tensor.dims.assign(shape.begin(), shape.end());
  tensor.count = *bytes / dtypeBytes(type);
  tensor.isWritable = true;
  // An empty tensor gets storage too, so that data is never null.
  size_t size = static_cast<size_t>(*bytes) + storageAlignment;
  size -= size % storageAlignment;
  void *memory = std::aligned_alloc(storageAlignment, size);
  if (!memory)
    return llvm::createStringError("out of memory: %s needs %lld bytes",
                                   tensor.typeString().c_str(),
                                   static_cast<long long>(*bytes));
  tensor.data = static_cast<uint8_t *>(memory);
  tensor.storage = std::shared_ptr<void>(memory, std::free);
  return tensor;
}

llvm::Expected<Tensor> Tensor::zeros(DType type,
                                     llvm::ArrayRef<int64_t> shape) {
  llvm::Expected<Tensor> tensor = uninitialized(type, shape);
  if (tensor)
    std::memset(tensor->data, 0, tensor->byteCount());
  return tensor;
}

llvm::Expected<Tensor>
Tensor::borrowMutable(DType type, llvm::ArrayRef<int64_t> shape,
                      llvm::MutableArrayRef<uint8_t> bytes) {
  std::optional<int64_t> size = glowplug::byteCount(type, shape);
  if (!size || static_cast<uint64_t>(*size) != bytes.size())
    return llvm::createStringError(
        "type %s does not have the size of its data, %zu bytes",
        glowplug::typeString(type, shape).c_str(), bytes.size());
  if (reinterpret_cast<uintptr_t>(bytes.data()) % dtypeBytes(type) != 0)
    return llvm::createStringError("data of type %s is not aligned",
                                   glowplug::typeString(type, shape).c_str());
  Tensor tensor;
  tensor.type = type;
  tensor.dims.assign(shape.begin(), shape.end());
  tensor.count = *size / dtypeBytes(type);
  tensor.data = bytes.data();
  tensor.isWritable = true;
  return tensor;
}

llvm::Expected<Tensor> Tensor::borrow(DType type, llvm::ArrayRef<int64_t> shape,
                                      llvm::ArrayRef<uint8_t> bytes) {
  // The cast is undone by isWritable, which guards every mutable access.
  llvm::Expected<Tensor> tensor = borrowMutable(
      type, shape, {const_cast<uint8_t *>(bytes.data()), bytes.size()});
  if (tensor)
    tensor->isWritable = false;
  return tensor;
}

Tensor Tensor::copyOf(DType type, llvm::ArrayRef<int64_t> shape,
                      llvm::ArrayRef<uint8_t> bytes) {
  Tensor tensor = llvm::cantFail(uninitialized(type, shape));
  assert(tensor.byteCount() == bytes.size() && "shape and elements disagree");
  if (!bytes.empty())
    std::memcpy(tensor.data, bytes.data(), bytes.size());
  return tensor;
}

Tensor Tensor::reshaped(llvm::ArrayRef<int64_t> shape) const {
  assert(glowplug::elementCount(shape) == count && "element counts differ");
  Tensor tensor = *this;
  tensor.dims.assign(shape.begin(), shape.end());
  return tensor;
}

llvm::Expected<Tensor> Tensor::clone() const {
  if (!*this)
    return Tensor();
  llvm::Expected<Tensor> copy = uninitialized(type, dims);
  if (copy && count != 0)
    std::memcpy(copy->data, data, byteCount());
  return copy;
}

/// Copies the first \p sizes elements of dims of \p all, whose innermost ones
/// hold \p bytes each.
static void copyFront(uint8_t *&to, const uint8_t *from,
                      llvm::ArrayRef<int64_t> sizes,
                      llvm::ArrayRef<int64_t> all, size_t bytes) {
  if (sizes.empty()) {
    std::memcpy(to, from, bytes);
    to += bytes;
    return;
  }
  size_t step = bytes;
  for (int64_t dim : all.drop_front())
    step *= static_cast<size_t>(dim);
  const auto count = static_cast<size_t>(sizes.front());
  if (sizes.drop_front() == all.drop_front()) { // rows are whole
    std::memcpy(to, from, count * step);
    to += count * step;
    return;
  }
  for (size_t i = 0; i < count; ++i)
    copyFront(to, from + i * step, sizes.drop_front(), all.drop_front(), bytes);
}

llvm::Expected<Tensor> Tensor::front(llvm::ArrayRef<int64_t> shape) const {
  assert(shape.size() == dims.size());
  llvm::Expected<Tensor> copy = uninitialized(type, shape);
  if (copy && copy->count != 0) {
    uint8_t *to = copy->data;
    copyFront(to, data, shape, dims, dtypeBytes(type));
  }
  return copy;
}

std::vector<double> glowplug::toDoubles(const Tensor &tensor) {
  std::vector<double> result;
  if (!tensor)
    return result;
  result.reserve(tensor.elementCount());
  dispatch(tensor.dtype(), [&]<typename T>(TypeTag<T>) {
    for (T element : tensor.elements<T>())
      if constexpr (std::is_same_v<T, Boolean>)
        result.push_back(static_cast<bool>(element) ? 1 : 0);
      else
        result.push_back(static_cast<double>(element));
  });
  return result;
}
