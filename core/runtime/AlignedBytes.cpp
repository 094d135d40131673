// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A run of bytes, aligned as the ABI asks.

#include "core/runtime/AlignedBytes.h"

#include <cassert>
#include <cstring>
#include <new>

namespace glowplug {

static constexpr std::align_val_t alignValue{AlignedBytes::alignment};

static std::shared_ptr<uint8_t> allocate(size_t size) {
  return {static_cast<uint8_t *>(::operator new(size, alignValue)),
          [](uint8_t *bytes) { ::operator delete(bytes, alignValue); }};
}

AlignedBytes::AlignedBytes(size_t size) : bytes(allocate(size)), count(size) {
  std::memset(bytes.get(), 0, size);
}

AlignedBytes::AlignedBytes(llvm::ArrayRef<uint8_t> from)
    : bytes(allocate(from.size())), count(from.size()) {
  if (!from.empty())
    std::memcpy(bytes.get(), from.data(), from.size());
}

AlignedBytes::AlignedBytes(std::shared_ptr<const void> owner,
                           llvm::ArrayRef<uint8_t> from)
    : bytes(std::const_pointer_cast<void>(std::move(owner)),
            const_cast<uint8_t *>(from.data())),
      count(from.size()) {
  assert(reinterpret_cast<uintptr_t>(from.data()) % alignment == 0);
}

} // namespace glowplug
