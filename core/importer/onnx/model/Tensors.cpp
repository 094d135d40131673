// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads TensorProto in its three forms: raw, typed, external.

#include "core/importer/onnx/model/Tensors.h"

#include "core/importer/file/Error.h"
#include "core/importer/file/Limits.h"
#include "core/importer/file/Shapes.h"
#include "core/importer/onnx/model/Types.h"
#include "core/importer/onnx/proto/onnx.pb.h"
#include "core/support/Convert.h"
#include "core/support/Dispatch.h"

#include <cstring>

using namespace glowplug;
using namespace glowplug::importer;

namespace {

/// The typed field that holds elements of one type, and how many it has.
struct TypedField {
  llvm::StringRef name;
  int64_t size = 0;
};

class TensorReader {
public:
  TensorReader(const onnx::TensorProto &proto, TensorSource &source)
      : proto(proto), source(source) {}

  /// Of the type \p dtype, or of the codes of \p storage, unless null.
  llvm::Expected<Tensor> read(DType dtype, const StorageType *storage);

private:
  llvm::Error error(const llvm::Twine &what) const {
    return invalid("tensor '" + proto.name() + "': " + what);
  }
  bool hasRaw() const {
    return source.file ? source.file->hasRaw(proto) : proto.has_raw_data();
  }
  llvm::ArrayRef<uint8_t> raw() const;
  llvm::Expected<Tensor> readRaw();
  llvm::Expected<Tensor> readTyped();
  llvm::Expected<Tensor> readExternal();
  llvm::Error checkSize(const char *field, int64_t got, int64_t needed,
                        const char *unit) const;
  /// Bytes of the data, as they are in files.
  int64_t fileBytes() const {
    return storage ? packedBytes(*storage, count) : count * dtypeBytes(dtype);
  }
  llvm::Expected<Tensor> unpacked(llvm::ArrayRef<uint8_t> packed) const;
  llvm::Expected<Tensor> readTypedCodes();
  std::string typeText() const;
  TypedField typedField() const;
  int64_t typedElements() const;
  template <typename T, typename List>
  llvm::Error fill(Tensor &tensor, const List &list) const;

  const onnx::TensorProto &proto;
  TensorSource &source;
  DType dtype = DType::none;
  const StorageType *storage = nullptr;
  llvm::SmallVector<int64_t> shape;
  int64_t count = 0;
};

} // namespace

/// Bytes from a file may hold any value, a boolean is 0 or 1.
static void normaliseBooleans(Tensor &tensor) {
  if (tensor.dtype() == DType::boolean)
    for (uint8_t &byte : tensor.mutableBytes())
      byte = byte != 0;
}

TypedField TensorReader::typedField() const {
  switch (dtype) {
  case DType::f32:
    return {"float_data", proto.float_data_size()};
  case DType::f64:
    return {"double_data", proto.double_data_size()};
  case DType::i64:
    return {"int64_data", proto.int64_data_size()};
  case DType::u32:
  case DType::u64:
    return {"uint64_data", proto.uint64_data_size()};
  default:
    return {"int32_data", proto.int32_data_size()};
  }
}

/// Entries of all typed fields.
int64_t TensorReader::typedElements() const {
  return int64_t{proto.float_data_size()} + proto.double_data_size() +
         proto.int32_data_size() + proto.int64_data_size() +
         proto.uint64_data_size() + proto.string_data_size();
}

llvm::Error TensorReader::checkSize(const char *field, int64_t got,
                                    int64_t needed, const char *unit) const {
  if (got == needed)
    return llvm::Error::success();
  return error(llvm::Twine("its type ") + typeText() + " needs " +
               llvm::Twine(needed) + " " + unit + ", but " + field + " has " +
               llvm::Twine(got));
}

std::string TensorReader::typeText() const {
  return storage ? storage->name.str() + shapeString(shape)
                 : typeString(dtype, shape);
}

