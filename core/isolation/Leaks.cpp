// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Memory that a call leaves behind each time.

#include "core/isolation/Leaks.h"

#include "core/runtime/Manifest.h"

#include <algorithm>
#include <cstdio>
#include <malloc.h>
#include <memory>
#include <unistd.h>

namespace glowplug::isolation {
namespace {

/// Bytes of this process.
struct Memory {
  uint64_t heap = 0;   ///< in use
  uint64_t mapped = 0; ///< all but the heap

  static Memory now();
};

Memory Memory::now() {
  const struct mallinfo2 info = mallinfo2();
  Memory memory;
  memory.heap = info.uordblks + info.hblkhd;
  const std::unique_ptr<FILE, int (*)(FILE *)> file(
      std::fopen("/proc/self/statm", "r"), std::fclose);
  unsigned long pages = 0;
  if (file && std::fscanf(file.get(), "%lu", &pages) == 1)
    memory.mapped =
        static_cast<uint64_t>(pages) * static_cast<uint64_t>(getpagesize()) -
        info.arena - info.hblkhd;
  return memory;
}

uint64_t growth(uint64_t before, uint64_t after) {
  return after > before ? after - before : 0;
}

} // namespace

llvm::Expected<uint64_t>
leftBehindEachTime(llvm::function_ref<llvm::Error()> call) {
  // The first calls fill caches; a list that grows by doubling does not grow
  // each time.
  constexpr int first = 2;
  if (isHostSanitized())
    return 0;
  const auto until = std::chrono::steady_clock::now() + leakPatience;
  uint64_t heap = UINT64_MAX, mapped = UINT64_MAX;
  for (int i = 0; i < leakCalls; ++i) {
    const Memory before = Memory::now();
    if (llvm::Error error = call())
      return std::move(error);
    if (std::chrono::steady_clock::now() > until)
      return 0;
    const Memory after = Memory::now();
    if (i < first)
      continue;
    heap = std::min(heap, growth(before.heap, after.heap));
    mapped = std::min(mapped, growth(before.mapped, after.mapped));
    if (heap == 0 && mapped == 0)
      return 0;
  }
  return heap + mapped < leastLeak ? 0 : heap + mapped;
}

} // namespace glowplug::isolation
