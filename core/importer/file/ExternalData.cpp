// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads external data. The name of the file comes from the model, which is not
// trusted: the kernel itself refuses to leave the folder or to follow a link.

#include "core/importer/file/ExternalData.h"

#include "core/importer/file/Error.h"

#include <llvm/ADT/ScopeExit.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace glowplug;
using namespace glowplug::importer;

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

llvm::Error importer::readExternalData(const ExternalRange &range,
                                       llvm::StringRef folder,
                                       llvm::MutableArrayRef<uint8_t> to) {
  if (range.location.empty() || range.location.find('\0') != std::string::npos)
    return invalid("external data needs a location, but got '" +
                   llvm::Twine(range.location.c_str()) + "'");
  auto failure = [&](const llvm::Twine &what) {
    return invalid("cannot read external data '" + range.location +
                   "': " + what);
  };
  const int file = openBelow(folder, range.location);
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
  if (range.offset > size || to.size() > size - range.offset)
    return failure("it has " + llvm::Twine(size) +
                   " bytes, but the tensor is " + llvm::Twine(to.size()) +
                   " bytes from " + llvm::Twine(range.offset));

  for (size_t done = 0; done < to.size();) {
    const ssize_t got = pread(file, to.data() + done, to.size() - done,
                              static_cast<off_t>(range.offset + done));
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return failure(got == 0 ? "it became shorter while it was read"
                              : std::strerror(errno));
    done += static_cast<size_t>(got);
  }
  return llvm::Error::success();
}
