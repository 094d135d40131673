// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Walks over the wire format by the descriptors of the messages.

#include "core/importer/onnx/model/Wire.h"

#include "core/importer/file/Error.h"
#include "core/importer/onnx/model/Limits.h"
#include "core/importer/onnx/proto/Descriptor.h"

#include <google/protobuf/descriptor.h>
#include <llvm/ADT/SmallVector.h>

#include <cstring>

using namespace glowplug;
using namespace glowplug::importer;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

namespace {

enum WireType : unsigned { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

class Walker {
public:
  /// Takes the model apart if \p writable, the same bytes, is not null.
  Walker(llvm::ArrayRef<uint8_t> all, uint8_t *writable)
      : all(all), writable(writable) {}

  llvm::Error walk(const Descriptor *type, size_t begin, size_t end, int depth,
                   int graphs);

  Skeleton result;

private:
  /// A field's tag, and its content: [begin, end).
  struct Field {
    uint64_t tag = 0;
    size_t start = 0, tagEnd = 0, begin = 0, end = 0;
    unsigned wire() const { return tag & 7; }
    int number() const { return static_cast<int>(tag >> 3); }
  };

  llvm::Error broken(size_t at, const llvm::Twine &why) const {
    return invalid("the file is not an ONNX model: " + why + " at byte " +
                   llvm::Twine(at));
  }
  bool readVarint(size_t &at, size_t end, uint64_t &value) const;
  llvm::Error readField(size_t at, size_t end, Field &field) const;
  llvm::Error checkWire(const FieldDescriptor &info, const Field &field) const;
  llvm::Expected<int64_t> countEntries(const FieldDescriptor &info,
                                       const Field &field) const;
  llvm::Error message(const FieldDescriptor &info, const Field &field,
                      int depth, int graphs);
  void keep(size_t begin, size_t end) {
    if (writable)
      result.message.append(reinterpret_cast<const char *>(&all[begin]),
                            end - begin);
  }
  llvm::Error addRaw(const Field &field);

