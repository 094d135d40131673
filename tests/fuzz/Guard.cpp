// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Pages that nobody may touch.

#include "tests/fuzz/Guard.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>

using namespace glowplug::fuzz;

static constexpr size_t page = 4096;

static size_t roundUp(size_t value, size_t to) {
  return (value + to - 1) / to * to;
}

Guarded::Guarded(size_t bytes, Side side) : count(bytes), side(side) {
  openBytes = roundUp(bytes == 0 ? 1 : bytes, page);
  void *memory = mmap(nullptr, openBytes + 2 * page, PROT_NONE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    std::perror("graph-fuzz: mmap");
    std::_Exit(2);
  }
  base = static_cast<uint8_t *>(memory);
  open = base + page;
  if (mprotect(open, openBytes, PROT_READ | PROT_WRITE) != 0) {
    std::perror("graph-fuzz: mprotect");
    std::_Exit(2);
  }
  first = side == Side::begin ? open : open + openBytes - roundUp(bytes, 64);
  for (size_t i = 0; i < openBytes; ++i)
    open[i] = filler(i);
}

Guarded::~Guarded() { munmap(base, openBytes + 2 * page); }

/// All ones are NaN to whoever reads too far; on the other side, where the
/// same numbers are computed again, no two neighbours are equal.
uint8_t Guarded::filler(size_t offset) const {
  return side == Side::end ? 0xff : static_cast<uint8_t>(offset * 37 + 11);
}

void Guarded::protect() { mprotect(open, openBytes, PROT_READ); }

ptrdiff_t Guarded::firstChange() const {
  for (size_t i = 0; i < openBytes; ++i) {
    const uint8_t *at = open + i;
    if ((at < first || at >= first + count) && *at != filler(i))
      return at - first;
  }
  return untouched;
}
