// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// An owned run of bytes, aligned as the ABI asks.
#pragma once

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <memory>
#include <new>

namespace glowplug {

/// Bytes that begin at a multiple of 64 and never move.
class AlignedBytes {
public:
  static constexpr size_t alignment = 64;

  AlignedBytes() = default;
  /// Zeros. \throws std::bad_alloc
  explicit AlignedBytes(size_t size);
  /// A copy. \throws std::bad_alloc
  explicit AlignedBytes(llvm::ArrayRef<uint8_t> bytes);

  uint8_t *data() { return memory.get(); }
  const uint8_t *data() const { return memory.get(); }
  size_t size() const { return count; }
  operator llvm::ArrayRef<uint8_t>() const { return {memory.get(), count}; }

private:
  struct Delete {
    void operator()(uint8_t *bytes) const {
      ::operator delete[](bytes, std::align_val_t(alignment));
    }
  };

  std::unique_ptr<uint8_t[], Delete> memory;
  size_t count = 0;
};

} // namespace glowplug
