// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// An owned run of bytes, aligned as the ABI asks.

#include "core/runtime/AlignedBytes.h"

#include <cstring>

namespace glowplug {

AlignedBytes::AlignedBytes(size_t size)
    : memory(static_cast<uint8_t *>(
          ::operator new[](size, std::align_val_t(alignment)))),
      count(size) {
  std::memset(memory.get(), 0, size);
}

AlignedBytes::AlignedBytes(llvm::ArrayRef<uint8_t> bytes)
    : AlignedBytes(bytes.size()) {
  if (!bytes.empty())
    std::memcpy(memory.get(), bytes.data(), bytes.size());
}

} // namespace glowplug
