// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads and writes tensors in files of ONNX's TensorProto.

#include "core/driver/TensorFile.h"

#include "core/importer/file/OpenSizes.h"
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

/// The message that begins with the path of a file.
static llvm::Error failure(llvm::StringRef path, const llvm::Twine &why) {
  return llvm::createStringError("'" + path + "': " + why);
}

/// Reads the message \p proto, which is \p what; returns the size of the file.
template <typename Proto>
static llvm::Expected<uint64_t> readProto(llvm::StringRef path, Proto &proto,
                                          llvm::StringRef what) {
  if (!llvm::sys::fs::is_regular_file(path))
    return failure(path, "there is no such file");
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                          /*RequiresNullTerminator=*/false);
  if (!file)
    return failure(path, file.getError().message());
  if ((*file)->getBufferSize() > INT32_MAX ||
      !proto.ParseFromArray((*file)->getBufferStart(),
                            static_cast<int>((*file)->getBufferSize())))
    return failure(path, "it is not " + what + " of ONNX");
  return (*file)->getBufferSize();
}

/// The tensor \p proto, from a file of \p fileSize bytes.
static llvm::Expected<Tensor> toTensor(const onnx::TensorProto &proto,
                                       llvm::StringRef path,
                                       uint64_t fileSize) {
  const importer::StorageType *storage =
      importer::storageTypeOf(proto.data_type());
  const DType dtype = storage ? storage->codes : dtypeOfOnnx(proto.data_type());
  if (dtype == DType::none)
    return failure(path, "tensor has the element type " +
                             llvm::Twine(proto.data_type()) +
                             ", which is not supported");
  if (proto.data_location() != onnx::TensorProto::DEFAULT)
    return failure(path, "its data is in another file");
  const llvm::SmallVector<int64_t> shape(proto.dims().begin(),
                                         proto.dims().end());
  const llvm::StringLiteral wrongSize =
      "its data does not have the size of its shape";
  // Bounds the shape by what the file holds.
  const std::optional<int64_t> bytes = byteCount(dtype, shape);
  if (!bytes || static_cast<uint64_t>(*bytes) > 8 * fileSize)
    return failure(path, wrongSize);
  llvm::Expected<Tensor> tensor = Tensor::zeros(dtype, shape);
  if (!tensor)
    return failure(path, llvm::toString(tensor.takeError()));
  if (storage) {
    if (!unpackCodes(proto, *storage, *tensor))
      return failure(path, wrongSize);
  } else if (proto.has_raw_data()) {
    if (proto.raw_data().size() != tensor->byteCount())
      return failure(path, "needs " + llvm::Twine(tensor->byteCount()) +
                               " bytes of data, but has " +
                               llvm::Twine(proto.raw_data().size()));
    if (tensor->byteCount() != 0)
      std::memcpy(tensor->mutableBytes().data(), proto.raw_data().data(),
                  tensor->byteCount());
  } else if (!copyTyped(proto, *tensor)) {
    return failure(path, wrongSize);
  }
  if (dtype == DType::boolean)
    for (uint8_t &byte : tensor->mutableBytes())
      byte = byte != 0;
  return tensor;
}

llvm::Expected<NamedTensor> glowplug::readTensorFile(llvm::StringRef path) {
  onnx::TensorProto proto;
  llvm::Expected<uint64_t> fileSize = readProto(path, proto, "a tensor");
  if (!fileSize)
    return fileSize.takeError();
  llvm::Expected<Tensor> tensor = toTensor(proto, path, *fileSize);
  if (!tensor)
    return tensor.takeError();
  return NamedTensor{proto.name(), std::move(*tensor)};
}