  llvm::ArrayRef<uint8_t> all;
  uint8_t *writable;
  size_t lastRawEnd = 0;
  int64_t messages = 0, strings = 0, nodes = 0, tensors = 0;
};

} // namespace

/// "onnx.TensorProto.dims", as ONNX names it.
static llvm::StringRef nameOf(const FieldDescriptor &info) {
  llvm::StringRef name = info.full_name();
  name.consume_front("glowplug.");
  return name;
}

static unsigned wireTypeOf(const FieldDescriptor &info) {
  switch (info.type()) {
  case FieldDescriptor::TYPE_STRING:
  case FieldDescriptor::TYPE_BYTES:
  case FieldDescriptor::TYPE_MESSAGE:
    return bytes;
  case FieldDescriptor::TYPE_FLOAT:
    return fixed32;
  case FieldDescriptor::TYPE_DOUBLE:
    return fixed64;
  default:
    return varint;
  }
}

/// Whether the field holds a tensor's elements, which have a limit of their
/// own.
static bool isTensorData(const FieldDescriptor &info) {
  return info.containing_type()->name() == "TensorProto" &&
         info.is_repeated() && llvm::StringRef(info.name()).ends_with("_data");
}

bool Walker::readVarint(size_t &at, size_t end, uint64_t &value) const {
  value = 0;
  for (unsigned shift = 0; shift < 70 && at < end; shift += 7) {
    const uint8_t byte = all[at++];
    if (shift < 64)
      value |= uint64_t(byte & 0x7f) << shift;
    if (byte < 0x80)
      return shift < 63 || byte <= 1;
  }
  return false;
}

llvm::Error Walker::readField(size_t at, size_t end, Field &field) const {
  field.start = at;
  if (!readVarint(at, end, field.tag) || field.tag >> 32)
    return broken(field.start, "a broken field tag");
  if (field.number() == 0)
    return broken(field.start, "a field of number 0");
  field.tagEnd = field.begin = at;
  uint64_t size = 0;
  switch (field.wire()) {
  case varint:
    if (!readVarint(at, end, size))
      return broken(field.begin, "a broken number");
    field.end = at;
    return llvm::Error::success();
  case fixed64:
    size = 8;
    break;
  case fixed32:
    size = 4;
    break;
  case bytes:
    if (!readVarint(at, end, size))
      return broken(field.begin, "a broken length");
    field.begin = at;
    break;
  default:
    return broken(field.start,
                  "unknown wire type " + llvm::Twine(field.wire()));
  }
  if (size > end - at)
    return broken(field.start, "a field of " + llvm::Twine(size) +
                                   " bytes where " + llvm::Twine(end - at) +
                                   " are left");
  field.end = at + size;
  return llvm::Error::success();
}

llvm::Error Walker::checkWire(const FieldDescriptor &info,
                              const Field &field) const {
  const unsigned expected = wireTypeOf(info);
  if (field.wire() == expected || (info.is_packable() && field.wire() == bytes))
    return llvm::Error::success();
  return broken(field.start, "field '" + nameOf(info) + "' of wire type " +
                                 llvm::Twine(field.wire()) + " instead of " +
                                 llvm::Twine(expected));
}

/// How many entries of a list the field holds.
llvm::Expected<int64_t> Walker::countEntries(const FieldDescriptor &info,
                                             const Field &field) const {
  if (!info.is_packable() || field.wire() != bytes)
    return 1;
  const size_t size = field.end - field.begin;
  switch (wireTypeOf(info)) {
  case fixed32:
  case fixed64: {
    const size_t unit = wireTypeOf(info) == fixed32 ? 4 : 8;
    if (size % unit != 0)
      return broken(field.start, "a list of " + llvm::Twine(size) +
                                     " bytes with entries of " +
                                     llvm::Twine(unit));
    return size / unit;
  }
  default: {
    int64_t count = 0;
    for (size_t at = field.begin; at < field.end; ++count) {
      uint64_t ignored = 0;
      const size_t start = at;
      if (!readVarint(at, field.end, ignored))
        return broken(start, "a broken number");
    }
    return count;
  }
  }
}

/// Takes raw data out of the message; moves it down to a multiple of 8 if
/// nothing lies there that is still needed. What stands before it in this
/// message has been copied.
llvm::Error Walker::addRaw(const Field &field) {
  if (++tensors > limits::messages)
    return invalid("the model has too many tensors");
  if (!writable)
    return llvm::Error::success();
  size_t begin = field.begin;
  const size_t size = field.end - field.begin;
  const size_t shift = reinterpret_cast<uintptr_t>(&all[0] + begin) % 8;
  if (shift != 0 && begin >= lastRawEnd + shift) {
    std::memmove(writable + begin - shift, writable + begin, size);
    begin -= shift;
  }
  lastRawEnd = field.end;
  const std::string number = std::to_string(result.rawData.size());
  result.rawData.emplace_back(writable + begin, size);
  result.message.push_back(static_cast<char>(12 << 3 | bytes)); // doc_string
  result.message.push_back(static_cast<char>(number.size()));
  result.message += number;
  return llvm::Error::success();
}

llvm::Error Walker::message(const FieldDescriptor &info, const Field &field,
                            int depth, int graphs) {
  const Descriptor *type = info.message_type();
  if (++messages > limits::messages)
    return invalid("the model has more than " + llvm::Twine(limits::messages) +
                   " messages");
  if (depth > limits::messageDepth)
    return invalid("the model nests messages more than " +
                   llvm::Twine(limits::messageDepth) + " deep");
  if (type->name() == "NodeProto" && ++nodes > limits::nodes)
    return invalid("the model has more than " + llvm::Twine(limits::nodes) +
                   " nodes");
  if (type->name() == "GraphProto" && ++graphs > limits::nesting)
    return invalid("the model nests graphs more than " +
                   llvm::Twine(limits::nesting) + " deep");

  // The new length is known afterwards: it takes five bytes, whatever it is.
  keep(field.start, field.tagEnd);
  const size_t place = result.message.size();
  result.message.append(writable ? 5 : 0, '\0');
  if (llvm::Error error = walk(type, field.begin, field.end, depth, graphs))
    return error;
  if (!writable)
    return llvm::Error::success();
  size_t size = result.message.size() - place - 5;
  for (size_t i = 0; i < 5; ++i, size >>= 7)
    result.message[place + i] =
        static_cast<char>((size & 0x7f) | (i < 4 ? 0x80 : 0));
  return llvm::Error::success();
}

llvm::Error Walker::walk(const Descriptor *type, size_t begin, size_t end,
                         int depth, int graphs) {
  llvm::SmallVector<int64_t, 24> counts(type->field_count(), 0);
  for (size_t at = begin; at < end;) {
    Field field;
    if (llvm::Error error = readField(at, end, field))
      return error;
    at = field.end;
    const FieldDescriptor *info = type->FindFieldByNumber(field.number());
    if (!info) // not needed to understand the model
      continue;
    if (llvm::Error error = checkWire(*info, field))
      return error;

    llvm::Expected<int64_t> entries = countEntries(*info, field);
    if (!entries)
      return entries.takeError();
    int64_t &count = counts[info->index()];
    count += *entries;
    if (info->is_repeated() && count > limits::listLength &&
        !isTensorData(*info))
      return invalid("list '" + nameOf(*info) + "' has more than " +
                     llvm::Twine(limits::listLength) + " entries");
    if (info->name() == "doc_string")
      continue;

    switch (info->type()) {
    case FieldDescriptor::TYPE_MESSAGE:
      if (llvm::Error error = message(*info, field, depth + 1, graphs))
        return error;
      continue;
    case FieldDescriptor::TYPE_BYTES:
      if (info->name() == "raw_data") {
        if (llvm::Error error = addRaw(field))
          return error;
        continue;
      }
      [[fallthrough]];
    case FieldDescriptor::TYPE_STRING:
      if (field.end - field.begin > limits::stringBytes)
        return invalid("text '" + nameOf(*info) + "' has " +
                       llvm::Twine(field.end - field.begin) +
                       " bytes, and the limit is " +
                       llvm::Twine(limits::stringBytes));
      if (++strings > limits::strings)
        return invalid("the model has more than " +
                       llvm::Twine(limits::strings) + " texts");
      break;
    default:
      break;
    }
    keep(field.start, field.end);
  }
  return llvm::Error::success();
}

llvm::Expected<Skeleton>
importer::walkModel(llvm::MutableArrayRef<uint8_t> bytes) {
  Walker walker(bytes, bytes.data());
  if (llvm::Error error =
          walker.walk(&onnx::modelDescriptor(), 0, bytes.size(), 1, 0))
    return error;
  return std::move(walker.result);
}

llvm::Error importer::checkModel(llvm::ArrayRef<uint8_t> bytes) {
  return Walker(bytes, nullptr)
      .walk(&onnx::modelDescriptor(), 0, bytes.size(), 1, 0);
}
