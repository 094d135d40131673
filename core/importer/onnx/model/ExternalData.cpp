// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads external data. The name of the file comes from the model, which is not
// trusted: the kernel itself refuses to leave the folder or to follow a link.

#include "core/importer/file/Error.h"
#include "core/importer/onnx/model/Tensors.h"

#include <llvm/ADT/ScopeExit.h>
#include <llvm/ADT/StringExtras.h>
#include <onnx/onnx_pb.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/openat2.h>
#include <map>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

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

/// Opens a file below \p folder without following a link.
static int openBelow(llvm::StringRef folder, const std::string &location) {
  const int root = open(folder.empty() ? "." : folder.str().c_str(),
                        O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (root < 0)
    return -1;
  open_how how = {};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  const int file = static_cast<int>(
      syscall(SYS_openat2, root, location.c_str(), &how, sizeof(how)));
  const int reason = errno;
  close(root);
  errno = reason;
  return file;
}

llvm::Error importer::readExternalData(const onnx::TensorProto &proto,
                                       llvm::StringRef folder,
                                       llvm::MutableArrayRef<uint8_t> to) {
  llvm::Expected<Entries> entries = readEntries(proto);
  if (!entries)
    return entries.takeError();
  const std::string location = (*entries)["location"];
  if (location.empty() || location.find('\0') != std::string::npos)
    return invalid("external data needs a location, but got '" +
                   llvm::Twine(location.c_str()) + "'");
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

  auto failure = [&](const llvm::Twine &what) {
    return invalid("cannot read external data '" + location + "': " + what);
  };
  const int file = openBelow(folder, location);
  if (file < 0)
    return failure(errno == EXDEV   ? "it is not within the model's folder"
                   : errno == ELOOP ? "its path holds a link"
                                    : std::strerror(errno));
  auto close = llvm::make_scope_exit([&] { ::close(file); });
  struct stat info;
  if (fstat(file, &info) != 0)
    return failure(std::strerror(errno));
  if (!S_ISREG(info.st_mode))
    return failure("it is not a regular file");
  if (info.st_nlink != 1)
    return failure("it has " + llvm::Twine(info.st_nlink) +
                   " links and might belong elsewhere");
  const auto size = static_cast<uint64_t>(info.st_size);
  if (*offset > size || *length > size - *offset)
    return failure("it has " + llvm::Twine(size) +
                   " bytes, but the tensor is " + llvm::Twine(*length) +
                   " bytes from " + llvm::Twine(*offset));

  for (size_t done = 0; done < to.size();) {
    const ssize_t got = pread(file, to.data() + done, to.size() - done,
                              static_cast<off_t>(*offset + done));
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return failure(got == 0 ? "it became shorter while it was read"
                              : std::strerror(errno));
    done += static_cast<size_t>(got);
  }
  return llvm::Error::success();
}
