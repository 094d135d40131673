// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads the entries that say where the external data of a tensor lies.

#include "core/importer/file/ExternalData.h"
#include "core/importer/file/Error.h"
#include "core/importer/onnx/model/Tensors.h"
#include "core/importer/onnx/proto/onnx.pb.h"

#include <llvm/ADT/StringExtras.h>

#include <map>

using namespace glowplug;
using namespace glowplug::importer;

using Entries = std::map<std::string, std::string>;

static llvm::Expected<Entries> readEntries(const onnx::TensorProto &proto) {
  Entries entries;
  for (const auto &entry : proto.external_data()) {
    const std::string &key = entry.key();
    if (key != "location" && key != "offset" && key != "length" &&
        key != "checksum")
      return invalid("external data has the unknown key '" + key + "'");
    if (!entries.emplace(key, entry.value()).second)
      return invalid("external data has the key '" + key + "' twice");
  }
  return entries;
}

/// The number of an entry; \p fallback if there is none.
static llvm::Expected<uint64_t> number(const Entries &entries, const char *key,
                                       uint64_t fallback) {
  auto entry = entries.find(key);
  if (entry == entries.end())
    return fallback;
  uint64_t value = 0;
  const llvm::StringRef text = entry->second;
  if (text.empty() || !llvm::all_of(text, llvm::isDigit) ||
      text.getAsInteger(10, value))
    return invalid(llvm::Twine("external data needs a number for ") + key +
                   ", but got '" + text + "'");
  return value;
}

llvm::Error importer::readExternalData(const onnx::TensorProto &proto,
                                       llvm::StringRef folder,
                                       llvm::MutableArrayRef<uint8_t> to) {
  llvm::Expected<Entries> entries = readEntries(proto);
  if (!entries)
    return entries.takeError();
  const std::string location = (*entries)["location"];
  llvm::Expected<uint64_t> offset = number(*entries, "offset", 0);
  if (!offset)
    return offset.takeError();
  llvm::Expected<uint64_t> length = number(*entries, "length", to.size());
  if (!length)
    return length.takeError();
  if (*length != to.size())
    return invalid("its type needs " + llvm::Twine(to.size()) +
                   " bytes, but the length of external data is " +
                   llvm::Twine(*length));
  return readExternalData(ExternalRange{location, *offset}, folder, to);
}
