// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads and writes tensors in files of ONNX's TensorProto.

#include "core/driver/TensorFile.h"

#include "core/importer/onnx/model/StorageTypes.h"
#include "core/importer/onnx/proto/onnx.pb.h"
#include "core/support/WriteFile.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <cstring>

using namespace glowplug;

static constexpr std::pair<int32_t, DType> onnxTypes[] = {
    {onnx::TensorProto::FLOAT, DType::f32},
    {onnx::TensorProto::UINT8, DType::u8},
    {onnx::TensorProto::INT8, DType::i8},
    {onnx::TensorProto::UINT16, DType::u16},
    {onnx::TensorProto::INT16, DType::i16},
    {onnx::TensorProto::INT32, DType::i32},
    {onnx::TensorProto::INT64, DType::i64},
    {onnx::TensorProto::BOOL, DType::boolean},
    {onnx::TensorProto::FLOAT16, DType::f16},
    {onnx::TensorProto::DOUBLE, DType::f64},
    {onnx::TensorProto::UINT32, DType::u32},
    {onnx::TensorProto::UINT64, DType::u64},
    {onnx::TensorProto::BFLOAT16, DType::bf16},
};

static DType dtypeOfOnnx(int32_t onnxType) {
  for (auto [onnx, dtype] : onnxTypes)
    if (onnx == onnxType)
      return dtype;
  return DType::none;
}

static int32_t onnxOfDType(DType dtype) {
  for (auto [onnx, ours] : onnxTypes)
    if (ours == dtype)
      return onnx;
  llvm_unreachable("every element type has its number in ONNX");
}

/// Copies the elements of a typed field; false if their number does not fit.
template <typename Field>
static bool copyField(const Field &field, Tensor &tensor) {
  if (field.size() != tensor.elementCount())
    return false;
  const size_t size = dtypeBytes(tensor.dtype());
  uint8_t *to = tensor.mutableBytes().data();
  for (auto value : field) {
    // Small integers and 16-bit floats stand in the low bits of a word.
    std::memcpy(to, &value, size);
    to += size;
  }
  return true;
}

/// Whether the typed field that holds \p type has one entry per element, which
/// are then copied.
static bool copyTyped(const onnx::TensorProto &proto, Tensor &tensor) {
  switch (tensor.dtype()) {
  case DType::f32:
    return copyField(proto.float_data(), tensor);
  case DType::f64:
    return copyField(proto.double_data(), tensor);
  case DType::i64:
    return copyField(proto.int64_data(), tensor);
  case DType::u32:
  case DType::u64:
    return copyField(proto.uint64_data(), tensor);
  default:
    return copyField(proto.int32_data(), tensor);
  }
}

/// Codes from raw data or bytes in int32_data; false if their number does not
/// fit.
static bool unpackCodes(const onnx::TensorProto &proto,
                        const importer::StorageType &storage, Tensor &tensor) {
  std::vector<uint8_t> packed(proto.raw_data().begin(), proto.raw_data().end());
  if (!proto.has_raw_data())
    packed.assign(proto.int32_data().begin(), proto.int32_data().end());
  if (static_cast<int64_t>(packed.size()) !=
      importer::packedBytes(storage, tensor.elementCount()))
    return false;
  importer::unpack(storage, packed, tensor.mutableBytes());
  return true;
}

llvm::Expected<NamedTensor> glowplug::readTensorFile(llvm::StringRef path) {
  auto failure = [&](const llvm::Twine &why) {
    return llvm::createStringError("'" + path + "': " + why);
  };
  if (!llvm::sys::fs::is_regular_file(path))
    return failure("there is no such file");
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                          /*RequiresNullTerminator=*/false);
  if (!file)
    return failure(file.getError().message());
  onnx::TensorProto proto;
  if ((*file)->getBufferSize() > INT32_MAX ||
      !proto.ParseFromArray((*file)->getBufferStart(),
                            static_cast<int>((*file)->getBufferSize())))
    return failure("it is not a tensor of ONNX");
  const importer::StorageType *storage =
      importer::storageTypeOf(proto.data_type());
  const DType dtype = storage ? storage->codes : dtypeOfOnnx(proto.data_type());
  if (dtype == DType::none)
    return failure("tensor has the element type " +
                   llvm::Twine(proto.data_type()) + ", which is not supported");
  if (proto.data_location() != onnx::TensorProto::DEFAULT)
    return failure("its data is in another file");
  const llvm::SmallVector<int64_t> shape(proto.dims().begin(),
                                         proto.dims().end());
  // Bounds the shape by what the file holds.
  const std::optional<int64_t> bytes = byteCount(dtype, shape);
  if (!bytes || static_cast<uint64_t>(*bytes) > 8 * (*file)->getBufferSize())
    return failure("its data does not have the size of its shape");
  llvm::Expected<Tensor> tensor = Tensor::zeros(dtype, shape);
  if (!tensor)
    return failure(llvm::toString(tensor.takeError()));
  if (storage) {
    if (!unpackCodes(proto, *storage, *tensor))
      return failure("its data does not have the size of its shape");
  } else if (proto.has_raw_data()) {
    if (proto.raw_data().size() != tensor->byteCount())
      return failure("needs " + llvm::Twine(tensor->byteCount()) +
                     " bytes of data, but has " +
                     llvm::Twine(proto.raw_data().size()));
    if (tensor->byteCount() != 0)
      std::memcpy(tensor->mutableBytes().data(), proto.raw_data().data(),
                  tensor->byteCount());
  } else if (!copyTyped(proto, *tensor)) {
    return failure("its data does not have the size of its shape");
  }
  if (dtype == DType::boolean)
    for (uint8_t &byte : tensor->mutableBytes())
      byte = byte != 0;
  return NamedTensor{proto.name(), std::move(*tensor)};
}

llvm::Expected<std::vector<NamedTensor>>
glowplug::readTensorFolder(llvm::StringRef folder, llvm::StringRef prefix) {
  if (!llvm::sys::fs::is_directory(folder))
    return llvm::createStringError("'" + folder + "' is not a folder");
  std::vector<NamedTensor> result;
  while (true) {
    llvm::SmallString<128> path = folder;
    llvm::sys::path::append(path,
                            prefix + "_" + llvm::Twine(result.size()) + ".pb");
    if (!llvm::sys::fs::exists(path))
      return result;
    llvm::Expected<NamedTensor> tensor = readTensorFile(path);
    if (!tensor)
      return tensor.takeError();
    result.push_back(std::move(*tensor));
  }
}

llvm::Error glowplug::writeTensorFile(llvm::StringRef path,
                                      llvm::StringRef name,
                                      const Tensor &tensor) {
  onnx::TensorProto proto;
  proto.set_name(name.str());
  proto.set_data_type(onnxOfDType(tensor.dtype()));
  for (int64_t size : tensor.shape())
    proto.add_dims(size);
  llvm::ArrayRef<uint8_t> bytes = tensor.bytes();
  proto.set_raw_data(bytes.data(), bytes.size());
  if (proto.ByteSizeLong() > INT32_MAX)
    return llvm::createStringError("'" + path + "': the tensor has " +
                                   llvm::Twine(bytes.size()) +
                                   " bytes, more than a file of ONNX holds");
  return writeFile(
      path, [&](llvm::raw_ostream &os) { os << proto.SerializeAsString(); });
}
