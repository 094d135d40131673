// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Text for signal handlers.

#pragma once

#include "llvm/ADT/StringRef.h"

#include <cstdint>

namespace glowplug {

/// Appends text to a buffer without allocating; cuts what does not fit.
/// Async-signal safe.
class SafeText {
public:
  /// \p size is at least 1.
  SafeText(char *text, size_t size) : text(text), size(size) {}

  SafeText &operator<<(llvm::StringRef part) {
    for (const char c : part)
      if (used + 1 < size)
        text[used++] = c;
    return *this;
  }

  SafeText &operator<<(uint64_t value) { return number(value, 10); }

  SafeText &number(uint64_t value, unsigned base) {
    char digits[24];
    size_t count = 0;
    do
      digits[count++] = "0123456789abcdef"[value % base];
    while ((value /= base) != 0);
    while (count > 0)
      *this << llvm::StringRef(&digits[--count], 1);
    return *this;
  }

  /// Ends the text with a zero, which is not in the length that it returns.
  size_t finish() {
    text[used] = '\0';
    return used;
  }

private:
  char *text;
  size_t size, used = 0;
};

} // namespace glowplug