llvm::ArrayRef<uint8_t> TensorReader::raw() const {
  if (source.file)
    return source.file->raw(proto);
  const std::string &own = proto.raw_data();
  return {reinterpret_cast<const uint8_t *>(own.data()), own.size()};
}

llvm::Expected<Tensor> TensorReader::readRaw() {
  const llvm::ArrayRef<uint8_t> raw = this->raw();
  if (llvm::Error failure = checkSize(
          "raw_data", static_cast<int64_t>(raw.size()), fileBytes(), "bytes"))
    return failure;
  if (storage)
    return unpacked(raw);
  const bool aligned =
      reinterpret_cast<uintptr_t>(raw.data()) % dtypeBytes(dtype) == 0;
  if (aligned && dtype != DType::boolean && !raw.empty())
    return Tensor::borrow(dtype, shape, raw);
  llvm::Expected<Tensor> tensor = Tensor::uninitialized(dtype, shape);
  if (!tensor)
    return tensor;
  llvm::copy(raw, tensor->mutableBytes().begin());
  normaliseBooleans(*tensor);
  return tensor;
}

template <typename T, typename List>
llvm::Error TensorReader::fill(Tensor &tensor, const List &list) const {
  auto to = tensor.mutableElements<T>().begin();
  for (auto value : list) {
    if constexpr (std::is_same_v<T, Boolean>) {
      *to++ = Boolean(value != 0);
    } else if constexpr (std::is_same_v<T, Half> ||
                         std::is_same_v<T, BFloat16>) {
      if (value < 0 || value > 0xffff) // the bits of one number
        return error("entry " + llvm::Twine(value) +
                     " of int32_data is not "
                     "the bits of a " +
                     dtypeName(dtype));
      const auto bits = static_cast<uint16_t>(value);
      std::memcpy(&*to++, &bits, sizeof(bits));
    } else {
      const T narrow = static_cast<T>(value);
      if constexpr (std::is_integral_v<T>)
        if (static_cast<decltype(value)>(narrow) != value)
          return error("entry " + llvm::Twine(value) + " does not fit " +
                       dtypeName(dtype));
      *to++ = narrow;
    }
  }
  return llvm::Error::success();
}

llvm::Expected<Tensor>
TensorReader::unpacked(llvm::ArrayRef<uint8_t> packed) const {
  llvm::Expected<Tensor> tensor = Tensor::uninitialized(dtype, shape);
  if (tensor)
    unpack(*storage, packed, tensor->mutableBytes());
  return tensor;
}

/// Each entry of int32_data holds one byte of the file.
llvm::Expected<Tensor> TensorReader::readTypedCodes() {
  if (typedElements() != proto.int32_data_size())
    return error("data of another type than " + storage->name +
                 ", which is kept in int32_data");
  if (llvm::Error failure = checkSize("int32_data", proto.int32_data_size(),
                                      fileBytes(), "entries"))
    return failure;
  std::vector<uint8_t> packed;
  packed.reserve(proto.int32_data_size());
  for (int32_t entry : proto.int32_data()) {
    // A writer may have extended the sign of one element of 8 bits or less.
    if (entry < -128 || entry > 255)
      return error("entry " + llvm::Twine(entry) +
                   " of int32_data is not one byte");
    packed.push_back(static_cast<uint8_t>(entry));
  }
  return unpacked(packed);
}

