// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tensors that a host and a worker share.

#include "core/isolation/Buffers.h"

#include "core/runtime/SafeText.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

namespace glowplug::isolation {

static constexpr uint64_t page = 4096, alignment = 64;
/// Fills the bytes of a buffer's pages that are not the buffer.
static constexpr uint8_t mark = 0xa5;

static llvm::Error systemError(const llvm::Twine &what) {
  return llvm::createStringError(what + ": " + std::strerror(errno));
}

/// A buffer begins at a multiple of 64, so up to 63 bytes of its last page may
/// follow it.
static uint64_t spanOf(uint64_t bytes) {
  return llvm::alignTo(bytes, alignment);
}

void BufferLayout::add(uint64_t bytes) {
  const uint64_t span = spanOf(bytes), pages = llvm::alignTo(span, page);
  fileBytes += pages;
  ranges.emplace_back(fileBytes - span, bytes);
}

//===----------------------------------------------------------------------===//
// Host
//===----------------------------------------------------------------------===//

llvm::Expected<std::unique_ptr<HostBuffers>>
HostBuffers::make(const BufferLayout &layout) {
  std::unique_ptr<HostBuffers> made(new HostBuffers);
  if (layout.fileBytes == 0)
    return made;
  const std::string what = std::to_string(layout.fileBytes) +
                           " bytes of tensors to share with a worker";
  made->descriptor = process::Descriptor(
      memfd_create("glowplug-tensors", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  const int file = made->file();
  // The worker cannot cut it short under the host's hands.
  if (file < 0 || ftruncate(file, static_cast<off_t>(layout.fileBytes)) != 0 ||
      fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    return systemError(what);
  void *const at = mmap(nullptr, layout.fileBytes, PROT_READ | PROT_WRITE,
                        MAP_SHARED, file, 0);
  if (at == MAP_FAILED)
    return systemError(what);
  made->bytes = static_cast<uint8_t *>(at);
  made->count = layout.fileBytes;
  return made;
}

HostBuffers::~HostBuffers() {
  if (bytes)
    munmap(bytes, count);
}

//===----------------------------------------------------------------------===//
// Worker
//===----------------------------------------------------------------------===//

/// Those of the run at hand.
static std::atomic<const WorkerBuffers *> buffersInUse{nullptr};

llvm::Error WorkerBuffers::mapBuffer(BufferKind kind, uint32_t index, int file,
                                     const wire::Range &range) {
  const uint64_t span = spanOf(range.bytes());
  const uint64_t pages = llvm::alignTo(span, page);
  uint8_t *const first = next + page;
  next = first + pages;
  if (pages != 0) {
    const int flags = file < 0 ? MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
                               : static_cast<int>(MAP_SHARED);
    const auto offset =
        file < 0 ? 0 : static_cast<off_t>(range.offset() + span - pages);
    if (mmap(first, pages, PROT_READ | PROT_WRITE, flags | MAP_FIXED, file,
             offset) == MAP_FAILED)
      return systemError("mapping a buffer of " + llvm::Twine(range.bytes()) +
                         " bytes");
  }
  buffers.push_back({kind, index, next - span, range.bytes(), first, next});
  return llvm::Error::success();
}

/// Whether the ranges lie in a file of \p size as a BufferLayout has them.
static bool areInFile(llvm::ArrayRef<wire::Range> ranges, uint64_t size) {
  return llvm::all_of(ranges, [&](const wire::Range &range) {
    return range.bytes() <= size && range.offset() <= size &&
           spanOf(range.bytes()) <= size - range.offset() &&
           (range.offset() + spanOf(range.bytes())) % page == 0;
  });
}

llvm::Expected<std::unique_ptr<WorkerBuffers>>
WorkerBuffers::map(int file, llvm::ArrayRef<wire::Range> inputs,
                   llvm::ArrayRef<wire::Range> outputs,
                   uint64_t workspaceBytes) {
  std::unique_ptr<WorkerBuffers> made(new WorkerBuffers);
  struct stat status{};
  const uint64_t size = file >= 0 && fstat(file, &status) == 0
                            ? static_cast<uint64_t>(status.st_size)
                            : 0;
  if (!areInFile(inputs, size) || !areInFile(outputs, size))
    return llvm::createStringError("the tensors do not lie in their file");
  // Every multiple of a page from here on is below 2^57.
  if (workspaceBytes > (uint64_t{1} << 56))
    return llvm::createStringError("the workspace needs " +
                                   llvm::Twine(workspaceBytes) + " bytes");
  const wire::Range workspace(0, workspaceBytes);
  made->regionBytes = page;
  for (llvm::ArrayRef<wire::Range> list :
       {inputs, outputs, llvm::ArrayRef(workspace)})
    for (const wire::Range &range : list)
      made->regionBytes += llvm::alignTo(spanOf(range.bytes()), page) + page;
  void *const at = mmap(nullptr, made->regionBytes, PROT_NONE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED)
    return systemError("reserving " + llvm::Twine(made->regionBytes) +
                       " bytes of addresses for tensors");
  made->region = made->next = static_cast<uint8_t *>(at);
  for (auto [index, range] : llvm::enumerate(inputs))
    if (llvm::Error error =
            made->mapBuffer(BufferKind::input, index, file, range))
      return std::move(error);
  for (auto [index, range] : llvm::enumerate(outputs))
    if (llvm::Error error =
            made->mapBuffer(BufferKind::output, index, file, range))
      return std::move(error);
  if (llvm::Error error =
          made->mapBuffer(BufferKind::workspace, 0, -1, workspace))
    return std::move(error);
  return made;
}

WorkerBuffers::~WorkerBuffers() {
  if (region)
    munmap(region, regionBytes);
}

std::vector<llvm::ArrayRef<uint8_t>> WorkerBuffers::inputs() const {
  std::vector<llvm::ArrayRef<uint8_t>> result;
  for (const Buffer &buffer : buffers)
    if (buffer.kind == BufferKind::input)
      result.emplace_back(buffer.data, buffer.bytes);
  return result;
}

std::vector<llvm::MutableArrayRef<uint8_t>> WorkerBuffers::outputs() const {
  std::vector<llvm::MutableArrayRef<uint8_t>> result;
  for (const Buffer &buffer : buffers)
    if (buffer.kind == BufferKind::output)
      result.emplace_back(buffer.data, buffer.bytes);
  return result;
}

void *WorkerBuffers::workspace() const {
  const Buffer &buffer = buffers.back();
  return buffer.bytes == 0 ? nullptr : buffer.data;
}

void WorkerBuffers::open(bool scramble) {
  scrambled = static_cast<uint8_t>(~scrambled);
  for (const Buffer &buffer : buffers) {
    const auto pages = static_cast<size_t>(buffer.lastPage - buffer.firstPage);
    if (pages == 0)
      continue;
    const bool isInput = buffer.kind == BufferKind::input;
    mprotect(buffer.firstPage, pages,
             isInput ? PROT_READ : PROT_READ | PROT_WRITE);
    if (isInput)
      continue;
    uint8_t *const end = buffer.data + buffer.bytes;
    std::memset(buffer.firstPage, mark,
                static_cast<size_t>(buffer.data - buffer.firstPage));
    std::memset(end, mark, static_cast<size_t>(buffer.lastPage - end));
    if (scramble)
      std::memset(buffer.data, scrambled, buffer.bytes);
  }
  buffersInUse = this;
}

std::optional<std::string> WorkerBuffers::close(bool forget) {
  buffersInUse = nullptr;
  std::optional<std::string> problem;
  auto look = [&](const Buffer &buffer, const uint8_t *from,
                  const uint8_t *to) {
    const uint8_t *const found =
        std::find_if(from, to, [](uint8_t byte) { return byte != mark; });
    if (found == to || problem)
      return;
    char what[128];
    name(buffer, what, sizeof what);
    const bool isBefore = found < buffer.data;
    problem =
        "wrote " +
        std::to_string(isBefore ? buffer.data - found
                                : found - buffer.data -
                                      static_cast<int64_t>(buffer.bytes) + 1) +
        (isBefore ? " bytes before the begin of " : " bytes past the end of ") +
        what;
  };
  for (const Buffer &buffer : buffers) {
    if (buffer.kind != BufferKind::input) {
      look(buffer, buffer.firstPage, buffer.data);
      look(buffer, buffer.data + buffer.bytes, buffer.lastPage);
    }
    if (forget)
      mprotect(buffer.firstPage,
               static_cast<size_t>(buffer.lastPage - buffer.firstPage),
               PROT_NONE);
  }
  return problem;
}

size_t WorkerBuffers::name(const Buffer &buffer, char *text, size_t size) {
  SafeText out(text, size);
  switch (buffer.kind) {
  case BufferKind::input:
    out << "input " << uint64_t{buffer.index};
    break;
  case BufferKind::output:
    out << "output " << uint64_t{buffer.index};
    break;
  case BufferKind::workspace:
    out << "the workspace";
    break;
  }
  out << " (" << buffer.bytes << " bytes)";
  return out.finish();
}

size_t WorkerBuffers::explain(const void *address, char *text, size_t size) {
  const WorkerBuffers *const used = buffersInUse;
  const auto *const at = static_cast<const uint8_t *>(address);
  if (!used || at < used->region || at >= used->region + used->regionBytes)
    return 0;
  SafeText out(text, size);
  char what[128];
  for (const Buffer &buffer : used->buffers) {
    if (at >= buffer.lastPage + page)
      continue;
    name(buffer, what, sizeof what);
    const uint8_t *const end = buffer.data + buffer.bytes;
    if (at >= end)
      out << static_cast<uint64_t>(at - end) << " bytes past the end of ";
    else if (at < buffer.data)
      out << static_cast<uint64_t>(buffer.data - at)
          << " bytes before the begin of ";
    else
      out << "which is in ";
    out << what;
    if (at >= buffer.data && at < end && buffer.kind == BufferKind::input)
      out << ", which is not to be written";
    return out.finish();
  }
  return 0;
}

} // namespace glowplug::isolation
