// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads tensors from files of NumPy: a magic number, a version, the length of
// a header, the header (a dictionary as Python writes it), and the data.

#include "core/host/loops/NpyFile.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cstring>

using namespace glowplug;

/// What stands behind 'KEY': in a dictionary, up to \p end.
static llvm::StringRef valueOf(llvm::StringRef header, llvm::StringRef key,
                               char end) {
  const size_t at = header.find(("'" + key + "':").str());
  if (at == llvm::StringRef::npos)
    return {};
  llvm::StringRef rest = header.drop_front(at + key.size() + 3);
  return rest.take_until([&](char c) { return c == end; }).trim();
}

static DType dtypeOfNumpy(llvm::StringRef descr) {
  return llvm::StringSwitch<DType>(descr)
      .Case("'|b1'", DType::boolean)
      .Case("'|i1'", DType::i8)
      .Case("'|u1'", DType::u8)
      .Case("'<i2'", DType::i16)
      .Case("'<u2'", DType::u16)
      .Case("'<i4'", DType::i32)
      .Case("'<u4'", DType::u32)
      .Case("'<i8'", DType::i64)
      .Case("'<u8'", DType::u64)
      .Case("'<f2'", DType::f16)
      .Case("'<f4'", DType::f32)
      .Case("'<f8'", DType::f64)
      .Default(DType::none);
}

static bool parseShape(llvm::StringRef text, llvm::SmallVector<int64_t> &dims) {
  if (!text.consume_front("("))
    return false;
  while (!text.empty()) {
    auto [dim, rest] = text.split(',');
    int64_t value = 0;
    if (dim.trim().getAsInteger(10, value) || value < 0 || dims.size() == 32)
      return false;
    dims.push_back(value);
    text = rest.trim();
  }
  return true;
}

llvm::Expected<Tensor> glowplug::readNpyFile(llvm::StringRef path) {
  auto failure = [&](const llvm::Twine &why) {
    return llvm::createStringError("'" + path + "': " + why);
  };
  if (!llvm::sys::fs::is_regular_file(path))
    return failure("there is no such file");
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                          /*RequiresNullTerminator=*/false);
  if (!file)
    return failure(file.getError().message());
  llvm::StringRef bytes = (*file)->getBuffer();
  if (!bytes.consume_front("\x93NUMPY") || bytes.size() < 6)
    return failure("it is not a file of NumPy");
  const auto version = static_cast<uint8_t>(bytes[0]);
  const size_t prefix = version == 1 ? 2 : 4;
  const size_t length = version == 1
                            ? llvm::support::endian::read16le(bytes.data() + 2)
                            : llvm::support::endian::read32le(bytes.data() + 2);
  bytes = bytes.drop_front(2 + prefix);
  if (version < 1 || version > 3 || length > bytes.size())
    return failure("its header is not one of NumPy");
  const llvm::StringRef header = bytes.take_front(length);
  bytes = bytes.drop_front(length);

  const DType dtype = dtypeOfNumpy(valueOf(header, "descr", ','));
  llvm::SmallVector<int64_t> shape;
  if (dtype == DType::none)
    return failure("it has the element type " + valueOf(header, "descr", ',') +
                   ", which is not supported");
  if (valueOf(header, "fortran_order", ',') != "False")
    return failure("it is in Fortran order, but needs to be in C order");
  if (!parseShape(valueOf(header, "shape", ')'), shape))
    return failure("its shape cannot be read");
  const std::optional<int64_t> size = byteCount(dtype, shape);
  if (!size || static_cast<uint64_t>(*size) != bytes.size())
    return failure("needs " +
                   (size ? llvm::Twine(*size) : llvm::Twine("too many")) +
                   " bytes of data, but has " + llvm::Twine(bytes.size()));
  llvm::Expected<Tensor> tensor = Tensor::uninitialized(dtype, shape);
  if (!tensor)
    return failure(llvm::toString(tensor.takeError()));
  if (!bytes.empty())
    std::memcpy(tensor->mutableBytes().data(), bytes.data(), bytes.size());
  if (dtype == DType::boolean)
    for (uint8_t &byte : tensor->mutableBytes())
      byte = byte != 0;
  return tensor;
}
