// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Replaces the allocation of memory at multiples of 64, which is what arenas,
// workspaces, constants and tensors of the host are made with: every block ends
// at an inaccessible page. Other alignments stay as they are.

#include "tests/fuzz/Guard.h"

#include <atomic>
#include <cstdlib>
#include <new>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GLOWPLUG_FUZZ_SANITIZED
#endif
#endif

static std::atomic<uint64_t> made{0};

uint64_t glowplug::fuzz::guardedAllocations() { return made; }

#ifndef GLOWPLUG_FUZZ_SANITIZED

namespace {

constexpr size_t page = 4096;
constexpr size_t guarded = 64;

/// Stands in the 64 bytes before a block.
struct Header {
  uint64_t magic;
  void *base;
  size_t total;
};
constexpr uint64_t magic = 0x6472617547706c47;

[[noreturn]] void stop(const char *text, size_t size) {
  (void)!write(STDERR_FILENO, text, size);
  std::abort();
}

} // namespace

void *operator new(size_t size, std::align_val_t alignment) {
  if (static_cast<size_t>(alignment) != guarded) {
    const size_t align = static_cast<size_t>(alignment);
    void *memory = nullptr;
    if (posix_memalign(&memory, align < sizeof(void *) ? sizeof(void *) : align,
                       size == 0 ? 1 : size) != 0)
      throw std::bad_alloc();
    return memory;
  }
  const size_t bytes = (size + guarded - 1) / guarded * guarded;
  const size_t total =
      (bytes + guarded + page - 1) / page * page + page; // + the last page
  void *memory = mmap(nullptr, total, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    throw std::bad_alloc();
  char *end = static_cast<char *>(memory) + total - page;
  mprotect(end, page, PROT_NONE);
  char *block = end - bytes;
  *reinterpret_cast<Header *>(block - guarded) = {magic, memory, total};
  ++made;
  return block;
}

void operator delete(void *block, std::align_val_t alignment) noexcept {
  if (!block)
    return;
  if (static_cast<size_t>(alignment) != guarded)
    return std::free(block);
  const Header header =
      *reinterpret_cast<Header *>(static_cast<char *>(block) - guarded);
  constexpr char text[] =
      "graph-fuzz: the bytes before a block of memory were overwritten\n";
  if (header.magic != magic)
    stop(text, sizeof text - 1);
  munmap(header.base, header.total);
}

void operator delete(void *block, size_t, std::align_val_t alignment) noexcept {
  ::operator delete(block, alignment);
}

#endif