llvm::Expected<Tensor> TensorReader::readTyped() {
  if (storage)
    return readTypedCodes();
  const TypedField field = typedField();
  if (typedElements() != field.size)
    return error("data of another type than " + dtypeName(dtype) +
                 ", which is kept in " + field.name);
  if (llvm::Error failure =
          checkSize(field.name.str().c_str(), field.size, count, "elements"))
    return failure;
  llvm::Expected<Tensor> tensor = Tensor::uninitialized(dtype, shape);
  if (!tensor)
    return tensor;
  llvm::Error failure = dispatch(dtype, [&]<typename T>(TypeTag<T>) {
    if constexpr (std::is_same_v<T, float>)
      return fill<T>(*tensor, proto.float_data());
    else if constexpr (std::is_same_v<T, double>)
      return fill<T>(*tensor, proto.double_data());
    else if constexpr (std::is_same_v<T, int64_t>)
      return fill<T>(*tensor, proto.int64_data());
    else if constexpr (std::is_same_v<T, uint32_t> ||
                       std::is_same_v<T, uint64_t>)
      return fill<T>(*tensor, proto.uint64_data());
    else
      return fill<T>(*tensor, proto.int32_data());
  });
  if (failure)
    return failure;
  return tensor;
}

llvm::Expected<Tensor> TensorReader::readExternal() {
  if (!source.allowExternalData)
    return unsupported("tensor '" + proto.name() +
                       "': its data is in another file, which is not read "
                       "unless external data is allowed");
  if (hasRaw() || typedElements() != 0)
    return error("it has both inline and external data");
  // Packed elements take no more room than their codes.
  llvm::Expected<Tensor> tensor = Tensor::uninitialized(dtype, shape);
  if (!tensor)
    return tensor;
  const llvm::MutableArrayRef<uint8_t> bytes =
      tensor->mutableBytes().take_front(static_cast<size_t>(fileBytes()));
  if (llvm::Error failure = readExternalData(proto, source.folder, bytes))
    return error(llvm::toString(std::move(failure)));
  if (storage)
    return unpacked(bytes);
  normaliseBooleans(*tensor);
  return tensor;
}

llvm::Expected<Tensor> TensorReader::read(DType type,
                                          const StorageType *storageType) {
  dtype = type;
  storage = storageType;
  if (proto.dims_size() > limits::rank)
    return error("rank " + llvm::Twine(proto.dims_size()) +
                 " is above the limit of " + llvm::Twine(limits::rank));
  shape.assign(proto.dims().begin(), proto.dims().end());
  llvm::Expected<int64_t> elements = checkShape(shape);
  if (!elements)
    return error(llvm::toString(elements.takeError()));
  count = *elements;
  source.bytes += count * dtypeBytes(dtype);
  if (source.bytes > limits::constantBytes)
    return error("the constants have more than " +
                 llvm::Twine(limits::constantBytes) + " bytes");
  if (proto.has_segment())
    return unsupported("tensor '" + proto.name() +
                       "': data in segments is not supported");
  if (proto.data_location() == onnx::TensorProto::EXTERNAL)
    return readExternal();
  if (proto.external_data_size() != 0)
    return error("it has external data, but says that its data is its own");
  if (!hasRaw())
    return readTyped();
  if (typedElements() != 0)
    return error("it has both raw_data and typed data");
  return readRaw();
}

static llvm::Error notSupported(const onnx::TensorProto &proto) {
  return unsupported("tensor '" + proto.name() + "': element type " +
                     onnxTypeName(proto.data_type()) + " is not supported");
}

llvm::Expected<Tensor> importer::readTensor(const onnx::TensorProto &proto,
                                            TensorSource &source) {
  const std::optional<DType> type = dtypeOfOnnx(proto.data_type());
  if (!type)
    return notSupported(proto);
  return TensorReader(proto, source).read(*type, nullptr);
}

llvm::Expected<StoredTensor>
importer::readStored(const onnx::TensorProto &proto, TensorSource &source) {
  const StorageType *storage = storageTypeOf(proto.data_type());
  const std::optional<DType> type =
      storage ? storage->codes : dtypeOfOnnx(proto.data_type());
  if (!type)
    return notSupported(proto);
  llvm::Expected<Tensor> tensor =
      TensorReader(proto, source).read(*type, storage);
  if (!tensor)
    return tensor.takeError();
  return StoredTensor{*std::move(tensor), storage};
}
