// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tensors that users of the host library make and receive.

#include "core/host/Tensor.h"

#include "core/driver/TensorFile.h"
#include "core/host/Convert.h"
#include "core/host/loops/NpyFile.h"
#include "core/support/Tensor.h"

#include <cstring>

using namespace glowplug;

static_assert(static_cast<int>(host::ElementType::boolean) ==
              static_cast<int>(DType::boolean));
static_assert(static_cast<int>(host::ElementType::u64) ==
              static_cast<int>(DType::u64));
static_assert(static_cast<int>(host::ElementType::f64) ==
              static_cast<int>(DType::f64));

host::Tensor host::fromCore(glowplug::Tensor tensor) {
  return Tensor(std::make_shared<glowplug::Tensor>(std::move(tensor)));
}

host::Result<host::Tensor> host::Tensor::zeros(ElementType type,
                                               std::span<const int64_t> shape) {
  const auto number = static_cast<unsigned>(type);
  if (number == 0 || number >= dtypeCount)
    return Fault{FaultKind::usage,
                 "there is no element type " + std::to_string(number)};
  const llvm::ArrayRef<int64_t> dims(shape.data(), shape.size());
  if (!byteCount(static_cast<DType>(type), dims))
    return Fault{FaultKind::usage,
                 "no tensor has the type " +
                     typeString(static_cast<DType>(type), dims)};
  llvm::Expected<glowplug::Tensor> tensor =
      glowplug::Tensor::zeros(static_cast<DType>(type), dims);
  if (!tensor)
    return faultOf(tensor.takeError(), FaultKind::resources);
  return fromCore(std::move(*tensor));
}

host::Result<host::Tensor>
host::Tensor::copyOf(ElementType type, std::span<const int64_t> shape,
                     std::span<const uint8_t> bytes) {
  Result<Tensor> tensor = zeros(type, shape);
  if (!tensor)
    return tensor;
  if (tensor->bytes().size() != bytes.size())
    return Fault{FaultKind::usage, tensor->core().typeString() + " needs " +
                                       std::to_string(tensor->bytes().size()) +
                                       " bytes, but got " +
                                       std::to_string(bytes.size())};
  if (!bytes.empty())
    std::memcpy(tensor->mutableBytes().data(), bytes.data(), bytes.size());
  return tensor;
}

host::Result<host::Tensor> host::Tensor::read(const std::string &path) {
  if (path.ends_with(".npy"))
    return resultOf<Tensor>(
        readNpyFile(path), FaultKind::usage,
        [](glowplug::Tensor &tensor) { return fromCore(std::move(tensor)); });
  return resultOf<Tensor>(
      readTensorFile(path), FaultKind::usage,
      [](NamedTensor &named) { return fromCore(std::move(named.tensor)); });
}

host::ElementType host::Tensor::type() const {
  return static_cast<ElementType>(held->dtype());
}

std::span<const int64_t> host::Tensor::shape() const {
  return {held->shape().data(), held->shape().size()};
}

std::span<const uint8_t> host::Tensor::bytes() const {
  return {held->bytes().data(), held->bytes().size()};
}

std::span<uint8_t> host::Tensor::mutableBytes() {
  const llvm::MutableArrayRef<uint8_t> bytes = held->mutableBytes();
  return {bytes.data(), bytes.size()};
}
