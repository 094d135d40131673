// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads a model file into memory.

#include "core/importer/file/Bytes.h"

#include "core/importer/file/Error.h"
#include "core/importer/file/Limits.h"

#include <llvm/ADT/ScopeExit.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace glowplug;
using namespace glowplug::importer;

/// Memory of its own, in whole pages, which are given back at once.
static llvm::Expected<Bytes> allocate(size_t size) {
  void *memory = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return makeFault(FaultKind::resources, "out of memory: the model has " +
                                               llvm::Twine(size) + " bytes");
  Bytes bytes;
  bytes.data = static_cast<uint8_t *>(memory);
  bytes.size = size;
  bytes.owner =
      std::shared_ptr<void>(memory, [size](void *at) { munmap(at, size); });
  return bytes;
}

static llvm::Error checkSize(uint64_t size) {
  if (size == 0)
    return invalid("the model is empty");
  if (size > limits::modelBytes)
    return invalid("the model has " + llvm::Twine(size) +
                   " bytes, and the limit is " +
                   llvm::Twine(limits::modelBytes));
  return llvm::Error::success();
}

llvm::Expected<Bytes> importer::copyBytes(llvm::ArrayRef<uint8_t> source) {
  if (llvm::Error error = checkSize(source.size()))
    return error;
  llvm::Expected<Bytes> bytes = allocate(source.size());
  if (bytes)
    std::memcpy(bytes->data, source.data(), source.size());
  return bytes;
}

llvm::Expected<Bytes> importer::readFile(llvm::StringRef path) {
  auto failure = [&](const llvm::Twine &what) {
    return makeFault(FaultKind::model, "cannot read '" + path + "': " + what,
                     path);
  };
  // Without O_NONBLOCK, a pipe without a writer would be waited for.
  const int file =
      open(path.str().c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (file < 0)
    return failure(std::strerror(errno));
  auto close = llvm::make_scope_exit([&] { ::close(file); });
  struct stat info;
  if (fstat(file, &info) != 0)
    return failure(std::strerror(errno));
  if (!S_ISREG(info.st_mode))
    return failure("it is not a regular file");
  if (llvm::Error error = checkSize(static_cast<uint64_t>(info.st_size)))
    return failure(llvm::toString(std::move(error)));

  llvm::Expected<Bytes> bytes = allocate(static_cast<size_t>(info.st_size));
  if (!bytes)
    return bytes;
  for (size_t done = 0; done < bytes->size;) {
    const ssize_t got = read(file, bytes->data + done, bytes->size - done);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return failure(got == 0 ? "it became shorter while it was read"
                              : std::strerror(errno));
    done += static_cast<size_t>(got);
  }
  return bytes;
}
