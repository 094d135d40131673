// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// A run of bytes, aligned as the ABI asks.
#pragma once

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <functional>
#include <memory>

namespace glowplug {

/// Bytes that begin at a multiple of 64 and never move. They are its own, or
/// shared with an owner that keeps them alive.
class AlignedBytes {
public:
  static constexpr size_t alignment = 64;

  AlignedBytes() = default;
  /// Zeros. \throws std::bad_alloc
  explicit AlignedBytes(size_t size);
  /// A copy. \throws std::bad_alloc
  explicit AlignedBytes(llvm::ArrayRef<uint8_t> bytes);
  /// \p bytes themselves, which are aligned and live as long as \p owner. They
  /// may be read-only: do not write through data().
  AlignedBytes(std::shared_ptr<const void> owner,
               llvm::ArrayRef<uint8_t> bytes);
  AlignedBytes(AlignedBytes &&) noexcept = default;
  AlignedBytes &operator=(AlignedBytes &&) noexcept = default;

  uint8_t *data() { return bytes.get(); }
  const uint8_t *data() const { return bytes.get(); }
  size_t size() const { return count; }
  operator llvm::ArrayRef<uint8_t>() const { return {bytes.get(), count}; }

private:
  std::shared_ptr<uint8_t> bytes;
  size_t count = 0;
};

/// Makes a copy of bytes. \throws std::bad_alloc
using CopyBytes = std::function<AlignedBytes(llvm::ArrayRef<uint8_t>)>;

} // namespace glowplug