/// FOLDER/PREFIX_0.pb, PREFIX_1.pb, ... up to the first that is not there.
static llvm::Expected<std::vector<std::string>>
filesIn(llvm::StringRef folder, llvm::StringRef prefix) {
  if (!llvm::sys::fs::is_directory(folder))
    return llvm::createStringError("'" + folder + "' is not a folder");
  std::vector<std::string> files;
  while (true) {
    llvm::SmallString<128> path = folder;
    llvm::sys::path::append(path,
                            prefix + "_" + llvm::Twine(files.size()) + ".pb");
    if (!llvm::sys::fs::exists(path))
      return files;
    files.push_back(path.str().str());
  }
}

llvm::Expected<std::vector<NamedTensor>>
glowplug::readTensorFolder(llvm::StringRef folder, llvm::StringRef prefix) {
  llvm::Expected<std::vector<std::string>> files = filesIn(folder, prefix);
  if (!files)
    return files.takeError();
  std::vector<NamedTensor> result;
  for (const std::string &path : *files) {
    llvm::Expected<NamedTensor> tensor = readTensorFile(path);
    if (!tensor)
      return tensor.takeError();
    result.push_back(std::move(*tensor));
  }
  return result;
}

namespace {

/// Reads values of files one after the other.
class ValueReader {
public:
  /// Adds the value of \p path, which is \p declared.
  llvm::Error read(llvm::StringRef path, const ModelInput &declared);

  FolderValues values;

private:
  llvm::Error add(const std::string &name, const onnx::TensorProto &proto);
  llvm::Error add(const std::string &name, const onnx::SequenceProto &proto);

  llvm::StringRef path;
  uint64_t fileSize = 0;
};

} // namespace

llvm::Error ValueReader::add(const std::string &name,
                             const onnx::TensorProto &proto) {
  llvm::Expected<Tensor> tensor = toTensor(proto, path, fileSize);
  if (!tensor)
    return tensor.takeError();
  values.tensors.push_back({name, std::move(*tensor)});
  return llvm::Error::success();
}

llvm::Error ValueReader::add(const std::string &name,
                             const onnx::SequenceProto &proto) {
  values.sizes[lengthNameOf(name)] = proto.tensor_values_size();
  for (int i = 0; i < proto.tensor_values_size(); ++i)
    if (llvm::Error error = add(elementNameOf(name, static_cast<size_t>(i)),
                                proto.tensor_values(i)))
      return error;
  return llvm::Error::success();
}

llvm::Error ValueReader::read(llvm::StringRef file,
                              const ModelInput &declared) {
  path = file;
  auto load = [&](auto &proto, llvm::StringRef what) {
    llvm::Expected<uint64_t> size = readProto(path, proto, what);
    fileSize = size ? *size : 0;
    return size.takeError();
  };
  if (declared.isOptional) {
    onnx::OptionalProto proto;
    if (llvm::Error error = load(proto, "an optional"))
      return error;
    const bool isThere = declared.isSequence ? proto.has_sequence_value()
                                             : proto.has_tensor_value();
    values.sizes[presenceNameOf(declared.name)] = isThere ? 1 : 0;
    if (!isThere)
      return llvm::Error::success();
    return declared.isSequence ? add(declared.name, proto.sequence_value())
                               : add(declared.name, proto.tensor_value());
  }
  if (declared.isSequence) {
    onnx::SequenceProto proto;
    if (llvm::Error error = load(proto, "a sequence"))
      return error;
    return add(declared.name, proto);
  }
  onnx::TensorProto proto;
  if (llvm::Error error = load(proto, "a tensor"))
    return error;
  return add(proto.name().empty() ? declared.name : proto.name(), proto);
}

llvm::Expected<FolderValues>
glowplug::readValueFolder(llvm::StringRef folder, llvm::StringRef prefix,
                          llvm::ArrayRef<ModelInput> declared) {
  llvm::Expected<std::vector<std::string>> files = filesIn(folder, prefix);
  if (!files)
    return files.takeError();
  ValueReader reader;
  for (auto [i, file] : llvm::enumerate(*files))
    if (llvm::Error error =
            reader.read(file, i < declared.size() ? declared[i] : ModelInput()))
      return std::move(error);
  return std::move(reader.values);
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
